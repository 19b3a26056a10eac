"""Run ffmpeg with limits on time, on memory, and on the number of processes.

A prefix of small programs (`leash`) lowers its priority and ends it with its parent.

ffmpeg-python only builds the graph. Its own ``run`` has no time limit, leaves the child alive on
Ctrl-C, and can deadlock on a long log.
"""

import asyncio
import contextlib
import os
import re
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import ffmpeg

from shotgraph.errors import FullDisk, MediaError
from shotgraph.media.binary import find_ffmpeg
from shotgraph.media.child import NICENESS
from shotgraph.media.concurrency import LoopSemaphore
from shotgraph.media.output import SAID, has_no_room
from shotgraph.media.progress import Work, report
from shotgraph.media.source import FILE, NO_DECODERS, Stream

_CHECK_TIMEOUT_S = 5


@lru_cache(maxsize=1)
def leash() -> tuple[str, ...]:
    """The prefix that gives ffmpeg a low priority, and has Linux kill it when this process dies.

    ffmpeg doesn't end with its parent by itself. The kernel sends its signal when the thread that
    started ffmpeg ends. It is the thread of the loop that waits for ffmpeg; without that thread
    nobody needs the result.

    Returns:
        The first words of a command line; fewer if ``nice`` or ``setpriv`` isn't installed.
    """
    nice = shutil.which("nice")
    return (*_dies_with_us(), *((nice, "-n", str(NICENESS)) if nice else ()))


def _dies_with_us() -> tuple[str, ...]:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return ()
    words = (setpriv, "--pdeathsig", "KILL")
    try:
        # The setpriv of busybox, and of util-linux before 2.33, doesn't know the option.
        subprocess.run(  # noqa: S603 - an argv list of our own words
            [*words, setpriv, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_CHECK_TIMEOUT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    return words


AT_ONCE = 2
_MAX_ALLOCATION_BYTES = 1 << 30
_MAX_FILE_BYTES = 8 << 30
# A dissolve at 1920 x 1080 takes 0.8 GiB; each further input about 20 MiB of stacks.
_MAX_DATA_BYTES = 6 << 30
_MAX_DATA_BYTES_AN_INPUT = 64 << 20
_TAIL_BYTES = 16_384
_TAIL_LINES = 4
_PAUSE_S = 0.1
# "[mov,mp4 @ 0x55d…]": an address in memory, which differs in each run.
_AT = re.compile(r" @ 0x[0-9a-f]+(?=\])")
# These messages give no reason; some only say that a copied clip isn't decoded.
_NO_REASON = re.compile(
    rf"^Conversion failed!$|not on whitelist '{NO_DECODERS}'"
    r"|Failed to open codec in avformat_find_stream_info"
)

_processes = LoopSemaphore(AT_ONCE)


@dataclass(frozen=True)
class Progress:
    """The progress of ffmpeg.

    Attributes:
        frames: Frames written so far.
        position: Seconds of output written so far.
        speed: Seconds of output per second of work; None if ffmpeg doesn't know it yet.
        done: True in the last report.
    """

    frames: int
    position: Fraction
    speed: float | None
    done: bool


async def run_ffmpeg(
    stream: Stream,
    *,
    timeout_s: float = 600,
    on_progress: Callable[[Progress], None] | None = None,
    work: Work | None = None,
) -> None:
    """Run a filter graph to its end.

    At most two ffmpeg run at a time in this Python process, across all loops and threads. The time
    limit counts from the start of ffmpeg. It has no stdin, no environment, its own process group
    and a low priority. On time-out and on cancellation the group is killed, and its end awaited.
    If this Python process is killed, Linux kills ffmpeg too, if ``setpriv`` of util-linux 2.33 or
    newer is installed; else ffmpeg runs to its end or to its limit of processor time.

    Args:
        stream: An output of ffmpeg-python, or several merged outputs.
        timeout_s: Seconds after which the process is killed.
        on_progress: Called about twice a second, and once at the end.
        work: The name and length of the work, for a listener (see `listening`).

    Raises:
        MediaError: ffmpeg failed; the message has its last lines. Or it ran out of time.
        FullDisk: The disk of the output is full.
    """
    program = await asyncio.to_thread(find_ffmpeg)
    before = await asyncio.to_thread(leash)
    command = _command(before, program.path)
    argv = ffmpeg.compile(stream, cmd=command, overwrite_output=True)
    async with _processes.held():
        await _run(argv, timeout_s, partial(_hear, on_progress, work))


def _command(before: tuple[str, ...], program: os.PathLike[str]) -> list[str]:
    return [
        *before,
        *(os.fspath(program), "-hide_banner", "-nostdin", "-nostats", "-loglevel", "error"),
        *("-max_alloc", str(_MAX_ALLOCATION_BYTES), "-progress", "pipe:1"),
    ]


def _hear(
    on_progress: Callable[[Progress], None] | None, work: Work | None, progress: Progress
) -> None:
    if on_progress is not None:
        on_progress(progress)
    if work is not None:
        report(work, progress.position)


async def _run(argv: list[str], timeout_s: float, on_progress: Callable[[Progress], None]) -> None:
    process = await _started(argv)
    try:
        _limit(process.pid, timeout_s, inputs=argv.count("-i"))
        async with asyncio.timeout(timeout_s):
            _, said, code = await asyncio.gather(
                _follow(_pipe(process.stdout), on_progress),
                _tail(_pipe(process.stderr)),
                process.wait(),
            )
    except TimeoutError as error:
        raise MediaError(
            f"ffmpeg was stopped after {timeout_s:g} s, its time limit; nothing was kept"
        ) from error
    finally:
        await _end(process)
    if code and (folder := _full_folder(argv, said)) is not None:
        raise FullDisk.of(folder)
    if code:
        raise MediaError(f"ffmpeg {_ending(code)}: {said or 'it gave no reason'}")


def _full_folder(argv: list[str], said: str) -> Path | None:
    """The folder of an output if its disk is full, else None.

    ffmpeg reports a full disk only for its output; a filter that can't write gives no reason.
    """
    folders = [
        Path(word.removeprefix(FILE)).parent
        for before, word in pairwise(argv)
        if before != "-i" and word.startswith(FILE)
    ]
    full = next((folder for folder in folders if has_no_room(folder)), None)
    is_said = any(words in said for words in SAID)
    return full or (folders[-1] if folders and is_said else None)


def _limit(pid: int, timeout_s: float, *, inputs: int) -> None:
    # Only Linux can set the limits of another process; other systems have only the other limits.
    if not hasattr(resource, "prlimit"):
        return
    cpu_s = int(timeout_s * (os.cpu_count() or 1)) + 1
    data_bytes = _MAX_DATA_BYTES + inputs * _MAX_DATA_BYTES_AN_INPUT
    with contextlib.suppress(ProcessLookupError):  # it may have ended already
        resource.prlimit(pid, resource.RLIMIT_CPU, (cpu_s, cpu_s + 5))
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (_MAX_FILE_BYTES, _MAX_FILE_BYTES))
        resource.prlimit(pid, resource.RLIMIT_DATA, (data_bytes, data_bytes))
        resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))


async def _started(argv: list[str]) -> asyncio.subprocess.Process:
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            start_new_session=True,
        )
    )
    was_cancelled = await _finished(starting)
    if was_cancelled and starting.exception() is None:
        await _end(starting.result())
    if was_cancelled:
        raise asyncio.CancelledError
    return starting.result()


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    if await _finished(asyncio.ensure_future(process.wait())):
        raise asyncio.CancelledError


async def _finished(task: "asyncio.Task[Any]") -> bool:
    """Wait until a task is done, even if this coroutine is cancelled meanwhile.

    A cancelled ``await asyncio.shield(…)`` returns at once, and the process would still be alive.

    Returns:
        Whether this coroutine was cancelled.
    """
    was_cancelled = False
    while not task.done():
        try:
            await asyncio.wait([task], timeout=_PAUSE_S if was_cancelled else None)
        except asyncio.CancelledError:
            was_cancelled = True
        else:
            # A loop that closes cancels all tasks, also the task in which asyncio connects the
            # pipes of a new process. asyncio then kills the process, and waits forever for the
            # pipes. A second cancellation ends the wait.
            if task.cancelling():
                task.cancel()
    return was_cancelled


def _pipe(stream: asyncio.StreamReader | None) -> asyncio.StreamReader:
    if stream is None:
        raise MediaError("ffmpeg was started without a pipe to read it by")
    return stream


async def _follow(pipe: asyncio.StreamReader, on_progress: Callable[[Progress], None]) -> None:
    fields: dict[str, str] = {}
    async for line in pipe:
        name, _, value = line.decode("utf-8", "replace").strip().partition("=")
        fields[name] = value.strip()
        if name == "progress":
            on_progress(_progress(fields))


def _progress(fields: dict[str, str]) -> Progress:
    frames, position_us = fields.get("frame", ""), fields.get("out_time_us", "")
    try:
        speed = float(fields.get("speed", "").rstrip("x"))
    except ValueError:  # "N/A", at the start
        speed = None
    return Progress(
        frames=int(frames) if frames.isdecimal() else 0,
        position=Fraction(int(position_us), 10**6) if position_us.isdecimal() else Fraction(0),
        speed=speed,
        done=fields["progress"] == "end",
    )


async def _tail(pipe: asyncio.StreamReader) -> str:
    """The last lines that give a reason, each once."""
    kept = b""
    while chunk := await pipe.read(_TAIL_BYTES):
        kept = (kept + chunk)[-_TAIL_BYTES:]
    lines = [_AT.sub("", line).strip() for line in kept.decode("utf-8", "replace").splitlines()]
    useful = dict.fromkeys(line for line in lines if line and not _NO_REASON.search(line))
    return " | ".join(list(useful)[-_TAIL_LINES:])


def _ending(code: int) -> str:
    if code >= 0:
        return f"failed with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
