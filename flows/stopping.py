"""A run that is told to stop stops in all of its steps, whatever it was doing in that moment."""

import asyncio
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stopping_as_one() -> Iterator[None]:
    """Cancel this task when the process gets SIGTERM.

    Prefect's handler raises an exception at the very line that the process is at: inside of a
    step it ends that one step, inside of a callback nobody hears of it, and the run goes on. The
    byte that Python leaves for every signal arrives wherever that was.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    hears, tells = socket.socketpair()
    hears.setblocking(False)
    tells.setblocking(False)

    def hear() -> None:
        # Where the exception has ended the loop itself, everything is being cancelled already.
        if signal.SIGTERM in hears.recv(4096) and task is not None and not task.cancelling():
            task.cancel()

    before = signal.set_wakeup_fd(tells.fileno(), warn_on_full_buffer=False)
    loop.add_reader(hears, hear)
    try:
        yield
    finally:
        loop.remove_reader(hears)
        signal.set_wakeup_fd(before)
        hears.close()
        tells.close()
