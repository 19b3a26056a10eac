"""When a run stops before its job: cancel the job at fal, or leave it to the next run."""

import asyncio
from contextlib import suppress

from shotgraph.errors import ShotgraphError
from shotgraph.failpoints import Injected
from shotgraph.keys import Key
from shotgraph.money.events import Accepted, CancelAsked
from shotgraph.money.reply_models import CancelReply
from shotgraph.money.session import Session
from shotgraph.money.status import Handle

CANCEL_S = 3.0


def is_stop(error: BaseException) -> bool:
    """Tell whether something raised means that the run is being stopped.

    By a cancellation, or by what a signal's handler raises wherever the process is.
    """
    return not isinstance(error, Exception | GeneratorExit | Injected)


async def end_early(session: Session, step: str, key: Key) -> None:
    """See to the job of a step that is being stopped, if fal has it.

    fal is asked to cancel it only where a person has cancelled the run. Whatever else ends a step
    (a lost lease of Prefect's, a time-out, the error of another step, a worker that is shut down)
    is no reason to give up what is paid for: the job goes on, and the next run takes it up.

    It goes on to its end also when it is stopped itself, and raises nothing.
    """
    # A loop that closes cancels every task once, this one too: then it is done a second time.
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
            # First, so that a run that dies now is not the last that knows why the job ended.
            await session.ledger.record(attempt, CancelAsked(at=session.clock.now(), reply=""))
            said = f"the run was stopped; {await _ask_to_cancel(session, accepted)}. Request"
            session.say(f"{step}: {said} {accepted.request_id} is on record: run again to go on")
            return
        unsure = (
            " Prefect could not be asked whether a person has cancelled the run."
            if cancelled is None
            else ""
        )
        session.say(
            f"{step}: the run ends before fal is done.{unsure} Request {accepted.request_id} was "
            "not cancelled and is on record: run again to take it up; nothing is bought twice"
        )
    except Exception as error:
        # Nothing may take the place of what stops the step.
        session.say(
            f"{step}: the run ends, and its job at fal could not be seen to "
            f"({type(error).__name__}). What was sent is on record: run again to take it up"
        )


async def _ask_to_cancel(session: Session, accepted: Accepted) -> str:
    """Ask fal to cancel a job, which may run on all the same and be billed; gives the answer."""
    try:
        async with asyncio.timeout(CANCEL_S), session.fal.client() as client:
            answer = await Handle(accepted, client).cancel()
    except (ShotgraphError, TimeoutError) as error:
        why = error.message if isinstance(error, ShotgraphError) else type(error).__name__
        return f"fal could not be asked to cancel it ({why})"
    if answer.is_success:
        return "fal was asked to cancel it"
    said = answer.read(CancelReply)
    words = said.status if said else f"HTTP {answer.code}"
    return f"fal answered {words} to being asked to cancel it"
