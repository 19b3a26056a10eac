"""Stop a run: all of its steps stop, and only a person's cancel is passed on to fal."""

import asyncio
import os
import signal
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from uuid import UUID
from weakref import WeakKeyDictionary

from shotgraph.blocks.persons_cancel import cancelled_in_prefect, run_of_process, runs_here

_listeners: WeakKeyDictionary[asyncio.AbstractEventLoop, "_Listener"] = WeakKeyDictionary()
# A person's signal. Not an Event: its lock would deadlock if a second signal interrupts the first.
_signals: set[int] = set()
_running: set[object] = set()


@contextmanager
def stopping_as_one() -> Iterator[None]:
    """Cancel the step in the block when the process gets SIGTERM.

    Prefect's handler raises an exception at the present line of code. Inside a step it ends only
    that step; inside a callback it is lost, and the run continues. A wake-up descriptor works at
    any point of the loop.

    Every task of shotgraph uses this, so users' own flows stop in the same way. Afterwards no step
    begins in the process, even if a flow catches the exceptions of its steps.

    Raises:
        CancelledError: A signal has stopped the process before.
    """
    with _counted():
        task = asyncio.current_task()
        if task is None or threading.current_thread() is not threading.main_thread():
            yield
            return
        listener = _listeners.setdefault(asyncio.get_running_loop(), _Listener())
        with listener.listening_for(task):
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
    """Whether a step of shotgraph runs in this process, or still cancels its job at fal."""
    return bool(_running)


def note_signal(number: int) -> None:
    """Note a signal that a command of shotgraph received, before it stops its run."""
    if is_from_person(number):
        _signals.add(number)


def is_from_person(number: int) -> bool:
    """Whether a person sent this signal, in a process that is itself a run.

    Ctrl-C and a closed terminal come from people. SIGTERM comes from machines (a service manager,
    the end of a container, a time limit), and counts only at a terminal, because a person may type
    ``kill`` there.
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


def signalled_by_person() -> bool:
    """Whether a person has stopped this process with a signal.

    Always False under a worker or ``serve``, which send the same signals for any reason; then
    Prefect's record of the run decides.
    """
    if _signals:
        return True
    if run_of_process() is not None:
        return False
    listener = _listeners.get(asyncio.get_running_loop())
    return listener is not None and any(map(is_from_person, listener.heard()))


class _Listener:
    """Receives signals for one event loop, while a step runs in it."""

    def __init__(self) -> None:
        self._steps: Counter[asyncio.Task[object]] = Counter()
        self._heard: set[int] = set()
        self._is_stopped = False
        self._takes_hangup = False

    @contextmanager
    def listening_for(self, task: asyncio.Task[object]) -> Iterator[None]:
        if self._is_stopped:
            raise asyncio.CancelledError("the run was told to stop: nothing more begins")
        if not self._steps:
            self._open()
        self._steps[task] += 1
        try:
            yield
        finally:
            self._steps[task] -= 1
            if not self._steps[task]:
                del self._steps[task]
            if not self._steps:
                self._close()

    def heard(self) -> frozenset[int]:
        """Return every signal so far, even if the loop has not handled it yet."""
        self._hear()
        return frozenset(self._heard)

    def _open(self) -> None:
        self._heard.clear()
        self._hears, self._tells = socket.socketpair()
        self._hears.setblocking(False)
        self._tells.setblocking(False)
        self._before = signal.set_wakeup_fd(self._tells.fileno(), warn_on_full_buffer=False)
        asyncio.get_running_loop().add_reader(self._hears, self._hear)
        # Without a handler, a closed terminal would end the process at once and leave its jobs at
        # fal.
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
                    os.write(self._before, signals)  # the handler before ours
        if self._is_stopped or signal.SIGTERM not in self._heard:
            return
        self._is_stopped = True
        # In their order of arrival: a flow's own task has its steps cancelled, and if the exception
        # has ended the loop itself, everything is being cancelled already.
        for task in list(self._steps):
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
    """End the run as SIGTERM does: Prefect has a handler for SIGTERM, and none for SIGHUP."""
    signal.raise_signal(signal.SIGTERM)


_asking: WeakKeyDictionary[
    asyncio.AbstractEventLoop, dict[frozenset[UUID], asyncio.Task[bool | None]]
] = WeakKeyDictionary()


async def cancelled_by_person() -> bool | None:
    """Whether a person has cancelled this run.

    A person can send a signal, if the process is itself a run: see `signalled_by_person`. Else a
    person uses Prefect's UI, command or API: then the run's state is Cancelling or Cancelled.
    Prefect itself ends runs for other reasons: a lost lease, a timeout, an error in the flow, a
    shutdown of the worker.

    Returns:
        None if Prefect could not be asked in time.
    """
    if signalled_by_person():
        return True
    run_ids = runs_here()
    if not run_ids:
        return False
    # All steps of a run stop in the same moment; they share one request.
    of_loop = _asking.setdefault(asyncio.get_running_loop(), {})
    if run_ids not in of_loop:
        of_loop[run_ids] = asyncio.create_task(cancelled_in_prefect(run_ids))
        of_loop[run_ids].add_done_callback(lambda _: of_loop.pop(run_ids))
    return await asyncio.shield(of_loop[run_ids])
