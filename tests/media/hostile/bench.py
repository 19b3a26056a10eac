"""Where hostile files are put through the media layer, and all that they do is seen."""

import contextlib
import ctypes
import json
import os
import select
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from types import TracebackType
from typing import Any, Self

from tests.media.hostile.worker import Outcome

ROOT = Path(__file__).parents[3]
_IN_ACCESS, _IN_OPEN, _IN_NONBLOCK = 0x1, 0x20, 0x800
_EVENT = struct.Struct("iIII")
_READER = b"shotgraph.media.reader_process"


@dataclass(frozen=True)
class Seen:
    """What one file did.

    Attributes:
        outcomes: Of each operation.
        crash: The signal by which the worker died, or that it did not answer.
        peak_mib: Most memory that the worker held meanwhile.
        ffmpeg_peak_mib: Most memory that any ffmpeg of the worker has held so far.
    """

    outcomes: tuple[Outcome, ...]
    crash: str = ""
    peak_mib: int = 0
    ffmpeg_peak_mib: int = 0


class Worker:
    """The process that may crash; there is a new one after each crash."""

    def __init__(self, *, patience_s: float) -> None:
        self._patience_s = patience_s
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    @property
    def pid(self) -> int:
        return self._started().pid

    def put_through(
        self,
        file: Path | str,
        *,
        good: Path,
        into: Path,
        operations: Sequence[str],
        stubborn: bool = False,
    ) -> Seen:
        """Have a file put through operations, one after the other."""
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        job = {
            "file": str(file),
            "good": str(good),
            "into": str(into),
            "operations": list(operations),
            "stubborn": stubborn,
        }
        with contextlib.suppress(BrokenPipeError):  # it is dead, as is seen below
            process.stdin.write(json.dumps(job).encode() + b"\n")
            process.stdin.flush()
        if not select.select([process.stdout], [], [], self._patience_s)[0]:
            self._stop()
            return Seen((), crash=f"no answer in {self._patience_s:g} s")
        line = process.stdout.readline()
        if not line:
            code = process.wait()
            self._stop()
            name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            return Seen((), crash=name)
        said: dict[str, Any] = json.loads(line)
        outcomes = tuple(Outcome(**outcome) for outcome in said.pop("outcomes"))
        return Seen(outcomes, **said)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.media.hostile.worker"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        return self._process

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self._process = None


class Secrets:
    """Files that nobody may read, and a server that nobody may call.

    The kernel tells of every opening and reading, whichever process it is of.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self._calls = 0
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._watch = self._libc.inotify_init1(_IN_NONBLOCK)
        assert self._watch >= 0
        for file in files:
            flags = _IN_ACCESS | _IN_OPEN
            assert self._libc.inotify_add_watch(self._watch, os.fsencode(file), flags) >= 0
        secrets = self

        class Call(BaseRequestHandler):
            def handle(self) -> None:
                secrets._calls += 1

        self._server = ThreadingTCPServer(("127.0.0.1", 0), Call)
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        os.close(self._watch)

    @property
    def calls(self) -> int:
        """Connections so far."""
        return self._calls

    def reads(self) -> int:
        """Openings and readings since it was last asked."""
        found = 0
        while True:
            try:
                events = os.read(self._watch, 65536)
            except BlockingIOError:
                return found
            while events:
                length = _EVENT.unpack_from(events)[3]
                events = events[_EVENT.size + length :]
                found += 1


def left_running(parent: int, folder: Path) -> list[str]:
    """The command lines of children of a process, and of all that have a folder in theirs.

    One child that looks at files is left for the next one, and is none of them.
    """
    found, readers = list[str](), list[str]()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) in (parent, os.getpid()):
            continue
        try:
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if int(stat[1]) == parent or os.fsencode(folder) in command:
            kept = readers if _READER in command else found
            kept.append(command.replace(b"\0", b" ").decode("utf-8", "replace"))
    return found + readers[1:]
