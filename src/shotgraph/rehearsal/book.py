"""The book of the server: the accepted jobs, their charges, the counts of requests."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from shotgraph.rehearsal.accepted_job import AcceptedJob

Count: TypeAlias = Literal[
    "submits",
    "submits_accepted",
    "submits_refused",
    "polls",
    "results",
    "cancels",
    "streams",
    "keys_refused",
    "uploads",
    "multipart_uploads",
    "downloads",
    "looks",
    "pricings",
    "listings",
    "schemas",
]


class Book:
    """Every job since the start or the last reset, in the order of arrival.

    The book is the oracle of the tests: if a client pays twice, the book has two jobs with the
    same input, whatever the client reports.
    """

    def __init__(self) -> None:
        self._jobs: dict[str, AcceptedJob] = {}
        self._counts: Counter[Count] = Counter()

    def accept(self, job: AcceptedJob) -> None:
        """Add an accepted job."""
        self._jobs[job.request_id] = job
        self._counts["submits_accepted"] += 1

    def count(self, what: Count) -> None:
        """Count one more request of a kind."""
        self._counts[what] += 1

    def find(self, request_id: str) -> AcceptedJob | None:
        """Return the job with a request id; None if there is none."""
        return self._jobs.get(request_id)

    def __iter__(self) -> Iterator[AcceptedJob]:
        return iter(self._jobs.values())

    def position(self, job: AcceptedJob) -> int:
        """Return the number of jobs in the queue before this job; 0 if it is not in the queue."""
        waiting = [other for other in self if other.state == "IN_QUEUE"]
        return waiting.index(job) if job in waiting else 0

    def waiting(self) -> int:
        """Return the number of jobs in the queue."""
        return sum(job.state == "IN_QUEUE" for job in self)

    def clear(self) -> None:
        """Remove all jobs and counts."""
        self._jobs.clear()
        self._counts.clear()

    def as_json(self) -> dict[str, Any]:
        """Return the whole book, for ``GET /_rehearsal/book``; amounts in dollars."""
        charged = sum((job.outcome.usd for job in self if job.outcome), Decimal(0))
        return {
            "jobs": [_entry(job) for job in self],
            "counts": dict(self._counts),
            "charged_usd": float(charged),
        }


def _entry(job: AcceptedJob) -> dict[str, Any]:
    outcome = job.outcome
    return {
        "request_id": job.request_id,
        "endpoint_id": job.endpoint_id,
        "input": job.input,
        "host": job.host,
        "headers": dict(job.headers),
        "received_at": job.received_at.isoformat(),
        "started_at": _when(job.started_at),
        "ended_at": _when(job.ended_at),
        "status": job.state,
        "status_code": outcome.status_code if outcome else None,
        "error_type": outcome.error_type if outcome else None,
        "output": outcome.body if outcome else None,
        "charged_units": outcome.units if outcome else 0,
        "charged_usd": float(outcome.usd) if outcome else 0.0,
        "cancelled": job.cancelled,
        "polls": job.polls,
        "fetches": job.fetches,
        "webhooks": job.webhooks,
    }


def _when(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
