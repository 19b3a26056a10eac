"""A run whose worker does not hear that a person has cancelled it stops itself."""

import asyncio
from collections.abc import Iterable
from uuid import UUID, uuid4

import pytest

from shotgraph.flows import this_run
from shotgraph.flows.this_run import BETWEEN_LOOKS_S, HeardCancel, hears_cancel
from tests.money.clocks import SteppingClock


@pytest.fixture
def by_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT__FLOW_RUN_ID", str(uuid4()))


def answering(monkeypatch: pytest.MonkeyPatch, *answers: bool | None) -> list[bool | None]:
    left = list(answers)

    async def asked(_: Iterable[UUID]) -> bool | None:
        return left.pop(0) if left else False

    monkeypatch.setattr(this_run, "cancelled_in_prefect", asked)
    return left


@pytest.mark.usefixtures("by_worker")
async def test_it_stops_at_the_second_look(monkeypatch: pytest.MonkeyPatch) -> None:
    left = answering(monkeypatch, False, True, None, True, True, True)
    clock = SteppingClock()
    stopped: list[bool] = []

    async def run() -> None:
        async with hears_cancel(clock):
            try:
                await asyncio.Event().wait()
            finally:
                stopped.append(True)

    with pytest.raises(HeardCancel):
        await run()
    assert stopped, "what runs inside is told, so that its steps ask fal"
    assert left == [True]
    assert clock.slept == [BETWEEN_LOOKS_S] * 5
    await asyncio.sleep(0)  # the task itself goes on


@pytest.mark.usefixtures("by_worker")
async def test_who_stops_it_first_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch)

    async def run() -> None:
        async with hears_cancel(SteppingClock()):
            await asyncio.Event().wait()

    task = asyncio.create_task(run())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.usefixtures("by_worker")
async def test_a_run_that_ends_is_not_looked_after(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, True, True, True)
    clock = SteppingClock()
    async with hears_cancel(clock):
        pass
    await asyncio.sleep(0)
    assert clock.slept == []


async def test_a_run_of_its_own_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    left = answering(monkeypatch, True, True, True)
    async with hears_cancel(SteppingClock()):
        for _ in range(5):
            await asyncio.sleep(0)
    assert len(left) == 3
