"""Look up a paid step: its state in the ledger, its price, its pieces, and its duration."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil
from statistics import median

from shotgraph.endpoints import Endpoint
from shotgraph.endpoints.arguments import KLING_O1
from shotgraph.keys import Key
from shotgraph.making.step_jobs import LocalJob
from shotgraph.money.accounts import failed_before
from shotgraph.money.answers import lacking
from shotgraph.money.attempts import Attempt, AttemptId, Ledger
from shotgraph.money.events import Accepted, Ended
from shotgraph.money.job import Job
from shotgraph.money.past_jobs import PastJob
from shotgraph.money.results import Result, Results
from shotgraph.plan.plan import StepState
from shotgraph.store import Store

_LOCAL_S = 10
"""Assumed seconds of a local step that makes a clip of unknown length."""
_PIXELS_A_S = 30_000_000
"""The pixels that are decoded, coded and checked in a second: 1.4 s of 720p, on two processors."""
LAST = 9
"""The number of latest jobs that count for a median."""

ANY = -1
"""In place of a length: jobs of any length, for endpoints with an unknown billing unit."""


def local_s(pixels: int | None) -> int:
    """The approximate duration of a local step, in seconds.

    Args:
        pixels: The pixels of all frames that it makes; None if its length is not known.
    """
    return _LOCAL_S if pixels is None else 1 + pixels // _PIXELS_A_S


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
        """The duration that is left after some time; never below 0."""
        left = self.seconds - int(passed.total_seconds())
        return Lasting(min(self.seconds, max(0, left)), self.seen)


@dataclass(frozen=True)
class Durations:
    """The durations of the latest jobs in seconds, newest first, by endpoint and length."""

    seen: Mapping[tuple[str, int], Sequence[float]] = field(default_factory=dict)

    @classmethod
    def of_jobs(cls, jobs: Iterable[PastJob]) -> "Durations":
        """Collect the durations of jobs, given newest first."""
        seen: dict[tuple[str, int], list[float]] = defaultdict(list)
        for job in jobs:
            if job.took_s is not None and job.billed_units is not None:
                seen[job.endpoint_id, ceil(job.billed_units)].append(job.took_s)
                seen[job.endpoint_id, ANY].append(job.took_s)
        return cls(seen)

    def of(self, endpoint: Endpoint, billed_seconds: Fraction) -> Lasting:
        """The likely duration of a job of this endpoint and length."""
        length = ceil(billed_seconds) if endpoint.has_limits else ANY
        last = self.seen.get((endpoint.id, length), ())[:LAST]
        if not last:
            return Lasting(endpoint.usual_s)
        return Lasting(max(1, round(median(last))), len(last))


MANY = 200
"""From so many steps on, two lists of all records are faster than two requests for each step."""
SOME = 8
"""From so many steps on, one list of all results is faster, unless the store has many others."""
_LISTED_A_STEP = 25
"""A bucket lists 1,000 records at a time: for 40 steps, in one answer."""


class OnRecord:
    """Results and attempts by key.

    Args:
        store: The store.
        rehearsal_url: The queue of the present rehearsal; None if no rehearsal is running yet. The
            jobs of all other rehearsals are lost.
    """

    def __init__(self, store: Store, rehearsal_url: str | None = None) -> None:
        self._rehearsal_url = rehearsal_url
        self._is_folder = store.folder is not None
        self._records = store.records
        self._results = Results(store)
        self._ledger = Ledger(store.records)
        self._made: Mapping[str, Sequence[str]] | None = None
        self._tried: Mapping[str, Sequence[str]] | None = None

    async def list_all(self) -> None:
        """List all results and attempts, so that no step needs a request for a missing one.

        Raises:
            Retryable: The store could not be listed.
        """
        self._made = await self._keys("results")
        self._tried = await self._keys("attempts")

    async def list_results(self, steps: int) -> None:
        """List all results, unless the store has many more than a film of so many steps needs.

        Raises:
            Retryable: The store could not be listed.
        """
        most = steps * _LISTED_A_STEP
        names = await asyncio.to_thread(self._records.few_names_now, "results", most)
        self._made = _by_key(names) if names is not None else None

    async def _keys(self, folder: str) -> Mapping[str, Sequence[str]]:
        return _by_key(await self._records.names(folder))

    async def result(self, job: Job | LocalJob) -> Result | None:
        """Find the result of a job, with its bytes in the store; None if there is none."""
        keys = job.found_as if isinstance(job, LocalJob) else (job.key,)
        paths = job.paths if isinstance(job, Job) else None
        found = [await self._result(key, paths) for key in keys]
        return next(filter(None, found), None)

    async def _result(self, key: Key, paths: Sequence[str] | None) -> Result | None:
        if self._made is not None and key not in self._made:
            return None
        if self._made is not None and self._is_folder:
            # Small local files: handing each to a thread takes longer than reading it.
            return self._results.get_now(key, paths, names=self._made[key])
        return await self._results.get(key, paths)

    async def latest(self, key: Key) -> Attempt:
        """Read the latest attempt to buy a job; attempts of past rehearsals don't count.

        Raises:
            Terminal: A record can't be read.
        """
        if self._tried is not None and key not in self._tried:
            return Attempt(key, 0)
        attempt = await self._ledger.latest(key)
        return Attempt(key, 0) if attempt.went_with_its_rehearsal(self._rehearsal_url) else attempt


def _by_key(names: Iterable[str]) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        found[name.split("/")[1]].append(name)
    return found


FETCH = Lasting(10)
"""The likely duration of fetching a finished clip from fal."""

_ORDER: tuple[StepState, ...] = ("unknown", "buy", "in_flight", "have")
_WORDS: dict[StepState, str] = {
    "have": "in the store",
    "in_flight": "in flight",
    "buy": "to buy",
    "unknown": "not known",
}


@dataclass(frozen=True)
class Purchase:
    """The purchase of a step.

    Attributes:
        state: The worst state among the pieces.
        cost_usd: The price of the pieces that are still to buy, in dollars.
        lasting: The likely duration.
        note: A remark for the reader.
        upper_bound: Whether it may cost less.
        is_bounded: Whether it can't cost more.
        request_id: The ids of the pieces in flight.
        since: When the first of these was sent.
        doubtful: Attempts with a job that fal may or may not have; `cost_usd` has their price.
        cancel_asked: Whether the only doubt is that fal was asked to cancel the job.
        why: Why the clip of a job that fal has or had is not in the store.
    """

    state: StepState
    cost_usd: Decimal
    lasting: Lasting
    note: str = ""
    upper_bound: bool = False
    is_bounded: bool = True
    request_id: str | None = None
    since: datetime | None = None
    doubtful: frozenset[AttemptId] = frozenset()
    cancel_asked: bool = False
    why: str = ""

    @property
    def word(self) -> str:
        """The state in a word or two."""
        return "cancel asked" if self.cancel_asked else _WORDS[self.state]


async def look_up(
    jobs: Sequence[Job],
    seconds: Sequence[Fraction],
    *,
    on_record: OnRecord,
    durations: Durations,
    now: datetime,
) -> Purchase:
    """Look up the jobs of one step.

    Args:
        jobs: A job for each piece, at the present price.
        seconds: The billed seconds of each job.
        on_record: The records of the store.
        durations: The durations of earlier jobs.
        now: The present moment.
    """
    found = [
        await _one(job, of_s, on_record, durations.of(job.endpoint, of_s), now)
        for job, of_s in zip(jobs, seconds, strict=True)
    ]
    if len(found) == 1:
        return found[0]
    by_state = sorted(found, key=lambda one: _ORDER.index(one.state))
    counted = Counter(one.word for one in by_state)
    said = ", ".join(f"{number} {word}" for word, number in counted.items())
    return Purchase(
        state=min((one.state for one in found), key=_ORDER.index),
        cost_usd=sum((one.cost_usd for one in found), Decimal(0)),
        lasting=max((one.lasting for one in found), key=lambda one: one.seconds),
        note="" if set(counted) == {_WORDS["buy"]} else f"of its {len(found)} pieces {said}",
        upper_bound=any(one.upper_bound for one in found),
        request_id=", ".join(one.request_id for one in found if one.request_id) or None,
        since=min((one.since for one in found if one.since), default=None),
        doubtful=frozenset().union(*(one.doubtful for one in found)),
        cancel_asked={one.cancel_asked for one in found if one.state == "unknown"} == {True},
        why="; ".join(dict.fromkeys(one.why for one in by_state if one.why)),
    )


async def _one(
    job: Job, seconds: Fraction, on_record: OnRecord, lasting: Lasting, now: datetime
) -> Purchase:
    if await on_record.result(job) is not None:
        return Purchase("have", Decimal(0), Lasting(0))
    attempt = await on_record.latest(job.key)
    cost_usd = job.endpoint.price.cost_usd(seconds)
    doubtful = frozenset({(attempt.key, attempt.number)})
    accepted = attempt.find(Accepted)
    match attempt.state:
        case "in_flight" | "succeeded" if accepted is not None:
            is_done = attempt.state == "succeeded"
            sent = f"request {accepted.request_id}, sent {accepted.at:%Y-%m-%d %H:%M} UTC"
            at_fal = Purchase(
                "in_flight",
                Decimal(0),
                FETCH if is_done else lasting.left_after(now - accepted.at),
                sent,
                request_id=accepted.request_id,
                since=accepted.at,
                why=_why_not_here(job, attempt),
            )
            if not attempt.is_cancel_asked:
                return at_fal
            note = (
                f"{sent}; fal was asked to cancel it; the next run buys the job again if fal "
                "has cancelled it"
            )
            return replace(
                at_fal,
                state="unknown",
                cost_usd=cost_usd,
                lasting=lasting,
                note=note,
                upper_bound=True,
                doubtful=doubtful,
                cancel_asked=True,
                why="",
            )
        case "sending" | "unknown":
            lost = "sent before, and the answer was lost"
            note = (
                "a run is sending the job, or ended while sending it"
                if attempt.is_leased(now)
                else lost
            )
            return Purchase("unknown", cost_usd, lasting, note, upper_bound=True, doubtful=doubtful)
        case "failed":
            return Purchase("buy", cost_usd, lasting, failed_before(attempt))
    return Purchase("buy", cost_usd, lasting)


def _why_not_here(job: Job, attempt: Attempt) -> str:
    """Say why the clip of an accepted job is not in the store, and what a run does then."""
    ended = attempt.find(Ended)
    if ended is None:
        return "fal accepted the job, and its end is not on record: the next run continues it"
    lacks = lacking(job.endpoint, attempt, ended.output)
    if lacks:
        return (
            "finished at fal, but the reply had no clip: the next run asks fal again, and "
            "buys nothing"
        )
    return (
        "finished at fal, and the clip is not in the store: the next run fetches it, and buys "
        "nothing"
    )


def unseen(
    endpoint: Endpoint,
    video_seconds: Fraction | None,
    chosen_seconds: Fraction,
    *,
    durations: Durations,
) -> Purchase:
    """Price a step whose input does not exist yet.

    Args:
        endpoint: The step's endpoint, with its present price.
        video_seconds: The future length of the input video; None if it isn't known.
        chosen_seconds: The chosen length of the output; 0 if the endpoint has no choice.
        durations: The durations of earlier jobs.
    """
    limits, price = (endpoint.limits or KLING_O1).video, endpoint.price
    is_split = endpoint.long_video == "split"

    def billed(input_seconds: Fraction) -> Fraction:
        return price.seconds(input_seconds=input_seconds, chosen_seconds=chosen_seconds)

    def bought(input_seconds: Fraction, note: str = "", *, is_bounded: bool = True) -> Purchase:
        seconds = billed(input_seconds)
        return Purchase(
            "unknown" if note else "buy",
            price.cost_usd(seconds),
            durations.of(endpoint, seconds),
            note,
            upper_bound=bool(note),
            is_bounded=is_bounded,
        )

    if not price.counts_input:
        return bought(Fraction(0))
    if video_seconds is None and is_split:
        most = float(limits.max_duration)
        note = (
            f"the length of its video is not known: this is the price of {most:g} s, and a "
            f"longer video costs ${price.usd_per_expected_second} more for each second"
        )
        return bought(limits.max_duration, note, is_bounded=False)
    if video_seconds is None:
        note = "the length of its video is not known: this is the highest possible cost"
        return bought(limits.max_duration, note)
    if video_seconds <= limits.max_duration or not is_split:
        return bought(min(limits.max_duration, max(limits.min_duration, video_seconds)))
    # Fractions of seconds are rounded up, so each piece but the last may cost one second more; and
    # once more if fal has billed more seconds than expected.
    most_pieces = int(video_seconds / limits.min_duration)
    most_s = ceil(video_seconds) + (most_pieces - 1) * (1 if price.times == 1 else 2)
    note = (
        f"{float(video_seconds):g} s in pieces: the cuts are not known before the video is "
        "there; this is the highest possible cost"
    )
    whole = bought(Fraction(most_s), note)
    one = durations.of(endpoint, billed(limits.max_duration))
    return Purchase(whole.state, whole.cost_usd, one, note, upper_bound=True)
