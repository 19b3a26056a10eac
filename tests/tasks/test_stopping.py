"""SIGTERM in the middle of whatever: every step of a flow hears of it, whoever wrote the flow."""

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from shotgraph.tasks.stopping import stopping_as_one


class Told(BaseException):
    """What Prefect's handler raises wherever the process is."""


@pytest.fixture(autouse=True)
def _raising() -> Iterator[None]:
    def raise_it(number: int, frame: object) -> None:
        raise Told

    before = signal.signal(signal.SIGTERM, raise_it)
    yield
    signal.signal(signal.SIGTERM, before)


async def _step(begun: asyncio.Event | None = None) -> None:
    with stopping_as_one():
        if begun is not None:
            begun.set()
        await asyncio.sleep(3600)


async def test_steps_hear_of_it_also_in_a_callback() -> None:
    loop = asyncio.get_running_loop()
    unheard: list[BaseException] = []
    loop.set_exception_handler(lambda _, context: unheard.append(context["exception"]))
    begun = [asyncio.Event(), asyncio.Event()]
    steps = [asyncio.create_task(_step(event)) for event in begun]
    for event in begun:
        await event.wait()
    loop.call_soon(os.kill, os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(300):
        ended = await asyncio.gather(*steps, return_exceptions=True)
    assert [type(error) for error in ended] == [asyncio.CancelledError] * 2
    assert [type(error) for error in unheard] == [Told], "Prefect itself did not hear of it"

    # A flow that catches what its steps raise does not go on buying.
    with pytest.raises(asyncio.CancelledError, match="nothing more begins"):
        await _step()


async def test_who_listened_before_listens_afterwards() -> None:
    heard = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, heard.set)
    try:
        step = asyncio.create_task(_step(begun := asyncio.Event()))
        await begun.wait()
        os.kill(os.getpid(), signal.SIGUSR1)
        async with asyncio.timeout(300):
            await heard.wait()
        assert not step.done(), "another signal stops nobody"
        step.cancel()
        await asyncio.gather(step, return_exceptions=True)
        heard.clear()
        os.kill(os.getpid(), signal.SIGUSR1)
        async with asyncio.timeout(300):
            await heard.wait()
    finally:
        loop.remove_signal_handler(signal.SIGUSR1)
