"""Ask fal to cancel a request: bounded in time, and its id is never lost."""

import asyncio
from contextlib import suppress

from shotgraph.errors import ShotgraphError
from shotgraph.failpoints import Injected
from shotgraph.fal.handle import Handle
from shotgraph.fal.reply_models import CancelReply
from shotgraph.fal.session import Session
from shotgraph.keys import Key
from shotgraph.ledger import Accepted, Attempt, CancelAsked

CANCEL_S = 5.0


def is_stop(error: BaseException) -> bool:
    """Tell whether something raised means that the run is being stopped.

    By a cancellation, or by what a signal's handler raises wherever the process is.
    """
    return not isinstance(error, Exception | GeneratorExit | Injected)


async def cancel_latest(session: Session, step: str, key: Key) -> None:
    """Ask fal to cancel a job, if it has it; goes on to the end also when it is stopped itself."""
    asking = asyncio.ensure_future(_cancel_latest(session, step, key))
    while not asking.done():
        with suppress(asyncio.CancelledError):
            await asyncio.shield(asking)


async def _cancel_latest(session: Session, step: str, key: Key) -> None:
    with suppress(ShotgraphError):
        attempt = await session.ledger.latest(key)
        if attempt.state == "in_flight":
            await cancel(session, step, attempt)


async def cancel(session: Session, step: str, attempt: Attempt) -> str:
    """Ask fal to cancel an attempt that is in flight.

    Returns:
        What fal answered. A job that was running may run on, and be billed.
    """
    accepted = attempt.find(Accepted)
    if accepted is None:
        return ""
    try:
        async with asyncio.timeout(CANCEL_S), session.fal.client() as client:
            answer = await Handle(accepted, client).cancel()
        if answer.is_success:
            reply = "fal was asked to cancel it"
        else:
            said = answer.read(CancelReply)
            words = said.status if said else f"HTTP {answer.code}"
            reply = f"fal answered {words} to being asked to cancel it"
    except (ShotgraphError, TimeoutError) as error:
        why = error.message if isinstance(error, ShotgraphError) else type(error).__name__
        reply = f"fal could not be asked to cancel it ({why})"
    await session.ledger.record(attempt, CancelAsked(at=session.clock.now(), reply=reply))
    session.say(
        f"{step}: the run was stopped; {reply}. Request {accepted.request_id} is on record: "
        "run again to go on"
    )
    return reply
