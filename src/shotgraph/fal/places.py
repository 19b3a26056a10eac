"""A place at fal: held from just before a job is sent until fal is done with it, and no longer."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TypeAlias

Places: TypeAlias = Callable[[str], AbstractAsyncContextManager[None]]
"""Gives a place to a job, by what messages call it, when there is one."""


@asynccontextmanager
async def any_number(what: str) -> AsyncIterator[None]:
    """Give everybody a place."""
    yield


class Place:
    """The place of one job.

    A job that an earlier run sent has none: it is at fal already, and waiting would not take it
    back.
    """

    def __init__(self, places: Places, what: str) -> None:
        self._places, self._what = places, what
        self._held = AsyncExitStack()
        self._is_taken = False

    async def take(self) -> None:
        """Wait for a place, unless it is held."""
        if not self._is_taken:
            await self._held.enter_async_context(self._places(self._what))
            self._is_taken = True

    async def give_back(self) -> None:
        """Leave the place to another job, if one is held."""
        self._is_taken = False
        await self._held.aclose()
