"""Work side by side: what comes of it, and what is left of it when one fails."""

import asyncio

import pytest

from shotgraph.media.together import together


async def test_what_comes_of_each_is_in_order() -> None:
    first_may_end = asyncio.Event()

    async def slow() -> str:
        await first_may_end.wait()
        return "slow"

    async def quick() -> str:
        first_may_end.set()
        return "quick"

    assert await together(slow(), quick()) == ["slow", "quick"]
    assert await together() == []


async def test_when_one_fails_the_others_have_ended() -> None:
    ended: list[str] = []
    has_begun = asyncio.Event()

    async def works_on() -> None:
        try:
            has_begun.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("cleaned up")

    async def fails() -> None:
        await has_begun.wait()
        raise ValueError("one is enough")

    with pytest.raises(ValueError, match="one is enough"):
        await together(works_on(), fails())
    assert ended == ["cleaned up"]


async def test_cancelled_it_leaves_nothing_running() -> None:
    ended: list[str] = []
    has_begun = asyncio.Event()

    async def works_on() -> None:
        try:
            has_begun.set()
            await asyncio.Event().wait()
        finally:
            ended.append("cleaned up")

    work = asyncio.ensure_future(together(works_on()))
    await has_begun.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert ended == ["cleaned up"]
