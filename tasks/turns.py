"""The order in which the steps of a run begin.

The start of a task run takes a processor for some 50 ms. If all steps that can begin did so at
once, the first job of 250 would be sent after the last task run has started, 15 s later.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar

AT_ONCE = 8
LONGEST_S = 1.0
"""The longest turn: the upload of a large shot holds up no other step."""

_passing_on: ContextVar[Callable[[], None] | None] = ContextVar("passing_on", default=None)


class Turns:
    """The turns of one run; who waits longest is next."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._places = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and have it until it is passed on, or the block ends."""
        await self._places.acquire()
        is_over = False

        def pass_on() -> None:
            nonlocal is_over
            if not is_over:
                is_over = True
                self._places.release()

        token = _passing_on.set(pass_on)
        timer = asyncio.get_running_loop().call_later(LONGEST_S, pass_on)
        try:
            yield
        finally:
            timer.cancel()
            _passing_on.reset(token)
            pass_on()


def pass_on() -> None:
    """Let the next step begin: this one waits for fal, or for a processor."""
    passing_on = _passing_on.get()
    if passing_on is not None:
        passing_on()
