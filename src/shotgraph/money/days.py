"""The attempts that began on a day (UTC), for the budget of that day.

A run without a budget of the day reserves nothing, so it records its attempts here, in one small
record each. That is cheaper than a reservation, which reads all earlier reservations. The order of
these records does not matter, because a run without this budget has no limit.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from shotgraph.keys import Key
from shotgraph.money.attempts import Attempt, AttemptId, Ledger
from shotgraph.money.events import Intent
from shotgraph.store import RecordStore
from shotgraph.store.records import gather_reads

STORES_CLOCK = timedelta(hours=1)
"""How far the store's clock and the machines' clocks may be apart."""


class Days:
    """Records under ``days/<day>/<key>.<number>.json``, and ``days/<day>/searched.json``.

    Runs of an older shotgraph recorded nothing here. So the first query for a day searches the
    whole ledger for the day's attempts, and records them, and that the search was done.
    """

    def __init__(self, records: RecordStore, ledger: Ledger) -> None:
        self._records = records
        self._ledger = ledger

    async def note(self, day: date, key: Key, number: int) -> None:
        """Record an attempt before it begins; an attempt that never begins costs nothing.

        Raises:
            Retryable: The store could not be written to.
        """
        await self._records.put_if_absent(_entry(day, key, number), b"{}")

    async def attempts(self, day: date) -> set[AttemptId]:
        """Return the attempts that began on a day; attempts with a reservation may be missing.

        Raises:
            Retryable: The store could not be read, or written to.
            Terminal: A record of the ledger can't be read; the message names it.
        """
        names = await self._records.names(_folder(day))
        noted = set(_attempts(names))
        if _searched(day) in names:
            return noted
        found = await self._search(day)
        for key, number in found - noted:
            await self.note(day, key, number)
        await self._records.put_if_absent(_searched(day), b"{}")
        return noted | found

    async def _search(self, day: date) -> set[AttemptId]:
        begin = datetime.combine(day, time(), UTC)
        names = await self._records.names("attempts", since=begin - STORES_CLOCK)
        begun = [_begun(name) for name in names]
        attempts = await gather_reads(self._ledger.attempt(*one) for one in begun if one)
        return {(one.key, one.number) for one in attempts if _is_paid_on(one, day)}


def _begun(name: str) -> AttemptId | None:
    """The attempt that an intent's record belongs to; None for any other record."""
    _, key, number, *slot = [*name.split("/"), "", ""]
    is_intent = slot[:2] == [f"{Intent.slot}.json", ""] and number.isdecimal()
    return (Key(key), int(number)) if is_intent else None


def _is_paid_on(attempt: Attempt, day: date) -> bool:
    intent = attempt.find(Intent)
    is_on_it = intent is not None and intent.at.astimezone(UTC).date() == day
    return is_on_it and not attempt.is_rehearsed


def _attempts(names: Iterable[str]) -> Iterable[AttemptId]:
    for name in names:
        key, _, number = name.rpartition("/")[2].removesuffix(".json").partition(".")
        if number.isdecimal():
            yield Key(key), int(number)


def _folder(day: date) -> str:
    return f"days/{day.isoformat()}"


def _entry(day: date, key: Key, number: int) -> str:
    return f"{_folder(day)}/{key}.{number:06d}.json"


def _searched(day: date) -> str:
    return f"{_folder(day)}/searched.json"
