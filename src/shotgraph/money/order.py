"""Buy in two steps: submit a job now, and wait for its result later.

For systems that start a job in one call and ask for its result in another. The rules are the same
as in `shotgraph.money.buy`: one submission, on record before and after. Waiting never buys.
"""

from dataclasses import replace

from shotgraph.errors import Refused, Terminal
from shotgraph.money.attempts import Attempt
from shotgraph.money.buy import (
    Bought,
    How,
    fetch_again,
    in_turn,
    see_through,
    send_anew,
)
from shotgraph.money.cancel import end_early
from shotgraph.money.events import Accepted, CancelAsked, Ended
from shotgraph.money.job import Job
from shotgraph.money.reconcile import settle
from shotgraph.money.results import Result
from shotgraph.money.session import Permit, Session


async def order(session: Session, job: Job) -> Attempt | None:
    """Submit a job, unless it is at fal or its result is in the store; do not wait for its end.

    Returns:
        The attempt that fal has accepted, of this run or of an earlier one; None if the result is
        in the store.

    Raises:
        ShotgraphError: As for `buy`, up to fal's acceptance of the job.
    """
    async with in_turn(session, job) as place:
        return await _ordered(session, job, place)


async def _ordered(session: Session, job: Job, place: Permit) -> Attempt | None:
    while True:
        if await session.results.get(job.key, job.paths) is not None:
            return None
        attempt = await session.ledger.latest(job.key)
        is_gone = attempt.went_with_its_rehearsal(session.fal.bases.queue_url)
        state = "new" if is_gone else attempt.state
        match state:
            case "sending" | "unknown":
                await settle(session, attempt)
            case "in_flight" if attempt.find(CancelAsked) is not None:
                # Only its end tells whether fal has cancelled it, or finishes and bills it.
                await see_through(session, job, attempt, place)
            case "in_flight" | "succeeded":
                return attempt
            case _:
                await send_anew(session, job, attempt, place)


async def wait_for_order(session: Session, job: Job, attempt: Attempt | None) -> Bought:
    """Wait for a job that `order` has submitted, and keep its result.

    Args:
        session: A session with the same connection and store.
        job: The job.
        attempt: The attempt that `order` returned.

    Raises:
        Refused: The job has failed at fal, or was cancelled.
        Terminal: Its result is gone, or a person has given the job up.
        ShotgraphError: As for `buy`.
    """
    async with in_turn(session, job) as place:
        return await _awaited(session, job, attempt, place)


async def _awaited(session: Session, job: Job, attempt: Attempt | None, place: Permit) -> Bought:
    found = await session.results.get(job.key, job.paths)
    if found is not None:
        return Bought(found, "cached" if attempt is None else "resumed")
    if attempt is None:
        raise Terminal(
            f"{job.step}: its result was in the store before, and is missing now; start the job "
            "again"
        )
    attempt = await session.ledger.attempt(attempt.key, attempt.number)
    how: How = "ran"
    result: Result | None = None
    if attempt.state == "in_flight":
        result = await see_through(session, job, attempt, place)
    elif attempt.state == "succeeded":
        how, result = "resumed", await fetch_again(session, job, attempt)
    if result is None:
        raise _without_result(job, await session.ledger.attempt(attempt.key, attempt.number))
    return Bought(result, how)


def _without_result(job: Job, attempt: Attempt) -> Terminal:
    accepted, ended = attempt.find(Accepted), attempt.find(Ended)
    which = f"request {accepted.request_id}" if accepted else "its request"
    if ended is None:
        return Terminal(f"{job.step}: {which} was given up; start the job again to buy another")
    why = "the job was cancelled" if attempt.find(CancelAsked) is not None else ended.why
    error = Refused(f"{job.step}: {which} has no result: {why}. Nothing was bought in its place")
    error.request_id = accepted.request_id if accepted else None
    error.cost_usd = ended.cost_usd
    return error


async def cancel_order(session: Session, job: Job) -> None:
    """Ask fal to cancel a job, and record that; a job that is already drawn may be billed."""
    await end_early(replace(session, cancelled_by_person=_yes), job.step, job.key)


async def _yes() -> bool:
    return True


def budget_name(job: Job) -> str:
    """The budget that all attempts of one job share."""
    return f"job {job.key}"
