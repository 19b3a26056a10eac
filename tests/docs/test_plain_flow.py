"""The guide's flow makes the README's film."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shotgraph.rehearsal import RehearsalServer

from .pages import ROOT, blocks_of

_RUN = """

if __name__ == "__main__":
    import asyncio
    import json

    print(json.dumps(asyncio.run(extend_restyle_concat("examples/clips/harbour.mp4"))))
"""


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_it_makes_the_film(tmp_path: Path) -> None:
    guide = [block for block in blocks_of(ROOT / "docs/guide.md") if block.info == "python"]
    (block,) = (block for block in guide if "def extend_restyle_concat(" in block.text)
    script = tmp_path / "film.py"
    script.write_text(block.text + _RUN)
    with RehearsalServer() as server:
        bases = {
            f"SHOTGRAPH_FAL_{name.upper()}": url for name, url in server.bases.as_dict().items()
        }
        environment = {
            **os.environ,
            **bases,
            "FAL_KEY": server.key,
            "SHOTGRAPH_STORE": str(tmp_path / "store"),
            "PREFECT_HOME": str(tmp_path / "prefect"),
            "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "600",
        }
        ran = subprocess.run(
            [sys.executable, str(script)],
            check=False,
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
        )
    assert ran.returncode == 0, ran.stderr
    film = json.loads(ran.stdout.splitlines()[-1])
    assert (film["duration_s"], film["fps"], film["width"]) == ("19/2", "24", 1280)
