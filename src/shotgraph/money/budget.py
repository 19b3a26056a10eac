"""A budget that several runs can share: reserved before each submission, one after the other.

A reservation names an attempt and its estimated cost. Its present value comes from the ledger each
time: the bill of an ended attempt, nothing if fal refused the attempt or it surely does not exist,
the estimate if it may be in flight. So no run has to release a reservation, and a run that dies
blocks no budget for ever.

The budget of a day counts every purchase of that day, also those of runs without this budget.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shotgraph.errors import OverBudget, Terminal
from shotgraph.failpoints import Failpoint
from shotgraph.keys import Key
from shotgraph.money.accounts import money_of
from shotgraph.money.attempts import AttemptId, Ledger
from shotgraph.money.days import Days
from shotgraph.money.events import unreadable
from shotgraph.store import RecordStore
from shotgraph.store.records import gather_reads

LOOKS = 5
"""How often the reservations are listed before a missing one counts as an error."""


class Budget(BaseModel):
    """A budget in dollars; runs that name the same budget share it.

    Attributes:
        day: If set, every purchase of this day (UTC) counts, reserved or not; if None, only
            reservations count.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    limit_usd: Decimal
    day: date | None = None


def day_budget(limit_usd: Decimal | None, now: datetime) -> list[Budget]:
    """The budget that all runs of a day share, in UTC; none if there is no limit."""
    if limit_usd is None:
        return []
    return [Budget(name=f"day {now:%Y-%m-%d}", limit_usd=limit_usd, day=now.date())]


class _Reservation(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    key: Key
    number: int
    usd: Decimal
    until: datetime


class Budgets:
    """Reservations under ``budgets/<name>/<number>.json``, numbered without a gap."""

    def __init__(self, records: RecordStore, ledger: Ledger) -> None:
        self._records = records
        self._ledger = ledger
        self._days = Days(records, ledger)

    async def reserve(
        self,
        budgets: Sequence[Budget],
        *,
        key: Key,
        number: int,
        usd: Decimal,
        now: datetime,
        until: datetime,
        what: str,
    ) -> None:
        """Reserve dollars for one attempt in each of these budgets.

        Args:
            budgets: The budgets.
            key: The job's key.
            number: The attempt's number.
            usd: The estimated cost, in dollars.
            now: The present moment.
            until: When the reservation expires unless the attempt has begun by then.
            what: The job's name in messages.

        Raises:
            OverBudget: After its spent, in-flight and reserved dollars, a budget has too little
                left.
            Terminal: A record can't be read, or is missing; the message names it.
        """
        mine = _Reservation(key=key, number=number, usd=usd, until=until)
        data = mine.model_dump_json().encode()
        # Check all budgets first: if a later one refused, the reservations made until then would
        # block their budgets until they expire.
        for budget in budgets[1:]:
            await self._free_name(budget, mine, now, what)
        for budget in budgets:
            # If another run took this number, its reservation was not counted yet: look again.
            while not await self._records.put_if_absent(
                await self._free_name(budget, mine, now, what), data, at=Failpoint.BUDGET_RESERVED
            ):
                pass

    async def _free_name(self, budget: Budget, mine: _Reservation, now: datetime, what: str) -> str:
        """Name the next reservation, if the budget allows it."""
        found = await self._reservations(budget)
        # Two runs that start one attempt both reserve for it, and only one of them begins it.
        spent = await self._spent(budget, found, now, without=[(mine.key, mine.number)])
        over = spent + mine.usd - budget.limit_usd
        if over > 0:
            raise OverBudget(
                f"{what} would cost ${mine.usd:.2f}. Of the budget {budget.name} of "
                f"${budget.limit_usd:.2f}, ${spent:.2f} is spent or in flight, so the budget is "
                f"too small by ${over:.3f}. The job was not sent. Raise the budget, and run "
                "again: finished steps are kept"
            )
        return _name(budget, len(found) + 1)

    async def spent_usd(
        self, budget: Budget, now: datetime, without: Collection[AttemptId] = ()
    ) -> Decimal:
        """The sum that is spent, in flight or reserved, in dollars; for a day, by all runs.

        Args:
            budget: The budget.
            now: The present moment.
            without: Attempts to leave out, because a plan counts them itself.
        """
        return await self._spent(budget, await self._reservations(budget), now, without)

    async def reserved_by(self, names: Iterable[str]) -> set[AttemptId]:
        """Return the attempts that these reservations are for, by key and number.

        Raises:
            Terminal: A record can't be read; the message names it.
        """
        found = await gather_reads(self._read(name) for name in names)
        return {(one.key, one.number) for one in found}

    async def _spent(
        self,
        budget: Budget,
        found: Iterable[_Reservation],
        now: datetime,
        without: Collection[AttemptId],
    ) -> Decimal:
        noted = [] if budget.day is None else await self._days.attempts(budget.day)
        attempts: dict[AttemptId, _Reservation | None] = dict.fromkeys(noted)
        latest_last = sorted(found, key=lambda one: one.until)
        attempts |= {(one.key, one.number): one for one in latest_last}
        counted = [(one, held) for one, held in attempts.items() if one not in without]
        worth = await gather_reads(self._worth(one, held, now) for one, held in counted)
        return sum(worth, Decimal(0))

    async def _reservations(self, budget: Budget) -> list[_Reservation]:
        for _ in range(LOOKS):
            names = await self._records.names(_folder(budget))
            if names == [_name(budget, number) for number in range(1, len(names) + 1)]:
                return await gather_reads(self._read(name) for name in names)
            # A listing made while other runs write may lack one number and have the next.
        raise Terminal(
            f"the records under {_folder(budget)} have a gap in their numbers, so the spent part "
            "of that budget is not known. Nothing is bought until the missing records are put "
            "back, or the whole folder is moved away"
        )

    async def _read(self, name: str) -> _Reservation:
        data = await self._records.get(name)
        try:
            return _Reservation.model_validate_json(data or b"")
        except ValueError as error:
            raise unreadable(
                name,
                error,
                unknown="the spent part of its budget is not known",
                otherwise="the record is repaired, or its whole folder is moved away",
            ) from None

    async def _worth(self, one: AttemptId, held: _Reservation | None, now: datetime) -> Decimal:
        attempt = await self._ledger.attempt(*one)
        if attempt.state == "new" and held is not None:
            return held.usd if now < held.until else Decimal(0)
        return money_of(attempt).most_usd


def _name(budget: Budget, number: int) -> str:
    return f"{_folder(budget)}/{number:08d}.json"


def _folder(budget: Budget) -> str:
    safe = "".join(char if char.isalnum() or char in "-_" else "_" for char in budget.name)
    return f"budgets/{safe[:128]}"
