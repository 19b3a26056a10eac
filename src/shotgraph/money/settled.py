"""The inputs of local jobs, and the old records that can be removed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shotgraph.keys import Key
from shotgraph.model.references import Sha256
from shotgraph.money.accounts import money_of
from shotgraph.money.attempts import Attempt, Ledger
from shotgraph.money.budget import Budgets
from shotgraph.money.events import Intent
from shotgraph.store import RecordStore
from shotgraph.store.records import read_or_none


class LocalInputs(BaseModel):
    """The input media of a local job, by their hashes."""

    model_config = ConfigDict(frozen=True)

    version: Literal[1] = 1
    media: Sequence[Sha256]


class Lineage:
    """Records under ``lineage/<key>.json``, each written before the result of its job."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records

    async def note(self, key: Key, media: Iterable[Sha256]) -> None:
        """Record the inputs of a local job.

        Raises:
            Retryable: The store could not be written to.
        """
        taken = LocalInputs(media=sorted(set(media)))
        await self._records.put_if_absent(f"lineage/{key}.json", taken.model_dump_json().encode())

    async def all(self) -> Mapping[Key, LocalInputs]:
        """Read the inputs of every local job; an unreadable record is skipped.

        Raises:
            Retryable: The store could not be read.
        """
        names = await self._records.names("lineage")
        read = [read_or_none(LocalInputs, data) for data in await self._records.get_each(names)]
        return {
            Key(name.split("/")[1].removesuffix(".json")): one
            for name, one in zip(names, read, strict=True)
            if one
        }


def all_behind(
    media: Iterable[Sha256],
    made_by: Mapping[Sha256, Sequence[Key]],
    lineage: Mapping[Key, LocalInputs],
) -> set[Sha256]:
    """Find these media, and all media that they were made from, directly or not.

    Args:
        media: The media to begin with.
        made_by: The local jobs that made each medium, by its hash.
        lineage: The inputs of each local job.
    """
    found: set[Sha256] = set()
    ahead = list(media)
    while ahead:
        one = ahead.pop()
        if one in found:
            continue
        found.add(one)
        for key in made_by.get(one, ()):
            ahead += lineage[key].media if key in lineage else ()
    return found


UNSETTLED = ("sending", "unknown", "in_flight")
SKEW = timedelta(days=1)


async def superseded_attempts(records: RecordStore, before: datetime) -> list[str]:
    """Name the events of old attempts that have a later attempt.

    An attempt begins only when the earlier attempt is over, which is then not needed any more.
    An attempt that was or may be billed stays: it counts in the sum of its film.
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
    """Name the claims that no search for a lost job needs any more.

    A search for a lost job must know the requests of other jobs. So every claim stays that is newer
    than the oldest unsettled attempt.
    """
    unsettled = [attempt for attempt in await _latest(records) if attempt.state in UNSETTLED]
    begun = [intent.at for attempt in unsettled if (intent := attempt.find(Intent)) is not None]
    return await records.older("claims", min([before, *(at - SKEW for at in begun)]))


_OF_JOBS = "budgets/job_"
"""The budgets of single jobs; `shotgraph.money.order` names them."""


async def old_budgets(records: RecordStore, before: datetime) -> list[str]:
    """Name the reservations of old and settled budgets, the last first.

    In this order, their numbers have no gap while they are removed.
    """
    old, unsettled = set(await records.older("budgets", before)), set()
    for attempt in await _latest(records):
        if attempt.state in UNSETTLED:
            unsettled.add((attempt.key, attempt.number))
    book, found = Budgets(records, Ledger(records)), []
    for folder, names in _by_folder(await records.names("budgets")).items():
        if folder.startswith(_OF_JOBS):
            continue  # it counts all failed attempts of the job, however old
        reserved = await book.reserved_by(names) if old.issuperset(names) else None
        if reserved is not None and not reserved & unsettled:
            found += sorted(names, reverse=True)
    return found


async def _latest(records: RecordStore) -> list[Attempt]:
    return await Ledger(records).all_latest()


def all_but_last(names: Iterable[str]) -> list[str]:
    """Return all names but the last one of each folder."""
    return [name for folder in _by_folder(names).values() for name in sorted(folder)[:-1]]


def _by_folder(names: Iterable[str]) -> dict[str, list[str]]:
    folders: dict[str, list[str]] = defaultdict(list)
    for name in names:
        folders[name.rpartition("/")[0]].append(name)
    return folders
