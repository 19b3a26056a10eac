"""Whoever dies, nothing is left running and nothing half-written."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import ffmpeg
import pytest

from shotgraph.errors import MediaError
from shotgraph.media.output import target
from shotgraph.media.process import Progress, leash, run_ffmpeg
from shotgraph.media.source import address
from shotgraph.media.trim import extract_frame

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

# A parent that says when its ffmpeg runs: from the main thread, or from a thread of its own.
PARENT = """
import asyncio, sys, threading
from pathlib import Path
import ffmpeg
from shotgraph.media.process import Progress, run_ffmpeg
from shotgraph.media.source import address
node = ffmpeg.input("testsrc2=s=64x64:r=25", f="lavfi", re=None)
stream = ffmpeg.output(node, address(Path(sys.argv[1])), f="mp4")
def make():
    asyncio.run(run_ffmpeg(stream, on_progress=lambda _: print("runs", flush=True)))
thread = threading.Thread(target=make) if sys.argv[2] == "thread" else None
(thread.start(), thread.join()) if thread else make()
"""


def of_ffmpeg(film: Path) -> list[int]:
    """The processes that have a film on their command line, without our own parent script."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if address(film).encode() in command:
                found.append(int(entry.name))
    return found


def gone(film: Path) -> bool:
    """Whether they end soon."""
    until = time.monotonic() + 300
    while of_ffmpeg(film) and time.monotonic() < until:
        pass
    return not of_ffmpeg(film)


@pytest.mark.skipif(not shutil.which("setpriv"), reason="no setpriv: ffmpeg runs on to its limit")
@pytest.mark.parametrize("where", ["main", "thread"])
def test_ffmpeg_dies_with_a_killed_parent(where: str, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, film, where], stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"runs\n"
        assert len(of_ffmpeg(film)) == 1
        parent.kill()

    assert gone(film)


async def test_ffmpeg_killed_by_another_leaves_no_part(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"the film of yesterday")
    node = ffmpeg.input("testsrc2=s=64x64:r=25", f="lavfi", re=None)

    def kill(_: Progress) -> None:
        for pid in of_ffmpeg(part):
            os.kill(pid, signal.SIGKILL)

    with pytest.raises(MediaError, match="SIGKILL"), target(film) as part:
        await run_ffmpeg(ffmpeg.output(node, address(part), f="mp4"), on_progress=kill)

    assert list(tmp_path.iterdir()) == [film]
    assert film.read_bytes() == b"the film of yesterday"


class Slow(ThreadPoolExecutor):
    """Does everything after its first job only when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.is_asked = asyncio.Event()
        self._is_first = True

    def submit(self, work: Any, /, *args: Any, **kwargs: Any) -> Any:
        if self._is_first:
            self._is_first = False
            return super().submit(work, *args, **kwargs)
        self.is_asked.set()
        return super().submit(lambda: (self.go.wait(20), work(*args, **kwargs)))


async def test_a_frame_that_is_cancelled_late_leaves_no_part(first: Path, tmp_path: Path) -> None:
    threads = Slow()
    asyncio.get_running_loop().set_default_executor(threads)
    task = asyncio.create_task(extract_frame(first, tmp_path / "x.png", at=0))
    await threads.is_asked.wait()
    assert list(tmp_path.glob(".*.part"))

    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    threads.go.set()
    threads.shutdown()

    assert task.cancelled()
    assert list(tmp_path.iterdir()) == []


def test_the_leash_is_only_of_programs_that_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    assert leash.__wrapped__() == ()
    old = tmp_path / "setpriv"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    assert leash.__wrapped__() == ()
    old.write_text("#!/bin/sh\nexit 0\n")
    assert leash.__wrapped__() == (os.fspath(old), "--pdeathsig", "KILL")
