"""A process that used a store ends with its own exit code."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import asyncio
import sys
import time

from shotgraph.store import open_store


class Slow(asyncio.SelectorEventLoop):
    def call_soon_threadsafe(self, *args, **kwargs):
        handle = super().call_soon_threadsafe(*args, **kwargs)
        until = time.monotonic() + 0.25
        while time.monotonic() < until:  # obstore's thread is here when Python ends
            time.sleep(0.005)
        return handle


async def main():
    await open_store(sys.argv[1]).records.get("a/record")


with asyncio.Runner(loop_factory=Slow) as runner:
    runner.run(main())
sys.exit(3)
"""


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="Python 3.14 keeps such a thread waiting")
def test_python_ends_while_a_thread_of_obstore_reports(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, tmp_path], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (3, "")
