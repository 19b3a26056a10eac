"""Workers: they take jobs from the queue, let the model draw them, and call webhooks."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from math import ceil
from time import monotonic
from typing import Any

import httpx

from shotgraph.endpoints import ENDPOINTS
from shotgraph.rehearsal.accepted_job import (
    AcceptedJob,
    Complaint,
    JobOutcome,
    ModelError,
    request_error,
)
from shotgraph.rehearsal.book import Book
from shotgraph.rehearsal.faults import Fault, Faults
from shotgraph.rehearsal.model import Model
from shotgraph.rehearsal.options import Options, is_loopback

OTHER_PRICES: Mapping[str, tuple[Decimal, str]] = {
    "fal-ai/flux/dev": (Decimal("0.025"), "megapixels"),
}
"""Endpoints other than Kling O1's that have a price: the price of one unit in dollars, and the
unit's name (https://fal.ai/models/fal-ai/flux/dev, 2026-11)."""


def unit_price_usd(endpoint_id: str, faults: Faults) -> tuple[Decimal, str] | None:
    """Return the price of one unit of an endpoint in dollars, and the unit's name.

    None for an endpoint without a price.
    """
    fault = faults.is_on("reprice", endpoint_id)
    if fault is not None:
        return fault.usd, fault.unit
    if endpoint_id in ENDPOINTS:
        return ENDPOINTS[endpoint_id].price.usd_per_second, "seconds"
    return OTHER_PRICES.get(endpoint_id)


def billed(outcome: JobOutcome, endpoint_id: str, faults: Faults) -> JobOutcome:
    """Return the outcome with its bill, by its units; a free outcome stays free."""
    price, fault = unit_price_usd(endpoint_id, faults), faults.is_on("bill", endpoint_id)
    if not outcome.units or price is None:
        return outcome
    units = outcome.units if fault is None else fault.units
    if fault is None and endpoint_id in OTHER_PRICES:
        units = ceil(outcome.usd / OTHER_PRICES[endpoint_id][0])
    return replace(outcome, units=units, usd=price[0] * units)


_TIMEOUT_S = 15


async def call_webhook(job: AcceptedJob, outcome: JobOutcome) -> None:
    """POST the outcome to the job's webhook, if it is on this machine; the reply is not read."""
    if job.webhook_url is None or not is_loopback(job.webhook_url):
        return
    async with httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False) as client:
        try:
            await client.post(job.webhook_url, json=_payload(job, outcome))
        except httpx.HTTPError:
            return
    job.webhooks += 1


def _payload(job: AcceptedJob, outcome: JobOutcome) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "request_id": job.request_id,
        "gateway_request_id": job.request_id,
        "status": "OK" if outcome.error is None else "ERROR",
        "payload": outcome.body,
    }
    return payload if outcome.error is None else {**payload, "error": outcome.error}


class Crew:
    """Runs accepted jobs, at most `Options.at_once` at a time."""

    def __init__(self, options: Options, book: Book, faults: Faults, model: Model) -> None:
        self._options = options
        self._book = book
        self._faults = faults
        self._model = model
        self._places = asyncio.Semaphore(options.at_once)
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def take(self, job: AcceptedJob) -> None:
        """Start a job; returns at once."""
        task = asyncio.create_task(self._do(job), name=f"job {job.request_id}")
        self._tasks[job.request_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(job.request_id, None))

    def drop(self, job: AcceptedJob) -> None:
        """Take a job out of the queue; nothing is billed."""
        self._tasks[job.request_id].cancel()
        job.end(request_error(499, "client_cancelled", "Request was cancelled by the client"))

    async def stop(self) -> None:
        """Cancel all jobs, and wait until they and their ffmpeg processes have ended."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for job in self._book:
            if job.outcome is None:  # without an outcome, clients would wait for ever
                job.end(request_error(503, "runner_disconnected", "The rehearsal was stopped"))

    async def _do(self, job: AcceptedJob) -> None:
        try:
            async with asyncio.timeout(job.start_timeout_s):
                await self._queue(job)
        except TimeoutError:
            job.end(
                request_error(
                    504,
                    "request_timeout",
                    "Request did not start in the time that its sender gave it",
                    timeout_type="user",
                )
            )
        else:
            try:
                job.end(await self._run(job))
            finally:
                self._places.release()
        await self._report(job)

    async def _queue(self, job: AcceptedJob) -> None:
        """Wait until a place is free; on return, this job counts as running."""
        await asyncio.sleep(self._options.queue_s)
        held = self._faults.take_hold("IN_QUEUE", job.endpoint_id)
        if held is not None:
            await held.until_lifted()
        await self._places.acquire()
        job.start()

    async def _run(self, job: AcceptedJob) -> JobOutcome:
        since = monotonic()
        job.log("Runner is ready")
        slow = self._faults.take("slow", endpoint_id=job.endpoint_id)
        held = self._faults.take_hold("IN_PROGRESS", job.endpoint_id)
        failing = self._faults.take("fail", "fail_request", endpoint_id=job.endpoint_id)
        outcome = billed(await self._outcome(job, failing), job.endpoint_id, self._faults)
        longer_s = (slow.seconds or 0.0) if slow is not None else 0.0
        await asyncio.sleep(max(0.0, since + self._options.run_s - monotonic()) + longer_s)
        if held is not None:
            await held.until_lifted()
        return outcome

    async def _outcome(self, job: AcceptedJob, failing: Fault | None) -> JobOutcome:
        try:
            if failing is not None:
                return await self._model.failed(job, failing)
            spoilt = self._faults.take("spoil", endpoint_id=job.endpoint_id)
            return await self._model.answer(job, spoilt.look if spoilt is not None else None)
        except ModelError as error:
            return error.outcome()
        except Exception as error:  # a bug in the model gives a 500, not an endless wait
            broken = Complaint(
                ("body",), "internal_server_error", f"{type(error).__name__}: {error}"
            )
            return ModelError(broken, status_code=500, retryable=True).outcome()

    async def _report(self, job: AcceptedJob) -> None:
        outcome = job.outcome
        if job.webhook_url is None or outcome is None:
            return
        if self._faults.take("webhook_never", endpoint_id=job.endpoint_id) is not None:
            return
        twice = self._faults.take("webhook_twice", endpoint_id=job.endpoint_id) is not None
        for _ in range(2 if twice else 1):
            await call_webhook(job, outcome)
