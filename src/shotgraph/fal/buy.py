"""A job → its result: found, taken up again, or bought once.

The order is the promise: intent on record, one POST, the request id on record before anything
else, then follow, fetch and keep.
"""

import asyncio
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, TypeAlias
from weakref import WeakValueDictionary

from pydantic import ValidationError

from shotgraph.clock import Clock
from shotgraph.errors import Ambiguous, Refused, Retryable, ShotgraphError, Terminal
from shotgraph.fal.connection import REHEARSAL, FalConnection
from shotgraph.fal.fetch import fetch
from shotgraph.fal.follow import follow
from shotgraph.fal.job import Job
from shotgraph.fal.submit import submit_once
from shotgraph.fal.uploads import Uploads
from shotgraph.fal.wire import wire_body
from shotgraph.keys import canonical_json
from shotgraph.ledger import (
    Accepted,
    Attempt,
    Doubtful,
    Ended,
    Intent,
    Ledger,
    Result,
    Results,
    Turned,
)
from shotgraph.media.probe import probe
from shotgraph.store import Store

How: TypeAlias = Literal["ran", "cached", "resumed"]

_locks: WeakValueDictionary[tuple[str, str, int], asyncio.Lock] = WeakValueDictionary()


@dataclass(frozen=True)
class Bought:
    """A job's result, and how this run came by it."""

    result: Result
    how: How


class Buyer:
    """Buys jobs from fal, each once, and keeps what they make in the store."""

    def __init__(
        self, fal: FalConnection, store: Store, clock: Clock, say: Callable[[str], None]
    ) -> None:
        self._fal = fal
        self._store = store
        self._clock = clock
        self._say = say
        self._ledger = Ledger(store.records)
        self._results = Results(store)
        self._uploads = Uploads(fal, store, clock)

    async def get(self, job: Job) -> Bought:
        """Get a job's result.

        Raises:
            Retryable: Asking again is safe: nothing was bought, or what was bought is on record.
            Refused: fal or the model said no, for good.
            MediaError: An input is outside of the endpoint's limits; nothing was sent.
            Ambiguous: An earlier submission's answer was lost; nothing was sent again.
        """
        async with self._one_at_a_time(job):
            found = await self._results.get(job.key)
            if found is not None:
                return Bought(found, "cached")
            attempt = await self._ledger.latest(job.key)
            match "new" if self._rehearsed_elsewhere(attempt) else attempt.state:
                case "in_flight":
                    self._say(f"{job.step}: taking up a job that is on record; nothing is bought")
                    return Bought(await self._see_through(job, attempt), "resumed")
                case "succeeded":
                    return Bought(await self._fetch_again(job, attempt), "resumed")
                case "unknown":
                    raise _unknown(job, attempt)
                case "failed":
                    self._say(f"{job.step}: it failed at fal before, and is bought anew")
                case "new" | "turned":
                    pass
            return Bought(await self._see_through(job, await self._buy(job, attempt)), "ran")

    def _rehearsed_elsewhere(self, attempt: Attempt) -> bool:
        """Tell whether a rehearsal that is gone had it: nothing was paid, and nothing is kept."""
        intent = attempt.find(Intent)
        return (
            self._fal.backend == REHEARSAL
            and intent is not None
            and intent.queue_url != self._fal.bases.queue_url
        )

    def _one_at_a_time(self, job: Job) -> asyncio.Lock:
        """Let two equal steps of one run be one job."""
        name = (self._store.location, job.key, id(asyncio.get_running_loop()))
        return _locks.setdefault(name, asyncio.Lock())

    async def _buy(self, job: Job, before: Attempt) -> Attempt:
        infos = {
            asset.sha256: await probe(await self._store.assets.file(asset))
            for asset in job.assets()
        }
        job.check_inputs(infos)
        urls = {asset.sha256: await self._uploads.url_of(asset) for asset in job.assets()}
        body = wire_body(job.arguments, lambda asset: urls[asset.sha256])
        attempt = await self._ledger.begin(before, self._intent(job, job.estimate_usd(infos)))
        return await self._send(job, attempt, body)

    async def _send(self, job: Job, attempt: Attempt, body: dict[str, Any]) -> Attempt:
        now = self._clock.now
        try:
            accepted = await submit_once(
                self._fal, job.endpoint.id, body, what=job.step, clock=self._clock
            )
        except (Retryable, Refused) as error:
            await self._ledger.record(attempt, Turned(at=now(), why=error.message))
            raise
        except Ambiguous as error:
            await self._ledger.record(attempt, Doubtful(at=now(), why=error.message))
            raise
        attempt = await self._ledger.record(attempt, accepted)
        self._say(f"{job.step}: accepted by fal as request {accepted.request_id}")
        return attempt

    def _intent(self, job: Job, estimate_usd: Decimal) -> Intent:
        return Intent(
            at=self._clock.now(),
            key=job.key,
            endpoint_id=job.endpoint.id,
            backend=job.backend,
            queue_url=self._fal.bases.queue_url,
            step=job.step,
            take=job.take,
            arguments=canonical_json(job.arguments),
            estimate_usd=estimate_usd,
            owner=f"{socket.gethostname()}:{os.getpid()}",
        )

    async def _see_through(self, job: Job, attempt: Attempt) -> Result:
        accepted = attempt.find(Accepted)
        assert accepted is not None  # noqa: S101  its state says so
        outcome = await follow(accepted, self._fal, what=job.step, clock=self._clock, say=self._say)
        ended = self._ended(job, attempt, outcome.output, outcome.error, outcome.billed_units)
        attempt = await self._ledger.record(attempt, ended)
        if outcome.error is not None:
            outcome.error.request_id = accepted.request_id
            outcome.error.cost_usd = ended.cost_usd
            raise outcome.error
        return await self._keep(job, attempt, accepted, ended)

    def _ended(
        self,
        job: Job,
        attempt: Attempt,
        output: dict[str, Any] | None,
        error: ShotgraphError | None,
        units: Decimal | None,
    ) -> Ended:
        intent = attempt.find(Intent)
        if units is not None:
            cost_usd = units * job.endpoint.price.usd_per_second
        else:
            cost_usd = intent.estimate_usd if intent and error is None else Decimal(0)
        return Ended(
            at=self._clock.now(),
            succeeded=error is None,
            billed_units=units,
            cost_usd=cost_usd,
            why=error.message if error else "",
            output=output,
        )

    async def _fetch_again(self, job: Job, attempt: Attempt) -> Result:
        accepted, ended = attempt.find(Accepted), attempt.find(Ended)
        assert accepted is not None  # noqa: S101  nothing succeeds that was not accepted
        assert ended is not None  # noqa: S101  its state says so
        self._say(f"{job.step}: bought before, and fetched again from fal")
        try:
            return await self._keep(job, attempt, accepted, ended)
        except Terminal as error:
            raise Terminal(
                f"{job.step}: it was bought before as request {accepted.request_id} for "
                f"${ended.cost_usd:.2f}, its bytes are not in the store, and fal's file can't be "
                f"had any more: {error.message}. It was not bought again"
            ) from None

    async def _keep(self, job: Job, attempt: Attempt, accepted: Accepted, ended: Ended) -> Result:
        try:
            url = job.endpoint.output.model_validate(ended.output).video.url
        except ValidationError:
            raise Terminal(
                f"{job.step}: request {accepted.request_id} succeeded, and its answer names no "
                f"video; it stays on record as attempt {attempt.number} of {job.key[:12]}…"
            ) from None
        asset, info = await fetch(
            url, "video", bases=self._fal.bases, store=self._store, clock=self._clock
        )
        await self._uploads.note(asset, url)
        result = Result(
            key=job.key,
            recipe=job.endpoint.id,
            asset=asset,
            info=info,
            request_id=accepted.request_id,
            cost_usd=ended.cost_usd,
            seconds=max(0.0, (ended.at - accepted.at).total_seconds()),
            made_at=self._clock.now(),
        )
        await self._results.put(result)
        return result


def _unknown(job: Job, attempt: Attempt) -> Ambiguous:
    doubtful, intent = attempt.find(Doubtful), attempt.find(Intent)
    why = doubtful.why if doubtful else "the run that sent it ended before the answer was on record"
    sent = f" at {intent.at:%Y-%m-%d %H:%M:%S} UTC" if intent else ""
    return Ambiguous(
        f"{job.step}: this job was sent to fal{sent}, and whether fal took it is not known: {why}. "
        f"Nothing was sent again. Its key is {job.key[:12]}…; look for it among your requests at "
        "fal.ai/dashboard/requests"
    )
