"""A terminal of its own, and a command in it, as a person has it before them."""

import os
import pty
import select
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.cli.command import COMMAND
from tests.prefect_crash.process_tree import tree_of

CTRL_C = b"\x03"
_FORK = threading.Lock()


class Terminal:
    """A command at a terminal: what it says is read, and keys are pressed.

    Attributes:
        pid: Of the command, which leads the terminal's session.
        code: How it ended, as a shell has it; None while it runs.
        said: All that it has shown so far.
    """

    def __init__(self, words: tuple[str, ...], env: Mapping[str, str], folder: Path) -> None:
        self.said = ""
        self.code: int | None = None
        self.family: set[int] = set()
        with _FORK:
            # No other command may inherit this screen: it would stay open when it is closed.
            self.pid, self._screen = pty.fork()
            os.set_inheritable(self._screen, False)
        if self.pid == 0:
            os.chdir(folder)
            os.execve(COMMAND, [str(COMMAND), *words], {**env, "TERM": "xterm", "COLUMNS": "120"})  # noqa: S606
        os.set_blocking(self._screen, False)

    def press(self, keys: bytes) -> None:
        with suppress(OSError):
            os.write(self._screen, keys)

    def kill(self, number: signal.Signals, *, group: bool = False) -> None:
        """Send a signal to the command, or to its whole process group."""
        with suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(self.pid, number)

    def close(self) -> None:
        """Close the window."""
        if self._screen >= 0:
            os.close(self._screen)
            self._screen = -1

    def until(self, words: str, timeout_s: float = 200) -> None:
        """Read until it has shown some words."""
        give_up_at = time.monotonic() + timeout_s
        while words not in self.said:
            assert self.code is None, f"it ended with {self.code}: {self.said[-3000:]}"
            assert time.monotonic() < give_up_at, f"{words!r} is not in: {self.said[-3000:]}"
            self._look(0.2)

    def ended(self, timeout_s: float = 200) -> int:
        """Wait for its end; gives its exit code, below 0 where a signal ended it."""
        give_up_at = time.monotonic() + timeout_s
        while self.code is None:
            assert time.monotonic() < give_up_at, f"it goes on: {self.said[-3000:]}"
            self._look(0.05)
        self._look(0)
        return self.code

    def _look(self, timeout_s: float) -> None:
        self.family |= set(tree_of(self.pid)) if self.code is None else set()
        if self._screen >= 0 and select.select([self._screen], [], [], timeout_s)[0]:
            try:
                while data := os.read(self._screen, 1 << 16):
                    self.said += data.decode("utf-8", "replace").replace("\r\n", "\n")
            except BlockingIOError:
                pass
            except OSError:
                # Nobody has the terminal open any more.
                self.close()
        elif self._screen < 0:
            time.sleep(timeout_s)
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.code = os.waitstatus_to_exitcode(status) if pid else None

    def left(self, timeout_s: float = 20) -> list[str]:
        """What it has started, and what still runs of that after a while."""
        give_up_at = time.monotonic() + timeout_s
        while (alive := [pid for pid in self.family if _is_alive(pid)]) and (
            time.monotonic() < give_up_at
        ):
            time.sleep(0.2)
        return [f"{pid}: {_command(pid)}" for pid in alive]


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _command(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return ""


@contextmanager
def terminal(*words: str, env: Mapping[str, str], folder: Path) -> Iterator[Terminal]:
    """Give a command a terminal; nothing that it started is left afterwards."""
    shown = Terminal(words, env, folder)
    try:
        yield shown
    finally:
        for pid in shown.family | {shown.pid}:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if shown.code is None:
            with suppress(ChildProcessError):
                os.waitpid(shown.pid, 0)
        shown.close()
