"""The judgement over one film: what the stand-in's book says, against the store and the reports."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from shotgraph.money.attempts import Ledger
from shotgraph.money.results import Result, Results
from shotgraph.store import Store, open_store, sha256_of_file
from shotgraph.store.assets import read_sha256
from tests.crash.sums import Sums

from .crash_films import PAID, CrashFilm


@dataclass(frozen=True)
class Verdict(Sums):
    """What was found; every number but the submits and the dollars is to be 0.

    Attributes:
        submits: Jobs that the stand-in accepted.
        duplicates: Jobs that were charged beyond one per step.
        lost: Charged jobs that are no step's result.
        open: Steps whose job is not on record as done.
        other_films: Runs whose film has not the bytes of the undisturbed one.
        reported_usd: What the last report says that the film has cost in all its runs, those that
            died among them.
        booked_usd: What the stand-in charged.
    """

    submits: int = 0
    duplicates: int = 0
    lost: int = 0
    open: int = 0
    other_films: int = 0
    reported_usd: Decimal = Decimal(0)
    booked_usd: Decimal = Decimal(0)

    def is_ideal(self, *, submits: int = len(PAID)) -> bool:
        """Whether nothing is wrong, with so many submits."""
        return self == Verdict(
            submits=submits, reported_usd=self.booked_usd, booked_usd=self.booked_usd
        )

    def __str__(self) -> str:
        return (
            f"submits {self.submits}, duplicates {self.duplicates}, lost {self.lost}, "
            f"open {self.open}, other films {self.other_films}, "
            f"reported − booked ${self.reported_usd - self.booked_usd:.2f}"
        )


async def judge(
    film: CrashFilm, jobs: Sequence[dict[str, Any]], reports: Sequence[dict[str, Any]], sha256: str
) -> Verdict:
    """Judge a film.

    Args:
        film: The film.
        jobs: All of the stand-in's.
        reports: Of the runs that went to their end, one after the other.
        sha256: Of the film when nothing happens to it.
    """
    ours, store = film.jobs_in(jobs), open_store(film.store)
    charged = [job for job in ours if job["charged_usd"] > 0]
    by_prompt = Counter(job["input"]["prompt"] for job in charged)
    results = await _results(store)
    attempts = await Ledger(store.records).all_latest()
    done = [attempt for attempt in attempts if attempt.state == "succeeded"]
    return Verdict(
        submits=len(ours),
        duplicates=sum(count - 1 for count in by_prompt.values()),
        lost=sum(job["request_id"] not in results for job in charged),
        open=len(attempts) - len(done) + len(PAID) - len(by_prompt),
        other_films=sum(_film_of(report) != sha256 for report in reports),
        reported_usd=Decimal(str(reports[-1]["film_cost_usd"])),
        booked_usd=sum((Decimal(str(job["charged_usd"])) for job in charged), Decimal(0)),
    )


async def _results(store: Store) -> dict[str, Result]:
    """Read the paid steps' results, by request."""
    found = {}
    for attempt in await Ledger(store.records).all_latest():
        result = await Results(store).get(attempt.key)
        if result is not None and result.request_id is not None:
            found[result.request_id] = result
    return found


def _film_of(report: dict[str, Any]) -> str:
    """Hash the file that a report says is the film."""
    output = report["output"]
    path = Path(output["path"])
    # Its story names the run that made it, and is none of the film that a given file is.
    return sha256_of_file(path) if read_sha256(path) == output["sha256"] else ""
