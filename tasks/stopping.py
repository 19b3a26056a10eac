"""A run that is told to stop stops in all of its steps, whatever it was doing in that moment."""

import asyncio
import os
import signal
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from weakref import WeakKeyDictionary

_listeners: WeakKeyDictionary[asyncio.AbstractEventLoop, "_Listener"] = WeakKeyDictionary()


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
    task = asyncio.current_task()
    if task is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    listener = _listeners.setdefault(asyncio.get_running_loop(), _Listener())
    with listener.telling(task):
        yield


class _Listener:
    """Hears of SIGTERM for one event loop, for as long as somebody is to be told."""

    def __init__(self) -> None:
        self._told: Counter[asyncio.Task[object]] = Counter()
        self._is_stopped = False

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

    def _open(self) -> None:
        self._hears, self._tells = socket.socketpair()
        self._hears.setblocking(False)
        self._tells.setblocking(False)
        self._before = signal.set_wakeup_fd(self._tells.fileno(), warn_on_full_buffer=False)
        asyncio.get_running_loop().add_reader(self._hears, self._hear)

    def _hear(self) -> None:
        signals = self._hears.recv(4096)
        if self._before != -1:
            with suppress(OSError):
                os.write(self._before, signals)  # whoever listened before us
        if signal.SIGTERM not in signals:
            return
        self._is_stopped = True
        # In the order in which they came: a flow's own task has its steps cancelled, and where
        # the exception has ended the loop itself, everything is being cancelled already.
        for task in list(self._told):
            if not task.cancelling():
                task.cancel()

    def _close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._hears)
        signal.set_wakeup_fd(self._before)
        self._hears.close()
        self._tells.close()
