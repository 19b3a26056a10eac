"""A budget that several runs can share: reserved before each submission, one after the other.

A reservation says which attempt may be made for how much. What it is worth is read from the
ledger each time: what ended counts as it was billed, what was turned down or is sure not to exist
counts nothing, what may be in flight counts as estimated. So nothing has to be given back, and a
run that dies holds nothing for ever.
"""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shotgraph.errors import OverBudget
from shotgraph.failpoints import Failpoint
from shotgraph.keys import Key
from shotgraph.ledger.events import Ended, GivenUp, Intent
from shotgraph.ledger.job import Attempt
from shotgraph.ledger.ledger import Ledger
from shotgraph.store import RecordStore


class Budget(BaseModel):
    """A budget: the runs that name the same one share it; amounts in dollars."""

    model_config = ConfigDict(frozen=True)

    name: str
    limit_usd: Decimal


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

    async def reserve(
        self,
        budget: Budget,
        *,
        key: Key,
        number: int,
        usd: Decimal,
        now: datetime,
        until: datetime,
        what: str,
    ) -> None:
        """Reserve dollars for one attempt.

        Args:
            budget: The budget.
            key: The job's key.
            number: The attempt's number.
            usd: What it is estimated to cost, in dollars.
            now: The present moment.
            until: When the reservation lapses unless the attempt has begun by then.
            what: What messages call the job.

        Raises:
            OverBudget: What is spent, in flight and reserved leaves less than that.
        """
        while True:
            found = await self._reservations(budget)
            # Two runs that want one attempt both reserve for it, and one of them makes it.
            others = [one for one in found if (one.key, one.number) != (key, number)]
            spent = await self._spent(others, now)
            if spent + usd > budget.limit_usd:
                raise OverBudget(
                    f"{what} would cost ${usd:.2f}; of the budget {budget.name} of "
                    f"${budget.limit_usd:.2f}, ${spent:.2f} is spent or in flight. It was not "
                    "sent. Raise the budget, and run again: what is finished is kept"
                )
            mine = _Reservation(key=key, number=number, usd=usd, until=until)
            name = f"{_folder(budget)}/{len(found) + 1:08d}.json"
            data = mine.model_dump_json().encode()
            # Whoever loses this number has not seen the winner's reservation: look again.
            if await self._records.put_if_absent(name, data, at=Failpoint.BUDGET_RESERVED):
                return

    async def spent_usd(self, budget: Budget, now: datetime) -> Decimal:
        """What of a budget is spent, in flight or reserved, in dollars."""
        return await self._spent(await self._reservations(budget), now)

    async def _spent(self, found: list[_Reservation], now: datetime) -> Decimal:
        latest_last = sorted(found, key=lambda one: one.until)
        attempts = {(one.key, one.number): one for one in latest_last}
        return sum([await self._worth(one, now) for one in attempts.values()], Decimal(0))

    async def _reservations(self, budget: Budget) -> list[_Reservation]:
        names = await self._records.names(_folder(budget))
        return [
            _Reservation.model_validate_json(await self._records.get(name) or b"") for name in names
        ]

    async def _worth(self, reservation: _Reservation, now: datetime) -> Decimal:
        attempt = await self._ledger.attempt(reservation.key, reservation.number)
        ended = attempt.find(Ended)
        if ended is not None:
            return ended.cost_usd
        if attempt.state == "turned" or _is_sure_not_to_exist(attempt):
            return Decimal(0)
        if attempt.state == "new" and now >= reservation.until:
            return Decimal(0)
        return reservation.usd


def _is_sure_not_to_exist(attempt: Attempt) -> bool:
    """Tell whether it was given up when that was safe; before, it may be billed all the same."""
    intent, given_up = attempt.find(Intent), attempt.find(GivenUp)
    return intent is not None and given_up is not None and given_up.at >= intent.safe_from


def _folder(budget: Budget) -> str:
    safe = "".join(char if char.isalnum() or char in "-_" else "_" for char in budget.name)
    return f"budgets/{safe[:128]}"
