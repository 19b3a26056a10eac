"""How long jobs take, learned from the last jobs in the store."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from math import ceil
from statistics import median

from shotgraph.endpoints import Endpoint
from shotgraph.money.past_jobs import PastJob

LOCAL_S = 10
"""Assumed seconds of a local step that never ran before."""
LAST = 9
"""The number of jobs of one kind and length that count."""

ANY = -1
"""The length of jobs of which it is not known what they are billed by."""


@dataclass(frozen=True)
class Lasting:
    """The likely duration of a job.

    Attributes:
        seconds: The median, or the usual time.
        seen: The number of jobs it is the median of; 0 for the usual time.
    """

    seconds: int
    seen: int = 0

    def left_after(self, passed: timedelta) -> "Lasting":
        """What is left of it."""
        left = self.seconds - int(passed.total_seconds())
        return Lasting(min(self.seconds, max(0, left)), self.seen)


@dataclass(frozen=True)
class Durations:
    """How long the latest jobs took, in seconds, newest first: by endpoint, then by length."""

    seen: Mapping[tuple[str, int], Sequence[float]] = field(default_factory=dict)

    @classmethod
    def of_jobs(cls, jobs: Iterable[PastJob]) -> "Durations":
        """Learn from jobs, the newest first."""
        seen: dict[tuple[str, int], list[float]] = defaultdict(list)
        for job in jobs:
            if job.took_s is not None and job.billed_units is not None:
                seen[job.endpoint_id, ceil(job.billed_units)].append(job.took_s)
                seen[job.endpoint_id, ANY].append(job.took_s)
        return cls(seen)

    def of(self, endpoint: Endpoint, billed_seconds: Fraction) -> Lasting:
        """Tell how long a job of that endpoint and length is likely to take."""
        length = ceil(billed_seconds) if endpoint.has_limits else ANY
        last = self.seen.get((endpoint.id, length), ())[:LAST]
        if not last:
            return Lasting(endpoint.usual_s)
        return Lasting(max(1, round(median(last))), len(last))
