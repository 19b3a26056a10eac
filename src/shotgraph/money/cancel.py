"""When a run stops before its job ends: cancel the job at fal, or leave it; how it ended."""

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any

from shotgraph.endpoints import ENDPOINTS
from shotgraph.endpoints.endpoint import has_files
from shotgraph.errors import ShotgraphError
from shotgraph.failpoints import Failpoint, Injected
from shotgraph.keys import Key
from shotgraph.money.answers import lacking
from shotgraph.money.attempts import Attempt
from shotgraph.money.events import Accepted, CancelAsked, Ended, Intent
from shotgraph.money.follow import Outcome, look_once
from shotgraph.money.reply_models import CancelReply
from shotgraph.money.session import Session
from shotgraph.money.status import Handle

CANCEL_S = 3.0


def is_stop(error: BaseException) -> bool:
    """Whether an exception means that the run is being stopped.

    Such exceptions are a cancellation, and the exceptions that signal handlers raise.
    """
    return not isinstance(error, Exception | GeneratorExit | Injected)


async def end_early(session: Session, step: str, key: Key) -> None:
    """When a step is being stopped: cancel its job at fal, or leave it.

    fal is asked to cancel the job only if a person has cancelled the run. After any other stop
    (Prefect lost a lease, a time-out, an error in another step, a shut-down of the worker) the job
    continues, because it is paid for, and the next run uses it.

    This function runs to its end even if it is cancelled itself, and raises nothing.
    """
    # A closing loop cancels every task once, also this one; then start it a second time.
    for _ in range(2):
        ending = asyncio.ensure_future(_end_early(session, step, key))
        while not ending.done():
            with suppress(asyncio.CancelledError):
                await asyncio.shield(ending)
        if not ending.cancelled():
            return


async def _end_early(session: Session, step: str, key: Key) -> None:
    try:
        attempt = await session.ledger.latest(key)
        accepted = attempt.find(Accepted)
        if attempt.state != "in_flight" or accepted is None:
            return
        cancelled = await session.cancelled_by_person()
        if cancelled:
            # Recorded first: if this run dies now, the next run still knows why the job ended.
            await session.ledger.record(attempt, CancelAsked(at=session.clock.now(), reply=""))
            said = f"the run was stopped; {await _ask_to_cancel(session, accepted)}. Request"
            session.say(f"{step}: {said} {accepted.request_id} is on record: run again to continue")
            return
        unsure = (
            " Prefect could not be asked whether a person has cancelled the run."
            if cancelled is None
            else ""
        )
        session.say(
            f"{step}: the run ends before fal is done.{unsure} Request {accepted.request_id} was "
            "not cancelled and is on record: run again to continue it; nothing is bought twice"
        )
    except Exception as error:
        # No other exception may replace the one that stops the step.
        session.say(
            f"{step}: the run ends, and shotgraph could not check its job at fal "
            f"({type(error).__name__}). The job is on record: run again to continue it"
        )


async def ask_how_it_ended(session: Session, attempt: Attempt) -> str:
    """Find out how a job ended that fal was asked to cancel, and record its end.

    Only the status and the answer are read; no request is sent that could buy.

    Returns:
        The job's state or end, in words.

    Raises:
        ShotgraphError: fal no longer knows the request, or the key; or an address on record is
            not fal's.
    """
    accepted, intent = attempt.find(Accepted), attempt.find(Intent)
    assert accepted is not None  # noqa: S101  an attempt in flight is accepted
    assert intent is not None  # noqa: S101  an attempt begins with its intent
    endpoint = ENDPOINTS.get(intent.endpoint_id)
    found = await look_once(
        accepted,
        session.fal,
        what=intent.step,
        clock=session.clock,
        lacks=partial(lacking, endpoint, attempt) if endpoint is not None else _no_file,
    )
    if not isinstance(found, Outcome):
        at = (
            "fal did not answer the question about its status"
            if found is None
            else "the job has not ended at fal"
        )
        return (
            f"cancel asked, and {at}: the next run follows the job, and buys it again if fal "
            "has cancelled the job"
        )
    price = session.prices.priced(endpoint).price if endpoint is not None else None
    usd_per_unit = price.usd_per_second if price is not None else None
    ended = found.as_ended(attempt, usd_per_unit, session.clock.now())
    await session.ledger.record(attempt, ended, Failpoint.ENDED_PUT)
    return _what_became_of_it(found, ended)


def _no_file(output: Any) -> str:
    return "" if has_files(output) else "no file"


def _what_became_of_it(outcome: Outcome, ended: Ended) -> str:
    billed = f"and billed ${ended.cost_usd:.3f}" if ended.cost_usd else "and billed nothing"
    if ended.cost_usd and outcome.billed_units is None:
        billed = f"and did not say whether the job was billed: up to ${ended.cost_usd:.3f}"
    if outcome.error is None:
        return (
            f"fal had finished the job before the cancel request, {billed}; the next run "
            "fetches the clip, and buys nothing"
        )
    what = (
        "fal has cancelled the job"
        if outcome.was_cancelled
        else "the job failed at fal before the cancel request"
    )
    return f"{what}, {billed}; the next run buys it again"


async def _ask_to_cancel(session: Session, accepted: Accepted) -> str:
    """Ask fal to cancel a job; return its answer in words. The job may still run and be billed."""
    try:
        async with asyncio.timeout(CANCEL_S), session.fal.client() as client:
            answer = await Handle(accepted, client).cancel()
    except (ShotgraphError, TimeoutError) as error:
        why = error.message if isinstance(error, ShotgraphError) else type(error).__name__
        return f"shotgraph could not ask fal to cancel the job ({why})"
    if answer.is_success:
        return "shotgraph asked fal to cancel the job"
    said = answer.read(CancelReply)
    words = said.status if said else f"HTTP {answer.code}"
    return f"fal answered the cancel request with {words}"
