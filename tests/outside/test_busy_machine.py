"""Tests of the quick suite that once failed on a busy machine, beside a load of 8."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cli.command import plain_env

from .figures import Count

KIND = 22
ROOT = Path(__file__).parents[2]
LOAD = 8
LONGEST_S = 1700.0
FORMERLY = ("money/test_prices.py", "money/test_status_stream.py")
"""They failed beside other work, when they had bounds of a second or two."""


@contextmanager
def _busy() -> Iterator[None]:
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(LOAD)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def test_nothing_depends_on_speed(tmp_path: Path, count: Count) -> None:
    env = {name: value for name, value in plain_env(tmp_path).items() if "PYTEST" not in name}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow"]
    files = [f"tests/{name}" for name in FORMERLY]
    with _busy():
        began = time.monotonic()
        ran = subprocess.run(
            [*command, *files],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=False,
        )
        took_s = time.monotonic() - began
    told = {what: int(number) for number, what in re.findall(r"(\d+) (passed|failed)", ran.stdout)}
    wrong = told.get("failed", 0) + ran.stdout.count("\nERROR ")
    count(load=LOAD, tests=told.get("passed", 0) + wrong, failed=wrong, took=took_s)
    assert ran.returncode == 0, ran.stdout[-4000:]
    assert told.get("passed", 0) > 0
