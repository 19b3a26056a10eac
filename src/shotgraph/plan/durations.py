"""How long jobs take: learned from the last ones that this store has on record."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil
from statistics import median

from shotgraph.endpoints import Endpoint
from shotgraph.errors import Terminal
from shotgraph.keys import Key
from shotgraph.ledger import Accepted, Attempt, Ended, Intent, Ledger
from shotgraph.store import RecordStore

LOCAL_S = 10
"""How long a local step is taken to need, in seconds, before it has been seen to run."""
READ = 60
"""How many of the latest jobs are read."""
LAST = 9
"""How many of one kind and length count."""

ANY = -1
"""The length of jobs of which it is not known what they are billed by."""


@dataclass(frozen=True)
class Lasting:
    """How long something is likely to take.

    Attributes:
        seconds: The median, or the usual time.
        seen: Of how many; 0 for the usual time.
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
    async def read(cls, records: RecordStore, backend: str) -> "Durations":
        """Read what jobs of one backend took.

        Raises:
            Retryable: The store could not be read.
        """
        names = await records.newest("attempts", "/ended.json", READ)
        attempts = await asyncio.gather(*(_attempt(Ledger(records), name) for name in names))
        ended = [took for one in attempts if one and (took := _took(one, backend))]
        seen: dict[tuple[str, int], list[float]] = defaultdict(list)
        for _, what, seconds in sorted(ended, key=lambda one: one[0], reverse=True):
            seen[what].append(seconds)
            seen[what[0], ANY].append(seconds)
        return cls(seen)

    def of(self, endpoint: Endpoint, billed_seconds: Fraction) -> Lasting:
        """Tell how long a job of that endpoint and length is likely to take."""
        length = ceil(billed_seconds) if endpoint.has_limits else ANY
        last = self.seen.get((endpoint.id, length), ())[:LAST]
        if not last:
            return Lasting(endpoint.usual_s)
        return Lasting(max(1, round(median(last))), len(last))


async def _attempt(ledger: Ledger, name: str) -> Attempt | None:
    """Read one; what is wrong with a record is said where its own job is looked up."""
    _, key, number, *_ = name.split("/")
    with suppress(Terminal, ValueError):
        return await ledger.attempt(Key(key), int(number))
    return None


def _took(attempt: Attempt, backend: str) -> tuple[datetime, tuple[str, int], float] | None:
    intent, accepted, ended = attempt.find(Intent), attempt.find(Accepted), attempt.find(Ended)
    if intent is None or accepted is None or ended is None:
        return None
    if not ended.succeeded or accepted.found or intent.backend != backend:
        return None
    if ended.billed_units is None:
        return None
    seconds = (ended.at - accepted.at).total_seconds()
    return ended.at, (intent.endpoint_id, ceil(ended.billed_units)), seconds
