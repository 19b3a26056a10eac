"""Work side by side: what comes of it, and what is left of it when one fails."""

import asyncio

import pytest

from shotgraph.media.concurrency import gather_all


async def test_what_comes_of_each_is_in_order() -> None:
    first_may_end = asyncio.Event()

    async def slow() -> str:
        await first_may_end.wait()
        return "slow"

    async def quick() -> str:
        first_may_end.set()
        return "quick"

    assert await gather_all(slow(), quick()) == ["slow", "quick"]
    assert await gather_all() == []


class WorksOn:
    """Work that ends only when it is cancelled."""

    def __init__(self) -> None:
        self.has_begun = asyncio.Event()
        self.has_ended = False

    async def __call__(self) -> None:
        try:
            self.has_begun.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            self.has_ended = True


async def test_when_one_fails_the_others_have_ended() -> None:
    other = WorksOn()

    async def fails() -> None:
        await other.has_begun.wait()
        raise ValueError("one is enough")

    with pytest.raises(ValueError, match="one is enough"):
        await gather_all(other(), fails())
    assert other.has_ended


async def test_cancelled_it_leaves_nothing_running() -> None:
    other = WorksOn()
    work = asyncio.ensure_future(gather_all(other()))
    await other.has_begun.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert other.has_ended
