"""Get the result of a job: find it in the store, continue the job at fal, or buy the job."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, Literal, TypeAlias
from weakref import WeakValueDictionary

from shotgraph.endpoints.endpoint import has_files
from shotgraph.errors import Ambiguous, MediaError, Refused, Retryable, ShotgraphError, Terminal
from shotgraph.failpoints import Failpoint, reach
from shotgraph.foreign_text import is_left_out
from shotgraph.money.accounts import failed_before
from shotgraph.money.answers import (
    NotInReply,
    is_answer,
    lacking,
    locate,
    not_in_reply,
    to_come,
)
from shotgraph.money.attempts import MAY_BUY, Attempt
from shotgraph.money.cancel import end_early, is_stop
from shotgraph.money.events import Accepted, CancelAsked, Ended, Intent
from shotgraph.money.failed_here import failed_for, moment, note_failure
from shotgraph.money.follow import RESULT_PATIENCE_S, Gone, Outcome, StillOnRecord, follow
from shotgraph.money.job import Job
from shotgraph.money.job_progress import ProgressAtFal
from shotgraph.money.keep import OtherBytes, OtherKind, keep, way_out
from shotgraph.money.reconcile import settle
from shotgraph.money.results import Result
from shotgraph.money.send import Unrecorded, send
from shotgraph.money.session import Permit, Session
from shotgraph.spans import span

How: TypeAlias = Literal["ran", "cached", "resumed"]

_locks: WeakValueDictionary[tuple[str, str, int], asyncio.Lock] = WeakValueDictionary()


@dataclass(frozen=True)
class Bought:
    """A job's result, and how this run got it.

    Attributes:
        is_paid_here: Whether the cost counts for this run. It does not if an earlier run recorded
            the end of the job, and this run only fetches the files.
    """

    result: Result
    how: How
    is_paid_here: bool = True

    @property
    def cost_usd(self) -> Decimal:
        """The cost for this run, in dollars."""
        is_free = self.how == "cached" or not self.is_paid_here
        return Decimal(0) if is_free else self.result.cost_usd


@asynccontextmanager
async def in_turn(session: Session, job: Job) -> AsyncIterator[Permit]:
    """Lock a job, since two equal steps of one run are one job; gives its permit.

    If the run is stopped inside the block, `end_early` cancels the job at fal or leaves it there.
    """
    name = (session.store.location, job.key, id(asyncio.get_running_loop()))
    async with _locks.setdefault(name, asyncio.Lock()):
        place = Permit(session.places, job.step)
        try:
            yield place
        except BaseException as error:
            if is_stop(error):
                await end_early(session, job.step, job.key)
            raise
        finally:
            await place.give_back()


async def buy(session: Session, job: Job) -> Bought:
    """Get a job's result.

    Raises:
        Retryable: Trying again is safe: nothing was bought, or the purchase is on record.
        Refused: fal or the model refused the job for good.
        MediaError: An input is outside of the endpoint's limits; nothing was sent.
        OverBudget: A budget leaves too little; nothing was sent.
        Ambiguous: Whether fal accepted the job, or how it ended, is not known yet; nothing was
            sent again.
    """
    began = moment()
    async with in_turn(session, job) as place:
        return await _get(session, job, place, began)


async def _get(session: Session, job: Job, place: Permit, began: int) -> Bought:
    how: How = "resumed"
    while True:
        found = await session.results.get(job.key, job.paths)
        if found is not None:
            return Bought(found, "cached")
        attempt = await session.ledger.latest(job.key)
        reach(Failpoint.JOB_LOOKED_UP)
        is_gone = attempt.went_with_its_rehearsal(session.fal.bases.queue_url)
        state = "new" if is_gone else attempt.state
        if state in MAY_BUY:
            if state == "failed":
                _check_equal_steps(session, job, attempt, began)
                session.say(f"{job.step}: {failed_before(attempt)}, and is bought again")
            how = await send_anew(session, job, attempt, place)
            continue
        match state:
            case "sending" | "unknown":
                await session.charge(job, attempt, "resumed")
                await settle(session, attempt)
            case "in_flight":
                if how == "resumed":
                    await session.charge(job, attempt, "resumed")
                    session.say(f"{job.step}: continuing a job that is on record")
                result = await see_through(session, job, attempt, place)
                if result is not None:
                    return Bought(result, how)
            case "succeeded":
                if attempt.find(CancelAsked) is not None:
                    # Its run had ended before the bill was known, so no run has reported the bill.
                    await session.charge(job, attempt, "resumed")
                return await _fetched_again(session, job, attempt, how)


def _check_equal_steps(session: Session, job: Job, attempt: Attempt, began: int) -> None:
    """Refuse a job that has just failed for an equal step: the plan counts its price once.

    Raises:
        Refused: It failed for a step of this run, or while this step waited for it.
    """
    failed = failed_for(session.store.location, attempt, session.account, began)
    if failed is None:
        return
    ended, accepted = attempt.find(Ended), attempt.find(Accepted)
    why = ended.why if ended is not None else "it has failed"
    error = Refused(
        f"{job.step} is the same job as {failed.step}, and was not sent a second time. {why}"
    )
    error.request_id = accepted.request_id if accepted is not None else None
    error.cost_usd = Decimal(0)
    raise error


async def _fetched_again(session: Session, job: Job, attempt: Attempt, how: How) -> Bought:
    is_paid_here = await session.has_charged(attempt)
    try:
        return Bought(await fetch_again(session, job, attempt), how, is_paid_here)
    except ShotgraphError as error:
        if not is_paid_here:
            error.cost_usd = Decimal(0)
        raise


async def send_anew(session: Session, job: Job, before: Attempt, place: Permit) -> How:
    """Send a job; if the reply is lost, the caller has to search for the job at fal."""
    try:
        return "ran" if await send(session, job, before, place) is not None else "resumed"
    except Unrecorded:
        raise
    except Ambiguous as error:
        # The caller searches at once: most replies are lost after fal has accepted the job.
        session.say(error.message)
        return "ran"


async def see_through(session: Session, job: Job, attempt: Attempt, place: Permit) -> Result | None:
    """Follow a job to its end and keep its result; None if shotgraph had cancelled it."""
    accepted = attempt.find(Accepted)
    assert accepted is not None  # noqa: S101  an attempt in flight is accepted
    try:
        with span("fal.follow", **job.traits(), request_id=accepted.request_id) as noted:
            outcome = await follow(
                accepted,
                session.fal,
                what=job.step,
                clock=session.clock,
                say=session.say,
                watch=session.watch,
                cancel_was_asked=attempt.find(CancelAsked) is not None,
                lacks=partial(to_come, job.endpoint, attempt),
            )
            noted.note(succeeded=outcome.error is None)
    except Gone as error:
        raise Gone(f"{error.message}; {_to_buy_again(job)}") from None
    await place.give_back()
    _check_answer(job, attempt, outcome)
    reach(Failpoint.RESULT_READ)
    ended = outcome.as_ended(attempt, job.usd_per_unit, session.clock.now())
    attempt = await session.ledger.record(attempt, ended, Failpoint.ENDED_PUT)
    reach(Failpoint.ENDED_THERE)
    if outcome.error is None:
        return await _kept(session, job, attempt, ended, outcome)
    is_cancelled = attempt.find(CancelAsked) is not None and outcome.was_cancelled
    if is_cancelled and not outcome.billed_units:
        session.say(f"{job.step}: the job was cancelled before, and is bought again")
        return None
    if not isinstance(outcome.error, Retryable):
        note_failure(session.store.location, attempt, job.step, session.account)
    if outcome.billed_units:
        raise _about_money(_billed_in_vain(outcome.error, ended), attempt, ended)
    outcome.error.request_id = accepted.request_id
    outcome.error.cost_usd = ended.cost_usd
    raise outcome.error


def _check_answer(job: Job, attempt: Attempt, outcome: Outcome) -> None:
    """Keep a job on record as accepted if the reply can't be its endpoint's answer.

    Raises:
        NotInReply: The reply names no file; the next run asks for the answer again.
    """
    lacks = outcome.error is None and lacking(job.endpoint, attempt, outcome.output)
    if lacks and not is_answer(job.endpoint, outcome.output):
        intent = attempt.find(Intent)
        estimate_usd = intent.estimate_usd if intent is not None else Decimal(0)
        most_usd = outcome.cost_usd(job.usd_per_unit, estimate_usd)
        raise not_in_reply(job, attempt, outcome.output, most_usd, job.endpoint.outputs[0])


async def _kept(
    session: Session, job: Job, attempt: Attempt, ended: Ended, outcome: Outcome
) -> Result:
    try:
        return await keep(session, job, attempt, outcome.output)
    except (NotInReply, OtherKind, OtherBytes) as error:
        raise _about_money(error, attempt, ended) from None
    except MediaError as error:
        accepted = attempt.find(Accepted)
        assert accepted is not None  # noqa: S101  nothing ends that was not accepted
        said = (
            f"{job.step}: request {accepted.request_id} of {job.endpoint.id} succeeded, for at "
            f"most ${ended.cost_usd:.2f}, but its file can't be used: {error.message}. The job "
            "is on record: another run fetches the file again, and buys nothing"
        )
        raise _about_money(MediaError(said), attempt, ended) from None
    except Terminal as error:
        accepted = attempt.find(Accepted)
        assert accepted is not None  # noqa: S101  nothing ends that was not accepted
        said = (
            f"{job.step}: request {accepted.request_id} of {job.endpoint.id} is drawn and paid for "
            f"(at most ${ended.cost_usd:.2f}), but its file was not fetched: "
            f"{error.message}{way_out(session, error)}. The job is on record: another run "
            "fetches the file again, and buys nothing"
        )
        raise _about_money(Terminal(said), attempt, ended) from None


def _billed_in_vain(error: ShotgraphError, ended: Ended) -> Refused:
    """The error of a job that failed and was billed: a further try would cost the same again."""
    billed = f"${ended.cost_usd:.3f}" if ended.cost_usd else "what a unit costs is not known"
    return Refused(
        f"{error.message}: {billed}. It was not tried again by itself, because another try is a "
        "new purchase. A later run buys it anew; for another outcome, change the step first. What "
        "is finished is kept"
    )


def _about_money(error: Terminal, attempt: Attempt, ended: Ended) -> Terminal:
    """Add the request and its cost to an error."""
    accepted = attempt.find(Accepted)
    error.request_id = accepted.request_id if accepted else None
    error.cost_usd = ended.cost_usd
    return error


async def fetch_again(session: Session, job: Job, attempt: Attempt) -> Result:
    """Fetch and keep the result of a job that has succeeded; nothing is bought."""
    accepted, ended = attempt.find(Accepted), attempt.find(Ended)
    assert accepted is not None  # noqa: S101  nothing succeeds that was not accepted
    assert ended is not None  # noqa: S101  a succeeded attempt has ended
    lacks = lacking(job.endpoint, attempt, ended.output)
    asks = f"its reply had {lacks}; shotgraph asks fal for the reply again"
    session.say(f"{job.step}: bought before; {asks if lacks else 'its clip is fetched from fal'}")
    session.watch(ProgressAtFal(job.step, "done", percent=100.0))
    output = await _answer(session, job, attempt)
    try:
        return await keep(session, job, attempt, output)
    except (NotInReply, OtherKind, OtherBytes):
        raise
    except Terminal as error:
        # If the result of an endpoint other than Kling's is no medium, the next won't be either.
        is_hopeless = isinstance(error, MediaError) and not job.endpoint.has_limits
        advice = (
            "a second job with the same input may end with the same error"
            if is_hopeless
            else _to_buy_again(job)
        )
        raise Terminal(
            f"{job.step}: the job was bought before as request {accepted.request_id} for "
            f"${ended.cost_usd:.2f}, its clip is not in the store, and shotgraph can't get the "
            f"clip from fal: {error.message}{way_out(session, error)}. The job was not bought "
            f"again; {advice}"
        ) from None


async def _answer(session: Session, job: Job, attempt: Attempt) -> dict[str, Any] | None:
    """Return fal's answer to a job that has ended.

    fal is asked for the answer again if its URLs were signed, or if the recorded answer lacks a
    file. If fal no longer has an answer with files at other paths, the recorded one names them.

    Raises:
        Refused: fal no longer accepts the key; the job stays on record.
        StillOnRecord: fal does not answer; asking again buys nothing.
        Terminal: fal no longer has the answer.
    """
    accepted, ended = attempt.find(Accepted), attempt.find(Ended)
    assert accepted is not None  # noqa: S101  nothing succeeds that was not accepted
    assert ended is not None  # noqa: S101  a succeeded attempt has ended
    is_missing = bool(lacking(job.endpoint, attempt, ended.output))
    urls = locate(job.endpoint, attempt, ended.output).values()
    if not is_missing and not any(is_left_out(url) for _, url in urls):
        return ended.output
    try:
        outcome = await follow(
            accepted,
            session.fal,
            what=job.step,
            clock=session.clock,
            say=session.say,
            lacks=partial(to_come, job.endpoint, attempt),
            patience_s=RESULT_PATIENCE_S,
        )
    except (Gone, StillOnRecord) as error:
        if is_missing and has_files(ended.output):
            return ended.output
        if isinstance(error, Gone):
            raise Gone(f"{error.message}; {_to_buy_again(job)}") from None
        raise
    if outcome.error is not None:
        if is_missing and has_files(ended.output):
            return ended.output
        raise Terminal(
            f"{job.step}: the job was bought before as request {accepted.request_id} for "
            f"${ended.cost_usd:.2f}, its clip is not in the store, and fal no longer returns the "
            f"clip: {outcome.error.message}. The job was not bought again; {_to_buy_again(job)}"
        )
    return outcome.output


def _to_buy_again(job: Job) -> str:
    return f'to buy it again: "shotgraph reconcile {job.key[:12]} --buy-again", and run again'
