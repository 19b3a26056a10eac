"""``shotgraph reconcile [KEY]``: look for jobs whose answer was lost."""

import asyncio
import sys
from typing import Annotated, Any

import typer

from shotgraph.cli.options import AsJson
from shotgraph.cli.output import print_json
from shotgraph.cli.run import prepare_prefect
from shotgraph.errors import InvalidInput
from shotgraph.fal.reconcile import give_up, look_for, still_unknown
from shotgraph.fal.session import Session
from shotgraph.ledger import Attempt, Forgotten, Intent

Key = Annotated[str, typer.Argument(metavar="[KEY]", help="The job's key, or how it begins.")]
BuyAgain = Annotated[
    bool,
    typer.Option(
        "--buy-again",
        help="Give the job up, so that the next run buys it again: you may pay twice.",
    ),
]


def reconcile(key: Key = "", buy_again: BuyAgain = False, as_json: AsJson = False) -> None:
    """Look for jobs whose answer was lost; nothing is sent, and nothing bought.

    Exit code 5 says that one is still not known.
    """
    if buy_again and not key:
        raise InvalidInput("--buy-again takes the KEY of one job; shotgraph jobs lists them")
    prepare_prefect()
    found = asyncio.run(_reconcile(key, buy_again=buy_again))
    if as_json:
        print_json({"jobs": found})
    elif not found:
        sys.stdout.write("There is no job whose answer was lost.\n")
    for job in found:
        if not as_json:
            sys.stdout.write(f"{job['key'][:12]} {job['step']}: {job['message']}\n")
    if any(job["state"] in ("sending", "unknown") for job in found):
        sys.exit(5)


async def _reconcile(prefix: str, *, buy_again: bool) -> list[dict[str, Any]]:
    from shotgraph.tasks.run_settings import RunSettings

    run = RunSettings()
    session = await run.open_session(lambda _: None)
    attempts = await session.ledger.all_latest()
    chosen = [attempt for attempt in attempts if attempt.key.startswith(prefix)]
    if prefix and len(chosen) != 1:
        raise InvalidInput(
            f'{len(chosen)} jobs have a key that begins with "{prefix}"; shotgraph jobs lists them'
        )
    if buy_again:
        return [await _forget(session, chosen[0])]
    lost = [attempt for attempt in chosen if attempt.state in ("sending", "unknown")]
    if prefix and not lost:
        return [_said(chosen[0], f"nothing is to be looked for: it is {chosen[0].state}")]
    return [await _look(session, attempt) for attempt in lost]


async def _look(session: Session, attempt: Attempt) -> dict[str, Any]:
    intent = attempt.find(Intent)
    assert intent is not None  # noqa: S101  an attempt begins with its intent
    if intent.backend != session.fal.backend:
        return _said(attempt, f"it was sent to {intent.backend}, which is not what is reached now")
    may_give_up = session.clock.now() >= intent.safe_from
    look = await look_for(session, attempt)
    if not look.found and look.is_whole and may_give_up:
        await give_up(session, attempt, "fal does not list it, and it is safe to buy again")
    latest = await session.ledger.latest(attempt.key)
    if latest.state == "in_flight":
        return _said(latest, "found at fal; the next run takes it up, and buys nothing")
    if latest.state == "given_up":
        return _said(latest, "fal does not have it; the next run buys it")
    return _said(latest, still_unknown(latest, look).message)


async def _forget(session: Session, attempt: Attempt) -> dict[str, Any]:
    why = "a person decided to buy it again: reconcile --buy-again"
    now = session.clock.now()
    if attempt.is_leased(now):
        raise InvalidInput("a run is sending this job at this moment; wait for what it says")
    if attempt.state in ("sending", "unknown"):
        await give_up(session, attempt, why)
    elif attempt.state in ("in_flight", "succeeded"):
        await session.ledger.record(attempt, Forgotten(at=now, why=why))
    latest = await session.ledger.latest(attempt.key)
    return _said(latest, "given up: the next run buys it again, whatever became of it at fal")


def _said(attempt: Attempt, message: str) -> dict[str, Any]:
    intent = attempt.find(Intent)
    return {
        "key": attempt.key,
        "step": intent.step if intent else "",
        "state": attempt.state,
        "message": message,
    }
