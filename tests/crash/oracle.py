"""The judgement over a case: what the server's own book says, against what the runs have."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from shotgraph.keys import Key
from shotgraph.making.prepare import cuts_in, find_fits, piece_jobs
from shotgraph.media.probe import probe
from shotgraph.money.attempts import Ledger
from shotgraph.money.budget import Budgets
from shotgraph.money.claims import Claims
from shotgraph.money.job import Job
from shotgraph.money.results import Result, Results
from shotgraph.store import Store, open_store

from .one_run import BUDGET, job_of
from .order import Report, Shot
from .sums import Sums


@dataclass(frozen=True)
class Verdict(Sums):
    """What was found; every number but the dollars is to be 0.

    Attributes:
        duplicates: Jobs that were charged beyond one per key.
        lost: Charged jobs that are neither some key's result nor on record as in flight.
        undelivered: Keys without a result.
        other_bytes: Results that are not the very bytes that the charged request made, and runs
            that have others than the store.
        left_behind: Files and rooms of processes that have died.
        reported_usd: The sum of the results' costs.
        booked_usd: The sum of what the server charged.
        budgeted_usd: What the runs' budget holds as spent or in flight.
    """

    duplicates: int = 0
    lost: int = 0
    undelivered: int = 0
    other_bytes: int = 0
    left_behind: int = 0
    reported_usd: Decimal = Decimal(0)
    booked_usd: Decimal = Decimal(0)
    budgeted_usd: Decimal = Decimal(0)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        return self == Verdict(
            reported_usd=self.booked_usd,
            booked_usd=self.booked_usd,
            budgeted_usd=self.booked_usd,
        )

    def __str__(self) -> str:
        reported = self.reported_usd - self.booked_usd
        budgeted = self.budgeted_usd - self.booked_usd
        return (
            f"duplicates {self.duplicates}, lost {self.lost}, undelivered {self.undelivered}, "
            f"other bytes {self.other_bytes}, left behind {self.left_behind}, "
            f"report - book ${reported:.2f}, budget - book ${budgeted:.2f}"
        )


class Book:
    """What the server accepted and charged, by prompt."""

    def __init__(self, jobs: Sequence[dict[str, Any]]) -> None:
        self._jobs = jobs

    def accepted(self, prompt: str) -> list[dict[str, Any]]:
        """The jobs of a prompt."""
        return [job for job in self._jobs if job["input"].get("prompt") == prompt]

    def charged(self, prompt: str) -> list[dict[str, Any]]:
        """Those that were charged."""
        return [job for job in self.accepted(prompt) if job["charged_usd"] > 0]


async def judge(
    shots: Iterable[Shot],
    *,
    location: str,
    backend: str,
    book: Book,
    http: httpx.AsyncClient,
    reports: Sequence[Report] = (),
) -> Verdict:
    """Judge one store.

    Args:
        shots: What was to be bought; those of one prompt differ by their takes.
        location: The store.
        backend: Who draws, as the runs know it.
        book: The server's.
        http: Fetches what was drawn.
        reports: Of the runs that went to their end.
    """
    left = _left_behind(Path(location)) if "://" not in location else 0
    store = open_store(location)
    verdict = Verdict(left_behind=left)
    by_prompt: dict[str, list[Shot]] = {}
    for shot in shots:
        by_prompt.setdefault(shot.prompt, []).append(shot)
    for prompt, takes in by_prompt.items():
        jobs = [job for take in takes for job in await jobs_of(take, backend, store)]
        results = [await Results(store).get(job.key) for job in jobs]
        verdict += await _judge_prompt(book.charged(prompt), results, store, http)
    return verdict + Verdict(
        other_bytes=await _unlike_the_store(reports, store),
        budgeted_usd=await _budgeted_usd(store),
    )


async def jobs_of(shot: Shot, backend: str, store: Store) -> list[Job]:
    """The jobs that a shot becomes: one, or one for each piece of what is too long."""
    job = job_of(shot, backend)
    if shot.video is None:
        return [job]
    infos = {shot.video.sha256: await probe(await store.assets.file(shot.video))}
    return piece_jobs(job, await find_fits(job, infos, partial(cuts_in, store=store)))


async def _judge_prompt(
    charged: list[dict[str, Any]],
    results: Sequence[Result | None],
    store: Store,
    http: httpx.AsyncClient,
) -> Verdict:
    had = {result.request_id: result for result in results if result is not None}
    lost, other = 0, 0
    for job in charged:
        result = had.get(job["request_id"])
        if result is None:
            lost += await Claims(store.records).owner(job["request_id"]) is None
            continue
        made = (await http.get(job["output"]["video"]["url"])).content
        kept = (await store.assets.file(result.asset)).read_bytes()
        other += made != kept or job["request_id"].encode() not in kept
    return Verdict(
        duplicates=max(0, len(charged) - len(results)),
        lost=lost,
        undelivered=len(results) - len(had),
        other_bytes=other,
        reported_usd=sum((result.cost_usd for result in had.values()), Decimal(0)),
        booked_usd=sum((Decimal(str(job["charged_usd"])) for job in charged), Decimal(0)),
    )


async def _unlike_the_store(reports: Sequence[Report], store: Store) -> int:
    """Count the clips that a run has, and the store has not under the same key."""
    unlike = 0
    for report in reports:
        for made in report.made:
            result = await Results(store).get(Key(made.key))
            unlike += result is None or result.asset.sha256 != made.sha256
    return unlike


async def _budgeted_usd(store: Store) -> Decimal:
    budgets = Budgets(store.records, Ledger(store.records))
    return await budgets.spent_usd(BUDGET, datetime.now(UTC))


def _left_behind(folder: Path) -> int:
    rooms = list((folder / "tmp").iterdir()) if (folder / "tmp").is_dir() else []
    hidden = [path for path in folder.rglob("*") if path.name.startswith(".")]
    return len(rooms) + len(hidden) + len(list(folder.rglob("*.part")))
