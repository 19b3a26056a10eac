"""Clocks that tests move."""

import asyncio
from datetime import UTC, datetime, timedelta

from shotgraph.clock import SystemClock

MANY = range(40, 240)


class CalledDeadlines:
    """In place of `asyncio.timeout_at`: deadlines that pass when the test says so, and not before.

    What has to have happened by then has happened, on a machine of any speed.
    """

    def __init__(self) -> None:
        self._open: list[asyncio.Timeout] = []

    def __call__(self, when: float | None) -> asyncio.Timeout:
        self._open.append(asyncio.timeout(None))
        return self._open[-1]

    def passes(self) -> None:
        """Have the last one that was begun pass now."""
        self._open[-1].reschedule(asyncio.get_running_loop().time())


class ImpatientClock(SystemClock):
    """This machine's time, by someone who waits for a moment where others wait for seconds."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.02))


class SteppingClock:
    """Time that passes only where somebody waits for it; what was slept is kept.

    After many waits, the next ones take a moment each: else the time for a job could be over before
    a server on a busy machine has drawn it.
    """

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._began = datetime.now(UTC)
        self._passed_s = 0.0

    def now(self) -> datetime:
        return self._began + timedelta(seconds=self._passed_s)

    def monotonic(self) -> float:
        return 1000 + self._passed_s

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_by(seconds)
        await asyncio.sleep(min(seconds / 500, 0.02) if len(self.slept) in MANY else 0)

    def pass_by(self, seconds: float) -> None:
        self._passed_s += seconds


class FastClock(SteppingClock):
    """Time that passes 500 times as fast: a server that really draws has some of it."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        await asyncio.sleep(seconds / 500)


class RushingClock(SteppingClock):
    """Some seconds pass each time that somebody looks at it."""

    def __init__(self, step_s: float) -> None:
        super().__init__()
        self._step_s = step_s

    def monotonic(self) -> float:
        self.pass_by(self._step_s)
        return super().monotonic()
