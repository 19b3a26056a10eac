"""Records of the ledger on which nothing rests any more.

The latest attempt of every job is never one of them: it is what says that the job was bought.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from shotgraph.keys import Key
from shotgraph.ledger.budget import Budgets
from shotgraph.ledger.events import Intent
from shotgraph.ledger.job import Attempt
from shotgraph.ledger.ledger import Ledger
from shotgraph.ledger.money import money_of
from shotgraph.store import RecordStore

UNSETTLED = ("sending", "unknown", "in_flight")
SKEW = timedelta(days=1)


async def superseded_attempts(records: RecordStore, before: datetime) -> list[str]:
    """Name the events of attempts that were followed by another one, and are old.

    One begins only when the one before is known to be over, so the older one decides nothing. One
    that was billed, or may have been, stays all the same: it is in the sum of its film.
    """
    old, numbers = set(await records.older("attempts", before)), defaultdict(set)
    by_attempt: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name in await records.names("attempts"):
        _, key, number, *_ = [*name.split("/"), "", ""]
        if number.isdecimal():
            numbers[key].add(number)
            by_attempt[key, number].append(name)
    followed = {
        (Key(key), int(number)): names
        for (key, number), names in by_attempt.items()
        if number != max(numbers[key]) and old.issuperset(names)
    }
    attempts = await Ledger(records).attempts(followed)
    free = [one for one in attempts if not money_of(one).most_usd]
    return [name for one in free for name in followed[one.key, one.number]]


async def old_claims(records: RecordStore, before: datetime) -> list[str]:
    """Name the claims that no job which is looked for could be mistaken about.

    A job whose answer was lost is looked for among fal's requests of its time; whose the others
    are is said by their claims. So none is old that is younger than such a job.
    """
    unsettled = [attempt for attempt in await _latest(records) if attempt.state in UNSETTLED]
    begun = [intent.at for attempt in unsettled if (intent := attempt.find(Intent)) is not None]
    return await records.older("claims", min([before, *(at - SKEW for at in begun)]))


async def old_budgets(records: RecordStore, before: datetime) -> list[str]:
    """Name the reservations of budgets in which nothing is young or unsettled, the last first.

    They are numbered without a gap, also while they are being removed.
    """
    old, unsettled = set(await records.older("budgets", before)), set()
    for attempt in await _latest(records):
        if attempt.state in UNSETTLED:
            unsettled.add((attempt.key, attempt.number))
    book, found = Budgets(records, Ledger(records)), []
    for names in _by_folder(await records.names("budgets")).values():
        reserved = await book.reserved_by(names) if old.issuperset(names) else None
        if reserved is not None and not reserved & unsettled:
            found += sorted(names, reverse=True)
    return found


async def _latest(records: RecordStore) -> list[Attempt]:
    return await Ledger(records).all_latest()


def all_but_last(names: Iterable[str]) -> list[str]:
    """Leave the last name of each folder out."""
    return [name for folder in _by_folder(names).values() for name in sorted(folder)[:-1]]


def _by_folder(names: Iterable[str]) -> dict[str, list[str]]:
    folders: dict[str, list[str]] = defaultdict(list)
    for name in names:
        folders[name.rpartition("/")[0]].append(name)
    return folders
