"""A real terminal, at which a person runs the command: a pty that is its controlling terminal."""

import os
import pty
import select
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.cli.command import COMMAND, Desk
from tests.prefect_crash.process_tree import SIGNALS_AS_AT_LOGIN, kill_tree, tree_of

_AT_A_TERMINAL = f"""
import fcntl, os, sys, termios
{SIGNALS_AS_AT_LOGIN}
terminal = os.open(sys.argv[1], os.O_RDWR)
fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
for number in range(3):
    os.dup2(terminal, number)
os.close(terminal)
os.execv(sys.argv[2], sys.argv[2:])
"""
CTRL_C = b"\x03"
_ALL_SAID = b"\x00all is said\x00"
"""Written behind what a command has said, by which its last word is known to be read."""


class Terminal:
    """One command at a terminal.

    Args:
        desk: Where it is run.
        arguments: Of the command.
        columns: The width of a terminal that can draw; None for one that has lines only.

    Attributes:
        pid: Of the command.
    """

    def __init__(self, desk: Desk, *arguments: str, columns: int | None = None) -> None:
        self._screen, self._kept_open = pty.openpty()
        can = {"TERM": "dumb", "NO_COLOR": "1", "COLUMNS": "500"}
        env = {**desk.env, **can}
        if columns is not None:
            termios.tcsetwinsize(self._screen, (30, columns))
            env = {name: value for name, value in desk.env.items() if name not in (*can, "CI")}
            env["TERM"] = "xterm-256color"
        command = (sys.executable, "-c", _AT_A_TERMINAL, os.ttyname(self._kept_open), COMMAND)
        self._process = subprocess.Popen(
            [*command, *arguments],
            cwd=desk.folder,
            env=env,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.pid = self._process.pid
        self._said = bytearray()
        self._is_closed = False
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    @property
    def said(self) -> str:
        """What is on the screen so far."""
        said = self._said.replace(_ALL_SAID, b"")
        return said.decode("utf-8", "replace").replace("\r\n", "\n")

    def press(self, keys: bytes) -> None:
        """Type something."""
        os.write(self._screen, keys)

    def close(self) -> None:
        """Close the window: the system tells all that run in it by SIGHUP."""
        if not self._is_closed:
            self._is_closed = True
            # A read that goes on keeps the terminal, and nobody is told that it is closed.
            self._reading.join()
            os.close(self._screen)
            os.close(self._kept_open)

    def is_running(self) -> bool:
        """Tell whether the command still runs."""
        return self._process.poll() is None

    def processes(self) -> list[int]:
        """The command, and what it has started."""
        return list(tree_of(self.pid))

    def ended(self, timeout_s: float) -> int:
        """Wait for the command's end; gives its exit code."""
        code = self._process.wait(timeout_s)
        if not self._is_closed:
            # The system passes on in its order what it was told, and after some time.
            os.write(self._kept_open, _ALL_SAID)
            while _ALL_SAID not in self._said:
                time.sleep(0.01)
        return code

    def leave(self) -> None:
        """Leave nothing of it."""
        if self._process.poll() is None:
            kill_tree(self.pid)
            self._process.wait()
        self.close()

    def _has_more(self, timeout_s: float) -> bool:
        return bool(select.select([self._screen], [], [], timeout_s)[0])

    def _read(self) -> None:
        # A terminal that is closed reads as an error on Linux, and as an end elsewhere.
        with suppress(OSError):
            while not self._is_closed:
                if self._has_more(0.05):
                    self._said += os.read(self._screen, 65_536)


@contextmanager
def at_terminal(desk: Desk, *arguments: str, columns: int | None = None) -> Iterator[Terminal]:
    """Run a command at a terminal; see `Terminal`."""
    terminal = Terminal(desk, *arguments, columns=columns)
    try:
        yield terminal
    finally:
        terminal.leave()


def is_there(pid: int) -> bool:
    """Tell whether a process runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def send(terminal: Terminal, number: signal.Signals, *, to_group: bool) -> None:
    """Send a signal to the command, or to all in its group."""
    (os.killpg if to_group else os.kill)(terminal.pid, number)
