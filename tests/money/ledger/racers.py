"""Processes that share a budget and start together: ``python -m tests.money.ledger.racers``.

Reads a list of races as JSON on stdin, and carries them out one after the other; writes how often
each racer was refused. Forks before any thread exists: what every racer needs is loaded once.
"""

import asyncio
import gc
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Literal, TypeAlias

from pydantic import BaseModel, TypeAdapter

from shotgraph.errors import OverBudget
from shotgraph.money.attempts import MAY_BUY, Attempt, Ledger
from shotgraph.money.budget import Budget, Budgets
from shotgraph.money.events import Ended, Turned
from shotgraph.store import open_store
from tests.money.ledger.records import accepted, intent, key_of

HOLDS = timedelta(minutes=10)
"""How long a reservation holds for an attempt that has not begun."""
Fate: TypeAlias = Literal["in_flight", "succeeded", "failed", "turned", "dies", "dies_begun"]


class Race(BaseModel):
    """Some processes, each of which wants some jobs.

    Attributes:
        fates: What can become of a job that is begun; drawn by the seed.
        billed_usd: What a job that succeeds or fails is billed.
        shared: Whether all of them want the same jobs.
    """

    store: str
    racers: int
    jobs: int
    budgets: tuple[Budget, ...]
    price_usd: Decimal
    billed_usd: Decimal
    fates: tuple[Fate, ...]
    seed: int
    shared: bool = False


RACES = TypeAdapter(list[Race])
REFUSED = TypeAdapter(list[list[int]])
"""Of every race, how often each racer was refused; -9 for one that died."""


class Racer:
    """One process: it wants its jobs, one after the other."""

    def __init__(self, race: Race, number: int) -> None:
        self._race = race
        self._number = number
        self._chance = Random(f"{race.seed} {number}")  # noqa: S311 - no secret
        records = open_store(race.store).records
        self._ledger = Ledger(records)
        self._budgets = Budgets(records, self._ledger)

    async def run(self) -> int:
        """Buy as a run does; gives how many jobs were refused."""
        refused = 0
        for job in range(self._race.jobs):
            whose = "all" if self._race.shared else self._number
            before = await self._ledger.latest(key_of(f"job {job} of {whose}"))
            try:
                if before.state in MAY_BUY:
                    await self._buy(before)
            except OverBudget:
                refused += 1
        return refused

    async def _buy(self, before: Attempt) -> None:
        now, fate = datetime.now(UTC), self._chance.choice(self._race.fates)
        await self._budgets.reserve(
            self._race.budgets,
            key=before.key,
            number=before.number + 1,
            usd=self._race.price_usd,
            now=now,
            until=now + HOLDS,
            what=f"job of {self._number}",
        )
        if fate == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        attempt = await self._ledger.begin(
            before, intent(before.key, at=now, usd=self._race.price_usd)
        )
        if attempt is None:
            return
        if fate == "dies_begun":
            os.kill(os.getpid(), signal.SIGKILL)
        await self._end(attempt, fate)

    async def _end(self, attempt: Attempt, fate: Fate) -> None:
        now = datetime.now(UTC)
        if fate == "turned":
            await self._ledger.record(attempt, Turned(at=now, why="429"))
            return
        attempt = await self._ledger.record(attempt, accepted(attempt.key))
        if fate != "in_flight":
            billed_usd, well = self._race.billed_usd, fate == "succeeded"
            await self._ledger.record(attempt, Ended(at=now, succeeded=well, cost_usd=billed_usd))


def main() -> None:
    """Carry out the races."""
    gc.freeze()
    refused = [_carry_out(race) for race in RACES.validate_json(sys.stdin.buffer.read())]
    sys.stdout.write(REFUSED.dump_json(refused).decode())


def _carry_out(race: Race) -> list[int]:
    Path(race.store).mkdir(parents=True)
    line, start = os.pipe()
    pids = [_fork(race, number, line, start) for number in range(race.racers)]
    os.close(line)
    os.close(start)
    return [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]


def _fork(race: Race, number: int, line: int, start: int) -> int:
    """Fork a racer, which waits until the line is closed at its other end."""
    pid = os.fork()
    if pid:
        return pid
    code = 250
    try:
        os.close(start)
        os.read(line, 1)
        code = asyncio.run(Racer(race, number).run())
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
