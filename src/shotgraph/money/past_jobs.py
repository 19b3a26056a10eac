"""The latest finished jobs: their bills and durations."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from shotgraph.errors import Terminal
from shotgraph.keys import Key
from shotgraph.money.attempts import Attempt, Ledger
from shotgraph.money.events import Accepted, Ended, Intent
from shotgraph.store import RecordStore, Store
from shotgraph.store.records import gather_reads

READ = 60
"""How many of a store's latest jobs are read."""


@dataclass(frozen=True)
class PastJob:
    """A job that succeeded.

    Attributes:
        billed_units: The units that fal billed, in the endpoint's unit; None if fal did not say.
        expected_units: The units that were estimated when the job was sent; None if they are not
            known.
        took_s: The time from acceptance to end, in seconds; None if the reply to the submission
            was lost, so that the time of acceptance is not known.
    """

    endpoint_id: str
    ended_at: datetime
    billed_units: Decimal | None
    took_s: float | None
    expected_units: Decimal | None = None

    @property
    def times(self) -> Fraction:
        """How many times as many units fal billed as were estimated; 1 if they were not more."""
        if self.billed_units is None or self.expected_units is None:
            return Fraction(1)
        return max(Fraction(1), Fraction(self.billed_units) / Fraction(self.expected_units))


async def past_jobs(records: RecordStore, backend: str) -> list[PastJob]:
    """Read the latest jobs of one backend, the newest first.

    Raises:
        Retryable: The store could not be read.
    """
    names = await records.newest("attempts", "/ended.json", READ)
    ledger = Ledger(records)
    attempts = await gather_reads(_attempt(ledger, name) for name in names)
    found = [job for one in attempts if one and (job := _past(one, backend))]
    return sorted(found, key=lambda job: job.ended_at, reverse=True)


_known: dict[tuple[str, str], list[PastJob]] = {}
"""The jobs of a store and a backend, read once in a process and then kept up to date."""


async def known_past_jobs(store: Store, backend: str) -> list[PastJob]:
    """Give the latest jobs of one backend, the newest first, read once in a process.

    Raises:
        Retryable: The store could not be read.
    """
    name = (store.location, backend)
    if name not in _known:
        _known[name] = await past_jobs(store.records, backend)
    return _known[name]


def note_past_jobs(store: Store, backend: str, jobs: Iterable[PastJob]) -> None:
    """Note the latest jobs, given newest first, so that this process need not read them again."""
    _known[store.location, backend] = list(jobs)


def note_past_job(store: Store, backend: str, job: PastJob) -> None:
    """Note a job that this process has bought."""
    if (known := _known.get((store.location, backend))) is not None:
        known.insert(0, job)


async def _attempt(ledger: Ledger, name: str) -> Attempt | None:
    """Read one attempt; None if it can't be read. Looking up its own job raises the error."""
    _, key, number, *_ = name.split("/")
    with suppress(Terminal, ValueError):
        return (await ledger.attempts([(Key(key), int(number))]))[0]
    return None


def _past(attempt: Attempt, backend: str) -> PastJob | None:
    intent, accepted, ended = attempt.find(Intent), attempt.find(Accepted), attempt.find(Ended)
    if intent is None or accepted is None or ended is None:
        return None
    if not ended.succeeded or intent.backend != backend:
        return None
    took_s = None if accepted.found else (ended.at - accepted.at).total_seconds()
    expected = _expected_units(intent, ended)
    return PastJob(intent.endpoint_id, ended.at, ended.billed_units, took_s, expected)


def _expected_units(intent: Intent, ended: Ended) -> Decimal | None:
    """Tell how many units the estimate of a job was for, at the price of the bill; else None.

    The estimate of a Kling job is for whole units. Another number shows that the price has changed
    between the estimate and the bill.
    """
    if not (intent.estimate_usd and ended.cost_usd and ended.billed_units):
        return None
    units = intent.estimate_usd * ended.billed_units / ended.cost_usd
    return units if units == units.to_integral_value() else None
