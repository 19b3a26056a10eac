"""SIGTERM in the middle of whatever: every step of a flow hears of it, whoever wrote the flow."""

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from shotgraph.tasks import stopping
from shotgraph.tasks.stopping import anything_runs, signalled_by_person, stopping_as_one


class Told(BaseException):
    """What Prefect's handler raises wherever the process is."""


@pytest.fixture(autouse=True)
def _raising() -> Iterator[None]:
    def raise_it(number: int, frame: object) -> None:
        raise Told

    before = signal.signal(signal.SIGTERM, raise_it)
    yield
    signal.signal(signal.SIGTERM, before)


async def _step(begun: asyncio.Event | None = None, by: list[bool] | None = None) -> None:
    with stopping_as_one():
        if begun is not None:
            begun.set()
        try:
            await asyncio.sleep(3600)
        finally:
            if by is not None:
                by.append(signalled_by_person())


async def _told_by(number: signal.Signals) -> bool:
    """Send a signal while a step runs; tells whether it counts as a person's."""
    by: list[bool] = []
    step = asyncio.create_task(_step(begun := asyncio.Event(), by))
    await begun.wait()
    asyncio.get_running_loop().call_soon(os.kill, os.getpid(), number)
    if number == signal.SIGINT:  # asyncio's own handler cancels; it is not there in a test
        asyncio.get_running_loop().call_soon(step.cancel)
    async with asyncio.timeout(300):
        await asyncio.gather(step, return_exceptions=True)
    assert step.cancelled()
    return by == [True]


async def test_steps_hear_of_it_also_in_a_callback() -> None:
    loop = asyncio.get_running_loop()
    unheard: list[BaseException] = []
    loop.set_exception_handler(lambda _, context: unheard.append(context["exception"]))
    begun = [asyncio.Event(), asyncio.Event()]
    steps = [asyncio.create_task(_step(event)) for event in begun]
    for event in begun:
        await event.wait()
    assert anything_runs()
    loop.call_soon(os.kill, os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(300):
        ended = await asyncio.gather(*steps, return_exceptions=True)
    assert [type(error) for error in ended] == [asyncio.CancelledError] * 2
    assert [type(error) for error in unheard] == [Told], "Prefect itself did not hear of it"
    assert not anything_runs()

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


@pytest.fixture
def _no_ctrl_c() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, lambda *_: None)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_no_ctrl_c")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
async def test_what_a_terminal_sends_is_a_persons_word(number: signal.Signals) -> None:
    before = signal.getsignal(signal.SIGHUP)
    assert await _told_by(number)
    assert signal.getsignal(signal.SIGHUP) is before


@pytest.mark.usefixtures("_no_ctrl_c")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_worker_sends_signals_for_any_reason(
    monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    monkeypatch.setenv("PREFECT__FLOW_RUN_ID", "0190c1f0-0000-7000-8000-000000000000")
    monkeypatch.setattr(stopping, "_has_terminal", lambda: True)
    assert not await _told_by(number)


@pytest.mark.parametrize("is_there", [True, False])
async def test_sigterm_is_a_persons_word_at_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    monkeypatch.setattr(stopping, "_has_terminal", lambda: is_there)
    assert await _told_by(signal.SIGTERM) == is_there


async def test_a_closed_terminal_ends_nothing_that_nohup_has_begun() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        step = asyncio.create_task(_step(begun := asyncio.Event()))
        await begun.wait()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        step.cancel()
        await asyncio.gather(step, return_exceptions=True)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
