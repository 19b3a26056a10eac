"""Runs that a person can stop: by Ctrl-C, by closing the terminal, by ``kill``.

A run has its own thread, and the main thread waits for it. So the process handles a signal at
once, whatever the run does, and no exception is raised in the middle of the run.
"""

import asyncio
import contextvars
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import ExitStack, suppress
from types import FrameType, TracebackType
from typing import Any, Generic, TypeVar

from shotgraph.cli.embedded_server import (
    check_configured_server,
    kill_embedded_servers,
    prefect_api,
)
from shotgraph.errors import Interrupted

T = TypeVar("T")

LOOK_S = 0.05
NOTICE_AFTER_S = 1.0
PREFECT_S = 1.0
"""The least time that Prefect has to record that a run was stopped, after its steps ended."""
WHOLE_S = 4.0
"""The longest time that a stop takes if no step is still ending."""
LONGEST_S = 25.0
"""The longest time of any stop: a job that is being sent to fal still gets its request id."""
EXIT_S = 3.0
"""The longest time until the process ends, after the run and its server have ended, or after a
second Ctrl-C. It bounds a terminal that takes nothing; a busy machine needs some of it to say the
last word."""

STOPPED = (
    "The run was stopped. Its jobs at fal are on record: run again to continue, or see: "
    "shotgraph jobs"
)
ENDED_AT_ONCE = (
    "The run was ended at once. Its jobs at fal are on record, and may continue there and be "
    "billed: run again to continue, or see: shotgraph jobs"
)
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruptible:
    """Runs flows one after the other, on one Prefect server, until a signal stops them.

    The first signal cancels the run: each step cancels its job at fal, or leaves it there. A second
    Ctrl-C ends the process at once. A second signal of another kind does not: systems often send
    such signals twice.
    """

    def __init__(self) -> None:
        self._run: _Run[Any] | None = None
        self._was_stopped = False
        self.on_stop: Callable[[bool], None] | None = None
        """Called as soon as a run is being stopped; the argument says whether a person stops it."""
        self.on_end_at_once: Callable[[Interrupted], None] | None = None
        """Called before a second Ctrl-C ends the process, with the error that ends the run."""
        self._stack = ExitStack()
        self._terminals = [number for number in (1, 2) if os.isatty(number)]

    def __enter__(self) -> "Interruptible":
        for number in _SIGNALS:
            before = signal.getsignal(number)
            if before is not signal.SIG_IGN:  # as under nohup, and for Ctrl-C in a script's "&"
                signal.signal(number, self._hear)
                self._stack.callback(signal.signal, number, before)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._stack.__exit__(kind, error, traceback)
        except BaseException as late:  # raised while Prefect's server was being ended
            if not self._was_stopped:
                raise
            error = late
        if self._was_stopped and error is not None and not isinstance(error, Interrupted):
            error = KeyboardInterrupt()  # pydantic turns it into an error of its own
        if isinstance(error, Interrupted | KeyboardInterrupt):
            # Only the last message is still to be printed: a signal now needs no traceback.
            for number in _SIGNALS:
                signal.signal(number, lambda *_: _exit())
            _exit_after(EXIT_S)
        if isinstance(error, KeyboardInterrupt):
            raise Interrupted(STOPPED) from None

    def begin(self) -> None:
        """Start Prefect's server, or connect to the configured one; `run` does this by itself.

        Raises:
            ShotgraphError: Prefect's server can't be used.
        """
        self._stack.enter_context(prefect_api(meanwhile=_import_flows))
        check_configured_server()

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine to its end, or until a signal stops it.

        Raises:
            Interrupted: A signal stopped the coroutine.
            ShotgraphError: Prefect's server can't be used.
        """
        self.begin()
        self._run = run = _Run(work, self.on_stop)
        try:
            if self._was_stopped:  # the signal came where exceptions are lost, as in a callback
                raise KeyboardInterrupt
            return run.result()
        finally:
            self._run = None

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            self._leave_the_terminals()
        if self._run is None:
            self._was_stopped = True
            raise KeyboardInterrupt
        if self._run.is_stopped and number == signal.SIGINT:
            _exit_after(EXIT_S)  # whatever the call below waits for
            if self.on_end_at_once is not None:
                with suppress(Exception):
                    self.on_end_at_once(Interrupted(ENDED_AT_ONCE))
            _write(ENDED_AT_ONCE)
            _exit()
        self._run.stop(number)

    def _leave_the_terminals(self) -> None:
        """Redirect the output to nowhere: each write to a closed terminal is an error."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for terminal in self._terminals:
            os.dup2(nowhere, terminal)
        os.close(nowhere)


def _import_flows() -> None:
    import shotgraph.flows  # noqa: F401  two seconds, which the first run would spend by itself


class _Run(Generic[T]):
    """A coroutine in its own thread."""

    def __init__(
        self,
        work: Callable[[], Coroutine[Any, Any, T]],
        on_stop: Callable[[bool], None] | None = None,
    ) -> None:
        from shotgraph.tasks import stopping

        self._work = work
        self._on_stop = on_stop
        self._by_person = False
        self._stopping = stopping
        self._stopped_at: float | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[T] | None = None
        self._results: list[T] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(
            target=contextvars.copy_context().run, args=(self._carry_out,), name="run", daemon=True
        )

    @property
    def is_stopped(self) -> bool:
        """Whether a signal has asked the run to stop."""
        return self._stopped_at is not None

    def result(self) -> T:
        """Run the coroutine and wait for its end."""
        self._thread.start()
        while self._thread.is_alive() and not self.is_stopped:
            self._thread.join(LOOK_S)
        if self.is_stopped:
            # This thread may wait for a terminal, without a limit; so a timer ends the process.
            last = _exit_after(LONGEST_S + EXIT_S)
            if self._on_stop is not None:
                with suppress(OSError, RuntimeError):
                    self._on_stop(self._by_person)
            self._wait_for_stop()
            last.cancel()
        if self._results:
            return self._results[0]
        if self._error is not None and not self.is_stopped:
            raise self._error
        raise Interrupted(STOPPED)

    def stop(self, number: int) -> None:
        """Cancel the run because of a signal."""
        self._stopping.note_signal(number)
        if self._stopped_at is None:
            self._stopped_at = time.monotonic()
            self._by_person = self._stopping.is_from_person(number)
            _quieten_prefect()
            if self._loop is not None and self._task is not None:
                with suppress(RuntimeError):  # the loop has just ended
                    self._loop.call_soon_threadsafe(self._task.cancel)

    def _wait_for_stop(self) -> None:
        assert self._stopped_at is not None  # noqa: S101  the caller has checked
        is_noticed, steps_ended_at = False, None
        while self._thread.is_alive():
            self._thread.join(LOOK_S)
            now = time.monotonic()
            lasts_s = now - self._stopped_at
            if not is_noticed and lasts_s > NOTICE_AFTER_S:
                is_noticed = True
                _write("The run is being stopped. Ctrl-C once more ends it at once.")
            steps_ended_at = None if self._stopping.anything_runs() else steps_ended_at or now
            has_had_time = steps_ended_at is not None and now - steps_ended_at > PREFECT_S
            if (has_had_time and lasts_s > WHOLE_S) or lasts_s > LONGEST_S:
                return  # don't wait any longer for a server that does not answer

    def _carry_out(self) -> None:
        try:
            self._results.append(asyncio.run(self._cancellable()))
        except BaseException as error:
            self._error = error

    async def _cancellable(self) -> T:
        self._task = asyncio.current_task()
        self._loop = asyncio.get_running_loop()
        if self.is_stopped:
            raise asyncio.CancelledError
        return await self._work()


def _quieten_prefect() -> None:
    """Keep Prefect from reporting a requested stop as a crash."""
    for name in (None, "prefect._internal"):
        for handler in logging.getLogger(name).handlers:
            handler.addFilter(
                lambda record: (
                    record.levelno < logging.WARNING or not record.name.startswith("prefect")
                )
            )


def _write(line: str) -> None:
    # RuntimeError: the signal came while this stream was being written.
    with suppress(OSError, RuntimeError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def _exit_after(seconds: float) -> threading.Timer:
    """End the process after some seconds, even if Prefect's threads still wait for a server."""
    timer = threading.Timer(seconds, _exit)
    timer.daemon = True
    timer.start()
    return timer


def _exit() -> None:
    kill_embedded_servers()
    os._exit(Interrupted.exit_code)
