"""A semaphore across event loops, and a gather after which no task is running."""

import asyncio
import contextlib
import os
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from typing import Any, TypeVar


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class LoopSemaphore:
    """A semaphore across event loops; the longest waiter is next. Waiting can be cancelled.

    A rehearsal serves from its own thread and loop, and Prefect runs tasks in other loops. A
    semaphore of asyncio counts in one loop only, and a ``threading`` semaphore blocks a whole loop.
    """

    def __init__(self, places: int) -> None:
        self._places = places
        self._forget()
        if hasattr(os, "register_at_fork"):
            # A forked process has none of the threads that hold places.
            os.register_at_fork(after_in_child=self._forget)

    @contextlib.asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Hold a place for the time of the block."""
        await self._take()
        try:
            yield
        finally:
            self._give_back()

    @property
    def is_idle(self) -> bool:
        """Whether nobody holds a place."""
        return self._free == self._places

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._free = self._places
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._called: set[asyncio.Future[None]] = set()

    async def _take(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
        try:
            await turn
        except BaseException:
            # It may have got a place at the moment of its cancellation.
            if self._leave(turn):
                self._give_back()
            raise
        self._leave(turn)

    def _leave(self, turn: asyncio.Future[None]) -> bool:
        """Remove a waiter; True if it had a place already."""
        with self._lock:
            if turn in self._waiting:
                self._waiting.remove(turn)
            has_place = turn in self._called
            self._called.discard(turn)
        return has_place

    def _give_back(self) -> None:
        with self._lock:
            while self._waiting:
                turn = self._waiting.popleft()
                # A closed loop takes no calls; its waiter is skipped.
                with contextlib.suppress(RuntimeError):
                    turn.get_loop().call_soon_threadsafe(_call_up, turn)
                    self._called.add(turn)
                    return
            self._free += 1


def _call_up(turn: "asyncio.Future[None]") -> None:
    if not turn.done():
        turn.set_result(None)


Given = TypeVar("Given")
T = TypeVar("T")


async def gather_all(*works: Coroutine[Any, Any, T]) -> list[T]:
    """Run coroutines concurrently.

    Returns:
        Their results, in order.

    Raises:
        Exception: The first error; the other coroutines are cancelled and have ended by then.
    """
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def in_threads(work: Callable[[Given], T], each: Iterable[Given]) -> list[T]:
    """Run a function for each value in threads, two at a time.

    Returns:
        The results, in order.

    Raises:
        Exception: The first error; calls that have begun in a thread still run to their end.
    """
    places = asyncio.Semaphore(2)

    async def run(given: Given) -> T:
        async with places:
            return await asyncio.to_thread(work, given)

    return await gather_all(*(run(given) for given in each))
