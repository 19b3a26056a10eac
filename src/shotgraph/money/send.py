"""Buy a job: reserve the budget, record the intent, send one POST, record the reply."""

import asyncio
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from shotgraph.clock import boot_id
from shotgraph.errors import Ambiguous, FullDisk, ReadOnlyDisk, Retryable, ShotgraphError
from shotgraph.failpoints import Failpoint, reach
from shotgraph.keys import canonical_json
from shotgraph.money.attempts import Attempt
from shotgraph.money.cancel import is_stop
from shotgraph.money.events import Accepted, Doubt, Event, GivenUp, Intent, Turned
from shotgraph.money.job import Job, wire_body
from shotgraph.money.session import Permit, Session
from shotgraph.money.submit import submit_once
from shotgraph.spans import span

Put = TypeVar("Put")

LAST_WORDS_S = 15.0
"""How long a stopped run still waits for the reply to a submission."""

LONGEST_REST_S = 60.0
"""The longest pause that a run makes when fal asks for one."""

KEEP_PAUSES_S = (0.5, 1.0, 2.0)
"""The pauses between tries to record fal's answer: a short outage of the store must not lose it,
and a stopped run has to finish within `LAST_WORDS_S`."""


class Unrecorded(Ambiguous):
    """fal answered, and the store did not keep the answer."""

    code = "unrecorded"


async def send(session: Session, job: Job, before: Attempt, place: Permit) -> Attempt | None:
    """Buy a job.

    Args:
        session: The run's session.
        job: The job.
        before: The latest attempt of the job, which is over.
        place: The job's permit, which is taken here.

    Returns:
        The attempt, accepted by fal; None if another run claimed it first.

    Raises:
        MediaError: An input is outside of the endpoint's limits; nothing was sent.
        OverBudget: A budget leaves too little; nothing was sent.
        Retryable: Nothing was bought; doing it again is safe.
        Refused: fal refused the job; nothing was bought.
        Ambiguous: The job was sent, and it is unknown whether fal accepted it.
    """
    body, estimate_usd = await _prepare(session, job)
    await place.take()
    # Read the monotonic clock first: then the deadline for sending passes before the lease ends.
    uptime_s = session.clock.monotonic()
    send_by, now = uptime_s + session.windows.send_s, session.clock.now()
    await session.reserve(job, before.number + 1, estimate_usd, now)
    intent = _intent(session, job, body, estimate_usd, now, uptime_s)
    stopped = asyncio.Event()
    sending = _claim_and_send(session, job, before, intent, send_by, stopped)
    try:
        return await _uninterrupted(sending, stopped)
    except Retryable as error:
        # The refusal is already on record, so no other run waits for this one.
        if error.after_s:
            await session.clock.sleep(min(error.after_s, LONGEST_REST_S))
        raise


async def _prepare(session: Session, job: Job) -> tuple[dict[str, Any], Decimal]:
    """Check and upload the job's inputs; return the body to send, and the estimated cost."""
    infos = {asset.sha256: await session.store.assets.info(asset) for asset in job.assets()}
    job.check_inputs(infos)
    reach(Failpoint.INPUTS_CHECKED)
    uploads = session.uploads
    urls = {asset.sha256: await uploads.url_of(asset, what=job.step) for asset in job.assets()}
    body = wire_body(job.arguments, lambda asset: urls[asset.sha256])
    return body, job.estimate_usd(infos)


def _intent(
    session: Session,
    job: Job,
    body: dict[str, Any],
    estimate_usd: Decimal,
    now: datetime,
    uptime_s: float,
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
        owner=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(8)}",
        boot_id=boot_id(),
        uptime_s=uptime_s,
    )


async def _uninterrupted(
    sending: Coroutine[Any, Any, Attempt | None],
    stopped: asyncio.Event,
) -> Attempt | None:
    """Finish sending and recording, even if the run is stopped meanwhile."""
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
    try:
        attempt = await session.ledger.begin(before, intent)
    except Retryable as error:
        await _withdraw(session, before, intent, error.message)
        raise
    if attempt is None:
        return None
    reach(Failpoint.INTENT_THERE)
    ledger, now = session.ledger, session.clock.now
    try:
        if (await ledger.attempt(attempt.key, attempt.number)).find(GivenUp) is not None:
            raise Retryable(
                f"{job.step}: another run took over before it was sent; nothing was bought"
            )
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
    except Ambiguous as error:
        failed = await _try_to_record(session, attempt, Doubt(at=now(), why=error.why))
        if failed is not None:
            raise _unrecorded(session, attempt, error.message, failed) from None
        raise
    except ShotgraphError as error:
        # Every other error of a submission means that fal has not accepted the job.
        turned = Turned(at=now(), why=error.message)
        failed = await _try_to_record(session, attempt, turned, Failpoint.OUTCOME_PUT)
        if failed is not None:
            session.say(
                f"{job.step}: nothing was bought, but this could not be put on record "
                f"({_said(failed)}): the next run first searches for the job at fal"
            )
        raise
    return await _record_accepted(session, job.step, attempt, accepted)


async def _withdraw(session: Session, before: Attempt, intent: Intent, why: str) -> None:
    """Record that nothing was sent, if the store has kept an intent after all.

    Its put has failed, perhaps only its reply. Without this record, each run would look for the job
    at fal, for hours.
    """
    attempt = Attempt(before.key, before.number + 1)
    with suppress(ShotgraphError):
        if await _patiently(session, lambda: session.ledger.is_begun_by(attempt, intent)):
            await _try_to_record(session, attempt, Turned(at=session.clock.now(), why=why))


async def _record_accepted(
    session: Session, step: str, attempt: Attempt, accepted: Accepted
) -> Attempt:
    """Put the request id and its URLs on record, before anything else happens.

    Raises:
        Ambiguous: Another job has claimed the request, or the attempt was given up.
        Unrecorded: The store did not keep the request.
    """
    session.say(f"{step}: accepted by fal as request {accepted.request_id}")
    try:
        is_ours = await _patiently(session, lambda: session.claims.take(attempt, accepted))
    except Exception as error:  # after any error, the id must still be recorded
        session.say(f"{step}: request {accepted.request_id} could not be claimed: {_said(error)}")
        is_ours = True
    if not is_ours:
        why = f"request {accepted.request_id} was matched with another job with the same input"
        await _try_to_record(session, attempt, Doubt(at=session.clock.now(), why=why))
        raise _about(accepted, f"{step}: {why}; shotgraph searches for this job's own request")
    try:
        recorded = await _patiently(
            session, lambda: session.ledger.record(attempt, accepted, Failpoint.OUTCOME_PUT)
        )
    except Exception as error:  # after any error, the id must still be logged
        said = (
            f"{step}: fal accepted the job as request {accepted.request_id}: {accepted.status_url}"
        )
        doubt = Doubt(at=session.clock.now(), why=said.removeprefix(f"{step}: "))
        with suppress(Exception):
            await session.ledger.record(attempt, doubt)
        lost = _unrecorded(session, attempt, said, error)
        lost.request_id = accepted.request_id
        raise lost from None
    reach(Failpoint.OUTCOME_THERE)
    standing = recorded.find(Accepted)
    if standing is not None and standing.request_id != accepted.request_id:
        raise _about(
            accepted,
            f"{step}: fal accepted request {accepted.request_id}, but another run had found "
            f"request {standing.request_id} for this attempt by then, and that one is continued. "
            f"Request {accepted.request_id} is left for another job with the same "
            "input; if there is none, the same job was bought twice",
        )
    if standing is None:
        raise _about(
            accepted,
            f"{step}: fal accepted request {accepted.request_id}, but another run had given up "
            "this attempt by then, so the same job may be bought twice. The request is on "
            f"record as a claim, and its result stays at fal for a while: {accepted.response_url}",
        )
    return recorded


async def _patiently(session: Session, put: Callable[[], Awaitable[Put]]) -> Put:
    """Write a record that must not be lost; try again while the store can't be reached."""
    for pause in KEEP_PAUSES_S:
        try:
            return await put()
        except Retryable:
            await session.clock.sleep(pause)
    return await put()


async def _try_to_record(
    session: Session, attempt: Attempt, event: Event, at: Failpoint | None = None
) -> Exception | None:
    """Record an event; return the error if that fails, so that it hides no other error."""
    try:
        await _patiently(session, lambda: session.ledger.record(attempt, event, at))
    except Exception as error:  # any error: the caller reports the submission's own error first
        return error
    return None


def _unrecorded(session: Session, attempt: Attempt, said: str, failed: Exception) -> Unrecorded:
    error = Unrecorded(
        f"{said}. The store did not keep this answer ({_said(failed)}), so the next run only "
        "knows that the job was sent: it searches for the job at fal before it sends anything. "
        f"Repair the store at {session.store.location}, then run: "
        f'"shotgraph reconcile {attempt.key[:12]}"'
    )
    # Also in the log: the error may not be seen, or a later one may replace it.
    session.say(error.message)
    return error


def _about(accepted: Accepted, message: str) -> Ambiguous:
    error = Ambiguous(message)
    error.request_id = accepted.request_id
    return error


def _said(error: Exception) -> str:
    # The messages of these errors end with what is on record, and this is not.
    if isinstance(error, FullDisk):
        return "there is no space left on its disk"
    if isinstance(error, ReadOnlyDisk):
        return "its disk can only be read at the moment"
    return error.message if isinstance(error, ShotgraphError) else type(error).__name__
