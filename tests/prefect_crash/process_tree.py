"""Processes that a test starts, and that end together with all that they have started."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
SIGNALS_AS_AT_LOGIN = """
import signal
for name in ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"):
    signal.signal(getattr(signal, name), signal.SIG_DFL)
"""
"""What a script starts by ``&`` ignores Ctrl-C, what nohup starts ignores a hangup, and so does all
that they start. Tests that run so do not hand it on to what they stop by a signal."""
_AS_AT_LOGIN = f"""
import os, sys
{SIGNALS_AS_AT_LOGIN}
os.execvp(sys.argv[1], sys.argv[1:])
"""


class ProcessTree:
    """One process and its descendants; what they say goes into a file."""

    def __init__(self, *command: str | Path, env: Mapping[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                (sys.executable, "-c", _AS_AT_LOGIN, *command),
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative where a signal ended it."""
        return self._process.poll()

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        os.killpg(self._process.pid, signal.SIGINT)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process alone."""
        self._process.send_signal(number)

    def until_stopped(self) -> None:
        """Wait until it stops itself; it must not end before."""
        how = os.WSTOPPED | os.WEXITED | os.WNOWAIT
        found = os.waitid(os.P_PID, self._process.pid, how)
        assert found is not None
        assert found.si_code == os.CLD_STOPPED, self.said()

    def terminate_where_it_stopped(self) -> None:
        """Have it go on with SIGTERM, as from ``docker stop``, at the line at which it is."""
        os.kill(self._process.pid, signal.SIGTERM)
        os.kill(self._process.pid, signal.SIGCONT)

    def wait(self, timeout_s: float) -> int:
        """Wait for its end."""
        return self._process.wait(timeout_s)

    def kill(self) -> None:
        """Kill all of them at once, as a machine does that loses its power."""
        if self.exit_code is None:
            kill_tree(self._process.pid)
        self._process.wait()

    def said(self) -> str:
        """The end of what they said, for whoever reads of a failure."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-4000:]


@contextmanager
def running(*command: str | Path, env: Mapping[str, str], log: Path) -> Iterator[ProcessTree]:
    """Run a process, and leave nothing of it."""
    tree = ProcessTree(*command, env=env, log=log)
    try:
        yield tree
    finally:
        tree.kill()


def kill_tree(pid: int) -> None:
    """Kill a process and its descendants all at once."""
    # Stopped first, so that none sees another one die, or starts one that is overlooked.
    stopped = list(_stop(pid))
    for each in stopped:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)


def tree_of(pid: int) -> Iterator[int]:
    """Give a process and its descendants."""
    yield pid
    for child in _children(pid):
        yield from tree_of(child)


def _stop(pid: int) -> Iterator[int]:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
        yield pid
        for child in _children(pid):
            yield from _stop(child)


def _children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            # The name in brackets may itself hold spaces and brackets.
            after_name = entry.read_text().rpartition(")")[2].split()
            if int(after_name[1]) == pid:
                found.append(int(entry.parent.name))
    return found
