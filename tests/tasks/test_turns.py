"""A few steps begin at a time, and a step that waits lets the next one begin."""

import asyncio

import pytest

from shotgraph.tasks import semaphore
from shotgraph.tasks.semaphore import Turns, pass_on


class Steps:
    """Steps that begin in turns; each passes on, and ends, when it is told to."""

    def __init__(self, count: int, at_once: int) -> None:
        self.begun: list[int] = []
        self._turns = Turns(at_once)
        self._passing = [asyncio.Event() for _ in range(count)]
        self._ending = [asyncio.Event() for _ in range(count)]
        self._tasks = [asyncio.create_task(self._step(number)) for number in range(count)]

    async def _step(self, number: int) -> None:
        async with self._turns.turn():
            self.begun.append(number)
            await self._passing[number].wait()
            pass_on()
            pass_on()  # each status of a job says so again
            await self._ending[number].wait()

    async def settled(self) -> list[int]:
        for _ in range(10):
            await asyncio.sleep(0)
        return self.begun

    def pass_on(self, number: int) -> None:
        self._passing[number].set()

    async def end(self) -> None:
        for event in (*self._passing, *self._ending):
            event.set()
        await asyncio.gather(*self._tasks)


async def test_few_begin_at_a_time_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(semaphore, "LONGEST_S", 3600.0)
    steps = Steps(5, at_once=2)
    assert await steps.settled() == [0, 1]
    steps.pass_on(1)
    assert await steps.settled() == [0, 1, 2]
    steps.pass_on(0)
    assert await steps.settled() == [0, 1, 2, 3]
    await steps.end()
    assert steps.begun == [0, 1, 2, 3, 4]


async def test_a_turn_that_lasts_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(semaphore, "LONGEST_S", 0.0)
    steps = Steps(3, at_once=1)
    while len(steps.begun) < 3:
        await steps.settled()
    await steps.end()


async def test_outside_of_a_run_there_are_no_turns() -> None:
    pass_on()
