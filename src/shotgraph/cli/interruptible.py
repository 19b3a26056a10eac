"""Runs that a person can stop: by Ctrl-C, by closing the terminal, by ``kill``.

A run has a thread of its own, and the main thread waits for it. So a signal is heard at once,
whatever the run is at, and no exception lands in the middle of it.
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
"""How long Prefect has at least to write down that a run was stopped, after its steps ended."""
WHOLE_S = 4.0
"""How long a stop takes at most where no step has to be waited for."""
LONGEST_S = 25.0
"""How long a stop takes at most: what is being sent to fal is waited for, for its request id."""
EXIT_S = 0.8
"""How long the process may take to end after that, and after its server has ended."""

STOPPED = (
    "The run was stopped. What fal has of it is on record: run again to go on, or see: "
    "shotgraph jobs"
)
ENDED_AT_ONCE = (
    "The run was ended at once. What fal has of it is on record, and may go on there and be "
    "billed: run again to take it up, or see: shotgraph jobs"
)
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruptible:
    """Runs flows one after the other, with one Prefect server, until a signal stops them.

    The first signal cancels the run: each step cancels its job at fal, or leaves it. A second
    Ctrl-C ends the process at once. A second signal of another kind does not: these often come
    twice.
    """

    def __init__(self) -> None:
        self._run: _Run[Any] | None = None
        self._was_stopped = False
        self.on_stop: Callable[[bool], None] | None = None
        """Called at once when a run is being stopped; with whether a person does."""
        self._stack = ExitStack()
        self._terminals = [number for number in (1, 2) if os.isatty(number)]

    def __enter__(self) -> "Interruptible":
        for number in _SIGNALS:
            before = signal.getsignal(number)
            if before is not signal.SIG_IGN:  # as nohup has it, and Ctrl-C in a script's "&"
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
        except BaseException as late:  # while Prefect's server was being ended
            if not self._was_stopped:
                raise
            error = late
        if self._was_stopped and error is not None and not isinstance(error, Interrupted):
            error = KeyboardInterrupt()  # pydantic makes an error of its own of it
        if isinstance(error, Interrupted | KeyboardInterrupt):
            # Only the last message is left; if a signal stops that, no traceback is needed.
            for number in _SIGNALS:
                signal.signal(number, lambda *_: _exit())
            _exit_after(EXIT_S)
        if isinstance(error, KeyboardInterrupt):
            raise Interrupted(STOPPED) from None

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine to its end, or until a signal stops it.

        Raises:
            Interrupted: A signal has stopped it.
            ShotgraphError: Prefect's server can't be used.
        """
        self._stack.enter_context(prefect_api(meanwhile=_import_flows))
        check_configured_server()
        self._run = run = _Run(work, self.on_stop)
        try:
            if self._was_stopped:  # where no exception gets through, as in a callback
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
            _write(ENDED_AT_ONCE)
            _exit()
        self._run.stop(number)

    def _leave_the_terminals(self) -> None:
        """Write to nowhere from now on: each line to a closed terminal is an error."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for terminal in self._terminals:
            os.dup2(nowhere, terminal)
        os.close(nowhere)


def _import_flows() -> None:
    import shotgraph.flows  # noqa: F401  two seconds, which the first run would spend by itself


class _Run(Generic[T]):
    """A coroutine in a thread of its own."""

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
        """Whether it was told to stop."""
        return self._stopped_at is not None

    def result(self) -> T:
        """Run it and wait for its end."""
        self._thread.start()
        while self._thread.is_alive() and not self.is_stopped:
            self._thread.join(LOOK_S)
        if self.is_stopped:
            # This thread waits for a terminal, too, and for that there is no limit.
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
        """Cancel it, because of a signal."""
        self._stopping.note_signal(number)
        if self._stopped_at is None:
            self._stopped_at = time.monotonic()
            self._by_person = self._stopping.is_from_person(number)
            _quieten_prefect()
            if self._loop is not None and self._task is not None:
                with suppress(RuntimeError):  # it has just ended
                    self._loop.call_soon_threadsafe(self._task.cancel)

    def _wait_for_stop(self) -> None:
        assert self._stopped_at is not None  # noqa: S101  whoever calls has looked
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
                return  # a server that does not answer is waited for no longer

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
    """Keep Prefect from reporting a stop that a person has asked for as a crash."""
    for name in (None, "prefect._internal"):
        for handler in logging.getLogger(name).handlers:
            handler.addFilter(
                lambda record: (
                    record.levelno < logging.WARNING or not record.name.startswith("prefect")
                )
            )


def _write(line: str) -> None:
    # A RuntimeError where a signal comes while just this is being written.
    with suppress(OSError, RuntimeError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


def _exit_after(seconds: float) -> threading.Timer:
    """End the process also where Prefect's threads would wait for a server at its exit."""
    timer = threading.Timer(seconds, _exit)
    timer.daemon = True
    timer.start()
    return timer


def _exit() -> None:
    kill_embedded_servers()
    os._exit(Interrupted.exit_code)
