"""Ask fal to cancel a request: bounded in time, and its id is never lost."""

import asyncio
from contextlib import suppress

import httpx
from fal_client import FalClientHTTPError

from shotgraph.errors import ShotgraphError
from shotgraph.failpoints import Injected
from shotgraph.fal.handle import handle_of
from shotgraph.fal.replies import json_of
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
            await handle_of(accepted, client).cancel()
        reply = "fal was asked to cancel it"
    except FalClientHTTPError as error:
        body = json_of(error.response)
        said = body.get("status") if isinstance(body, dict) else None
        reply = f"fal answered {said or f'HTTP {error.status_code}'} to being asked to cancel it"
    except (httpx.HTTPError, TimeoutError) as error:
        reply = f"fal could not be asked to cancel it ({type(error).__name__})"
    await session.ledger.record(attempt, CancelAsked(at=session.clock.now(), reply=reply))
    session.say(
        f"{step}: the run was stopped; {reply}. Request {accepted.request_id} is on record: "
        "run again to go on"
    )
    return reply
