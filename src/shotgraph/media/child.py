"""A child process that reads media, within bounds and without secrets.

libav and Pillow are written in C, and a file from elsewhere may exploit a fault in them. So files
are read in a process that doesn't have the API key (see `reader_process`). If a file crashes the
process, the next file gets a new process.
"""

import atexit
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from shotgraph.errors import MediaError

NICENESS = 10
"""The niceness of processes that decode or code: all other work comes first."""
MAX_PACKETS = 1_000_000
"""The most packets that are read. An hour at 120 frames a second, with sound, has 600,000."""


@dataclass(frozen=True)
class Bounds:
    """The limits of a child for one file.

    Attributes:
        cpu_s: Seconds of processor time.
        wall_s: Seconds until its answer.
        memory_mb: Megabytes of data.
        answer_bytes: Bytes of its answer.
        niceness: Its niceness, as ``nice`` counts it.
    """

    cpu_s: int
    wall_s: float
    memory_mb: int
    answer_bytes: int = 1 << 20
    niceness: int = 0


READING = Bounds(cpu_s=30, wall_s=120.0, memory_mb=1024)
"""A million packets take about 8 s. 2 GB from a slow disk take two minutes. A picture of
7680 x 4800 takes 150 MB, a million packets as much."""
DECODING = Bounds(cpu_s=900, wall_s=3600.0, memory_mb=4096, niceness=NICENESS)
"""A minute of 3840 x 2160 at 60 frames a second takes about 120 s. Seventeen pictures of
7680 x 4800, as H.264 keeps them, take 940 MB. The niceness lets the run send and follow its jobs
meanwhile."""
DRAWING = Bounds(cpu_s=60, wall_s=300.0, memory_mb=2048, answer_bytes=64 << 20)
"""A text in a picture of 7680 x 4320 takes 3 s and 700 MB; its PNG has a few megabytes."""


_STARTING_S = 60.0
_START = (
    "import sys; sys.path += [path for path in sys.argv[1:] if path not in sys.path]; "
    "from shotgraph.media.reader_process import serve; "
    "serve({cpu_s}, {memory_mb}, {niceness})"
)
# A Python built with a shared library may need these; no other variable goes to the child.
_LIBRARIES = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
# The file isn't the cause: a person or the out-of-memory killer ended the child. So ask again.
_ENDED_FROM_OUTSIDE = frozenset({-signal.SIGKILL, -signal.SIGTERM, -signal.SIGHUP, -signal.SIGINT})


@dataclass
class _Gone(Exception):
    """The child died before it answered."""

    code: int


class _TooSlow(Exception):
    """The child has not answered in time."""


class Child:
    """One process, started at the first request, and again after its death.

    Attributes:
        left_network: Whether the process could cut itself off from the network.
    """

    def __init__(self, bounds: Bounds = READING) -> None:
        """Prepare a child; no process is started yet.

        Args:
            bounds: The limits for each file.
        """
        self.left_network = False
        self._bounds = bounds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.end)
        # A forked copy of this process must neither use our pipes nor end our child.
        os.register_at_fork(after_in_child=self._forget)

    def ask(self, path: Path, **how: int | None) -> dict[str, Any]:
        """Have the child read a file.

        Args:
            path: The file.
            how: Empty to read the file's description; the arguments of `inspect_here` to decode
                it; with ``measure``, the arguments of `look_here`; only ``start_timecode`` to read
                that.

        Returns:
            The child's answer, with one of the keys ``info``, ``inspected``, ``start_timecode`` and
            ``error``; with ``measure`` also ``measured``.

        Raises:
            MediaError: The child could not be started, or ended before it answered.
        """
        return self._ask(path, {"how": how})

    def draw(self, font: Path, said: dict[str, Any]) -> dict[str, Any]:
        """Have the child draw a text.

        Args:
            font: A font file.
            said: The arguments of `draw_here`.

        Returns:
            The child's answer, with the key ``drawn`` or ``error``.

        Raises:
            MediaError: The child could not be started, or ended before it answered.
        """
        return self._ask(font, {"draw": said})

    def _ask(self, path: Path, what: dict[str, Any]) -> dict[str, Any]:
        asked = {"path": os.fspath(path), "folder": os.getcwd(), **what}
        request = json.dumps(asked).encode() + b"\n"
        with self._lock:
            try:
                return self._answer(request)
            except _Gone as gone:
                raise MediaError(
                    f"{path} is not opened: {_why_gone(gone.code, self._bounds)}"
                ) from None
            except _TooSlow:
                raise MediaError(
                    f"{path} is not opened: it was not read in {self._bounds.wall_s:g} s, which is "
                    "the limit; if its disk is slow, copy it to another one"
                ) from None

    @property
    def pid(self) -> int | None:
        """The process id; None if no process is running."""
        return self._process.pid if self._process is not None else None

    def end(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def _forget(self) -> None:
        self._lock, self._process = threading.Lock(), None

    def _answer(self, request: bytes) -> dict[str, Any]:
        try:
            return self._asked(request)
        except _Gone as gone:
            if gone.code not in _ENDED_FROM_OUTSIDE:
                raise
            return self._asked(request)

    def _asked(self, request: bytes) -> dict[str, Any]:
        if self._process is not None and self._process.poll() is not None:
            self.end()
        process = self._process or self._started()
        answer: dict[str, Any] | None = None
        try:
            answer = _talk(process, request, self._bounds)
        finally:
            # Also after Ctrl-C: an unread answer would be taken for the next file's answer.
            if answer is None:
                self.end()
        if answer.pop("last", False):
            self.end()
        return answer

    def _started(self) -> "subprocess.Popen[bytes]":
        paths = [path for path in sys.path if os.path.isabs(path)]
        bounds = self._bounds
        start = _START.format(
            cpu_s=bounds.cpu_s, memory_mb=bounds.memory_mb, niceness=bounds.niceness
        )
        kept = {name: os.environ[name] for name in _LIBRARIES if name in os.environ}
        try:
            process = subprocess.Popen(  # noqa: S603 - an argv list, of this Python
                [sys.executable, "-I", "-X", "utf8", "-c", start, *paths],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                # malloc has an arena for each core, and all arenas count towards the memory limit.
                env={"PATH": os.defpath, "LC_ALL": "C", "MALLOC_ARENA_MAX": "2", **kept},
                start_new_session=True,
            )
        except OSError as error:
            raise MediaError(
                f"no process could be started to read media in ({error.strerror}); nothing was "
                "opened. Run it again when the machine has room"
            ) from None
        self._process = process
        try:
            self.left_network = bool(
                _talk(process, b"", replace(self._bounds, wall_s=_STARTING_S))["no_network"]
            )
        except (_Gone, _TooSlow):
            self.end()
            raise MediaError(
                f"the process that reads media did not start with {sys.executable}; nothing was "
                "opened. To see why: shotgraph doctor"
            ) from None
        return process


def _talk(process: "subprocess.Popen[bytes]", request: bytes, bounds: Bounds) -> dict[str, Any]:
    """Send a line, and wait for a line in answer."""
    assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018
    with contextlib.suppress(BrokenPipeError):  # the read below finds why it died
        process.stdin.write(request)
    ready = select.poll()
    ready.register(process.stdout, select.POLLIN | select.POLLHUP)
    deadline, answer = time.monotonic() + bounds.wall_s, bytearray()
    while not answer.endswith(b"\n"):
        left_ms = (deadline - time.monotonic()) * 1000
        if left_ms <= 0 or not ready.poll(left_ms):
            raise _TooSlow
        part = os.read(process.stdout.fileno(), 65536)
        if not part or len(answer) > bounds.answer_bytes:
            process.kill()
            raise _Gone(process.wait())
        answer += part
    said = json.loads(answer)
    assert isinstance(said, dict)  # noqa: S101  from our own child
    return said


def _why_gone(code: int, bounds: Bounds) -> str:
    if code == -signal.SIGXCPU:
        return f"it was not read in {bounds.cpu_s} s of processor time, which is the limit"
    if code >= 0:
        return f"the process that read it ended with code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return (
        f"it broke the process that read it ({name}, at most {bounds.memory_mb} MB of memory). "
        "The file is damaged, or made to do that"
    )
