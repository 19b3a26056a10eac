"""A job → an attempt of which fal has heard: intent on record, one POST, its answer on record."""

import asyncio
import os
import socket
from collections.abc import Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from shotgraph.errors import Ambiguous, Refused, Retryable, ShotgraphError
from shotgraph.failpoints import Failpoint, reach
from shotgraph.fal.cancel import is_stop
from shotgraph.fal.job import Job
from shotgraph.fal.places import Place
from shotgraph.fal.session import Session
from shotgraph.fal.submit import submit_once
from shotgraph.fal.wire import wire_body
from shotgraph.keys import canonical_json
from shotgraph.ledger import Accepted, Attempt, Doubt, GivenUp, Intent, Turned
from shotgraph.media.probe import probe
from shotgraph.spans import span

LAST_WORDS_S = 15.0
"""How long a run that is being stopped still waits for the answer to what it has just sent."""

LONGEST_REST_S = 60.0
"""How long a run leaves fal alone at most when fal asks for it, before it tries again."""


async def send(session: Session, job: Job, before: Attempt, place: Place) -> Attempt | None:
    """Buy a job.

    Args:
        session: The run's.
        job: The job.
        before: Its latest attempt, which is over.
        place: Its place at fal, which is taken here.

    Returns:
        The attempt, accepted by fal; None if another run claimed it first.

    Raises:
        MediaError: An input is outside of the endpoint's limits; nothing was sent.
        OverBudget: A budget leaves too little; nothing was sent.
        Retryable: Nothing was bought; doing it again is safe.
        Refused: fal said no; nothing was bought.
        Ambiguous: It was sent, and whether fal took it is not known.
    """
    body, estimate_usd = await _prepare(session, job)
    await place.take()
    # The monotonic clock is read before the wall clock: ours passes first.
    send_by = session.clock.monotonic() + session.windows.send_s
    now = session.clock.now()
    await session.budget_book.reserve(
        session.budgets,
        key=job.key,
        number=before.number + 1,
        usd=estimate_usd,
        now=now,
        # By anybody's clock, so that nobody takes its room while it can still be sent.
        until=now + session.windows.lease + timedelta(seconds=session.windows.skew_s),
        what=job.step,
    )
    intent, stopped = _intent(session, job, body, estimate_usd, now), asyncio.Event()
    sending = _claim_and_send(session, job, before, intent, send_by, stopped)
    try:
        return await _uninterrupted(sending, stopped)
    except Retryable as error:
        # It is on record by now that nothing was taken, so that nobody waits for this run.
        if error.after_s:
            await session.clock.sleep(min(error.after_s, LONGEST_REST_S))
        raise


async def _prepare(session: Session, job: Job) -> tuple[dict[str, Any], Decimal]:
    """Check and upload what the job takes: the body to send, and what it should cost."""
    infos = {
        asset.sha256: await probe(await session.store.assets.file(asset)) for asset in job.assets()
    }
    job.check_inputs(infos)
    reach(Failpoint.INPUTS_CHECKED)
    uploads = session.uploads
    urls = {asset.sha256: await uploads.url_of(asset, what=job.step) for asset in job.assets()}
    body = wire_body(job.arguments, lambda asset: urls[asset.sha256])
    return body, job.estimate_usd(infos)


def _intent(
    session: Session, job: Job, body: dict[str, Any], estimate_usd: Decimal, now: datetime
) -> Intent:
    return Intent(
        at=now,
        key=job.key,
        send_before=now + session.windows.lease,
        safe_from=now + session.windows.until_safe,
        endpoint_id=job.endpoint.id,
        backend=job.backend,
        queue_url=session.fal.bases.queue_url,
        step=job.step,
        take=job.take,
        arguments=canonical_json(job.arguments),
        body=body,
        estimate_usd=estimate_usd,
        owner=f"{socket.gethostname()}:{os.getpid()}",
    )


async def _uninterrupted(
    sending: Coroutine[Any, Any, Attempt | None],
    stopped: asyncio.Event,
) -> Attempt | None:
    """Let what has begun come to its record, also when the run is stopped meanwhile."""
    task = asyncio.ensure_future(sending)
    try:
        return await asyncio.shield(task)
    except BaseException as error:
        if is_stop(error):
            stopped.set()
            with suppress(ShotgraphError, TimeoutError):
                await asyncio.wait_for(task, LAST_WORDS_S)
        raise


async def _claim_and_send(
    session: Session,
    job: Job,
    before: Attempt,
    intent: Intent,
    send_by: float,
    stopped: asyncio.Event,
) -> Attempt | None:
    attempt = await session.ledger.begin(before, intent)
    if attempt is None:
        return None
    reach(Failpoint.INTENT_THERE)
    ledger, now = session.ledger, session.clock.now
    if (await ledger.attempt(attempt.key, attempt.number)).find(GivenUp) is not None:
        raise Retryable(f"{job.step}: another run took over before it was sent; nothing was bought")
    try:
        if stopped.is_set():
            raise Retryable(
                f"{job.step}: the run was stopped before it was sent; nothing was bought"
            )
        await session.charge(job, attempt, "ran")
        with span("fal.submit", **job.traits()) as noted:
            accepted = await submit_once(
                session.fal,
                job.endpoint.id,
                intent.body,
                what=job.step,
                clock=session.clock,
                windows=session.windows,
                send_by=send_by,
                tags=session.tags(job.key),
                allow_fallback=session.allow_fallback,
            )
            noted.note(request_id=accepted.request_id)
    except (Retryable, Refused) as error:
        await ledger.record(attempt, Turned(at=now(), why=error.message), Failpoint.OUTCOME_PUT)
        raise
    except Ambiguous as error:
        await ledger.record(attempt, Doubt(at=now(), why=error.why))
        raise
    return await record_accepted(session, job.step, attempt, accepted)


async def record_accepted(
    session: Session, step: str, attempt: Attempt, accepted: Accepted
) -> Attempt:
    """Put the request id and its URLs on record, before anything else happens.

    Raises:
        Ambiguous: The request belongs to another job by now, or the attempt was given up.
    """
    if not await session.claims.take(attempt, accepted):
        why = f"request {accepted.request_id} was taken for another job with the same input"
        await session.ledger.record(attempt, Doubt(at=session.clock.now(), why=why))
        raise Ambiguous(f"{step}: {why}; this one's own is looked for")
    recorded = await session.ledger.record(attempt, accepted, Failpoint.OUTCOME_PUT)
    reach(Failpoint.OUTCOME_THERE)
    standing = recorded.find(Accepted)
    if standing is None or standing.request_id != accepted.request_id:
        raise Ambiguous(
            f"{step}: fal accepted request {accepted.request_id}, and this attempt had been given "
            "up by then: it may be a second one of the same job. It is on record as a claim, and "
            f"its result stays at fal for a while: {accepted.response_url}"
        )
    session.say(f"{step}: accepted by fal as request {accepted.request_id}")
    return recorded
