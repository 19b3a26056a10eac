"""When a run is told to stop, all of its steps stop, at any moment."""

import asyncio
import os
import signal
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from weakref import WeakKeyDictionary

_listeners: WeakKeyDictionary[asyncio.AbstractEventLoop, "_Listener"] = WeakKeyDictionary()
# Of a person. A lock, as an Event has, would wait for itself where a second signal comes in the
# moment of the first.
_told: set[int] = set()
_running: set[object] = set()


@contextmanager
def stopping_as_one() -> Iterator[None]:
    """Cancel what runs inside when the process gets SIGTERM.

    Prefect's handler raises an exception at the very line that the process is at: inside of a
    step it ends that one step, inside of a callback nobody hears of it, and the run goes on. The
    byte that Python leaves for every signal arrives wherever that was.

    Every task of shotgraph is inside of one, so that people's own flows have this too. Once a
    process was told to stop, nothing more begins, also in a flow that catches what its steps raise.

    Raises:
        CancelledError: The process was told to stop before.
    """
    with _counted():
        task = asyncio.current_task()
        if task is None or threading.current_thread() is not threading.main_thread():
            yield
            return
        listener = _listeners.setdefault(asyncio.get_running_loop(), _Listener())
        with listener.telling(task):
            yield


@contextmanager
def _counted() -> Iterator[None]:
    one = object()
    _running.add(one)
    try:
        yield
    finally:
        _running.discard(one)


def anything_runs() -> bool:
    """Tell whether a step of shotgraph runs in this process, or still sees to its job at fal."""
    return bool(_running)


def tell(number: int) -> None:
    """Take note of a signal that a command of shotgraph has got, before it stops its run."""
    if is_from_person(number):
        _told.add(number)


def is_from_person(number: int) -> bool:
    """Tell whether a signal is a person's word to stop, in a process that is a run of its own.

    Ctrl-C and a closed terminal are. SIGTERM is what machines send (a service manager, a
    container's end, a job that runs out of time), and counts only at a terminal, where ``kill``
    has been typed.
    """
    if number in (signal.SIGINT, signal.SIGHUP):
        return True
    return number == signal.SIGTERM and _has_terminal()


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def run_of_process() -> str | None:
    """The id of the flow run that a worker or ``serve`` has started this process for."""
    return os.environ.get("PREFECT__FLOW_RUN_ID")


def told_by_person() -> bool:
    """Tell whether a person has stopped this process by a signal.

    Never where a worker or ``serve`` carries the run out: they send the same signals to end a run
    for any reason. Prefect's own record of the run says more there.
    """
    if _told:
        return True
    if run_of_process() is not None:
        return False
    listener = _listeners.get(asyncio.get_running_loop())
    return listener is not None and any(map(is_from_person, listener.heard()))


class _Listener:
    """Hears of signals for one event loop, for as long as somebody is to be told."""

    def __init__(self) -> None:
        self._told: Counter[asyncio.Task[object]] = Counter()
        self._heard: set[int] = set()
        self._is_stopped = False
        self._takes_hangup = False

    @contextmanager
    def telling(self, task: asyncio.Task[object]) -> Iterator[None]:
        if self._is_stopped:
            raise asyncio.CancelledError("the run was told to stop: nothing more begins")
        if not self._told:
            self._open()
        self._told[task] += 1
        try:
            yield
        finally:
            self._told[task] -= 1
            if not self._told[task]:
                del self._told[task]
            if not self._told:
                self._close()

    def heard(self) -> frozenset[int]:
        """Every signal so far, also where the loop has not come to it yet."""
        self._hear()
        return frozenset(self._heard)

    def _open(self) -> None:
        self._heard.clear()
        self._hears, self._tells = socket.socketpair()
        self._hears.setblocking(False)
        self._tells.setblocking(False)
        self._before = signal.set_wakeup_fd(self._tells.fileno(), warn_on_full_buffer=False)
        asyncio.get_running_loop().add_reader(self._hears, self._hear)
        # A closed terminal would end the process here and now, with its jobs at fal.
        self._takes_hangup = (
            run_of_process() is None and signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
        )
        if self._takes_hangup:
            signal.signal(signal.SIGHUP, _terminate)

    def _hear(self) -> None:
        with suppress(BlockingIOError):
            signals = self._hears.recv(4096)
            self._heard.update(signals)
            if self._before != -1:
                with suppress(OSError):
                    os.write(self._before, signals)  # whoever listened before us
        if self._is_stopped or signal.SIGTERM not in self._heard:
            return
        self._is_stopped = True
        # In the order in which they came: a flow's own task has its steps cancelled, and where
        # the exception has ended the loop itself, everything is being cancelled already.
        for task in list(self._told):
            if not task.cancelling():
                task.cancel()

    def _close(self) -> None:
        if self._takes_hangup and signal.getsignal(signal.SIGHUP) is _terminate:
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
        asyncio.get_running_loop().remove_reader(self._hears)
        signal.set_wakeup_fd(self._before)
        self._hears.close()
        self._tells.close()


def _terminate(number: int, frame: FrameType | None) -> None:
    """End the run as SIGTERM does: Prefect has a handler for that one, and none for SIGHUP."""
    signal.raise_signal(signal.SIGTERM)
