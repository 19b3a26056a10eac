"""Many commands in one process, as fast as typing them would be slow.

``python -m tests.outside.commands`` reads a list of words a line, in JSON, calls the command with
them as the shell does, and writes how it ended.
"""

import io
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from tests.cli.command import Ran


def ran(commands: Sequence[Sequence[str]], env: Mapping[str, str], folder: Path) -> list[Ran]:
    """Have them carried out in a folder, one after the other."""
    process = subprocess.run(
        [sys.executable, "-m", "tests.outside.commands", str(folder)],
        input="".join(json.dumps(list(words)) + "\n" for words in commands),
        env=env,
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )
    assert process.returncode == 0, process.stderr[-4000:]
    found = [Ran(*json.loads(line)) for line in process.stdout.splitlines()]
    assert len(found) == len(commands)
    return found


def _call(words: list[str]) -> tuple[int, str, str]:
    from shotgraph.cli.main import main

    sys.argv = ["shotgraph", *words]
    code, out, err = 0, io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    return code, out.getvalue(), err.getvalue()


if __name__ == "__main__":
    import os

    lines = sys.stdin.read().splitlines()
    os.chdir(sys.argv[1])
    for line in lines:
        sys.stdout.write(json.dumps(_call(json.loads(line))) + "\n")
