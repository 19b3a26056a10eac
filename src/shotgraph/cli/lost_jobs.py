"""The command ``reconcile``: look for jobs with an unknown end, or give one up."""

from typing import Any

from shotgraph.cli.jobs import JOB_WORDS, describe, more_about
from shotgraph.clock import SystemClock
from shotgraph.endpoints import ENDPOINTS
from shotgraph.errors import InvalidInput, ShotgraphError
from shotgraph.keys import Key
from shotgraph.money.attempts import MAY_BUY, Attempt, Ledger
from shotgraph.money.cancel import ask_how_it_ended
from shotgraph.money.events import Forgotten, GivenUp, Intent
from shotgraph.money.reconcile import NOT_THERE, give_up, look_for, still_unknown
from shotgraph.money.results import Results
from shotgraph.money.session import Session
from shotgraph.tasks.run_settings import RunSettings


async def reconcile_jobs(prefix: str, *, buy_again: bool) -> list[dict[str, Any]]:
    """Search for all jobs in doubt, by the prefix of their key, or give one up.

    A job is in doubt if its reply was lost, or if fal was asked to cancel it.

    Raises:
        InvalidInput: The prefix does not name one job; or a run is sending the job that is to be
            given up, or its clip is in the store.
        Terminal: The records of the named job can't be read. Without a prefix, such jobs are listed
            with the others.
        MissingKey: There is a job to look for, and no key for fal.
    """
    settings = RunSettings()
    store = settings.open_store()
    ledger = Ledger(store.records)
    listed = await ledger.listed()
    chosen = [attempt for attempt in listed.attempts if attempt.key.startswith(prefix)]
    unreadable = [key for key in listed.unreadable if key.startswith(prefix)]
    if prefix and len(chosen) + len(unreadable) != 1:
        raise InvalidInput(
            f'{len(chosen) + len(unreadable)} jobs have a key that begins with "{prefix}"; '
            "shotgraph jobs lists them"
        )
    bad = [_unreadable(key, listed.unreadable[key]) for key in unreadable]
    if prefix and bad:
        raise listed.unreadable[unreadable[0]]
    if buy_again:
        is_there = await Results(store).is_there(chosen[0].key)
        return [await _forget(ledger, chosen[0], is_there=is_there)]
    lost = [attempt for attempt in chosen if _is_open(attempt)]
    if prefix and chosen[0].is_rehearsed:
        return [
            _said(
                chosen[0],
                "a rehearsal drew the job, for nothing, so there is nothing to search for",
            )
        ]
    if prefix and not lost:
        is_there = await Results(store).is_there(chosen[0].key)
        told = more_about(describe(chosen[0], has_result=is_there)) or JOB_WORDS[chosen[0].state]
        return [_said(chosen[0], f"there is nothing to search for: the job is {told}")]
    if not lost:
        return bad
    session = await settings.open_session(lambda _: None)
    return [*[await _look(session, attempt) for attempt in lost], *bad]


def _is_open(attempt: Attempt) -> bool:
    return attempt.is_lost or (attempt.is_cancel_asked and not attempt.is_rehearsed)


async def _look(session: Session, attempt: Attempt) -> dict[str, Any]:
    intent = attempt.find(Intent)
    assert intent is not None  # noqa: S101  an attempt begins with its intent
    if intent.backend != session.fal.backend:
        return _said(attempt, f"it was sent to {intent.backend}, which is not the present backend")
    if attempt.is_cancel_asked:
        try:
            became = await ask_how_it_ended(session, attempt)
        except ShotgraphError as error:
            became = error.message
        return _said(await session.ledger.latest(attempt.key), became)
    look = await look_for(session, attempt)
    if look.is_safe:
        await give_up(session, attempt, NOT_THERE, is_sure=True)
    latest = await session.ledger.latest(attempt.key)
    if latest.state == "in_flight":
        return _said(latest, "found at fal; the next run continues it, and buys nothing")
    if latest.state == "given_up":
        return _said(latest, "fal does not have the job; the next run buys it")
    if latest.state not in ("sending", "unknown"):
        return _said(
            latest,
            f"its run has received an answer in the meantime: the job is {JOB_WORDS[latest.state]}",
        )
    return _said(latest, still_unknown(latest, look).message)


async def _forget(ledger: Ledger, attempt: Attempt, *, is_there: bool) -> dict[str, Any]:
    why = "a person decided to buy it again: reconcile --buy-again"
    now = SystemClock().now()
    if attempt.is_leased(now):
        raise InvalidInput("a run is sending this job at this moment; wait for the end of that run")
    if attempt.state in MAY_BUY:
        word, then = JOB_WORDS[attempt.state], _ITS_FILE if is_there else _NEXT
        return _said(attempt, f"there is nothing to give up, because the job is {word}; {then}")
    _check_not_here(attempt, is_there=is_there)
    if attempt.state in ("sending", "unknown"):
        await ledger.record(attempt, GivenUp(at=now, why=why, is_sure=False))
    else:
        await ledger.record(attempt, Forgotten(at=now, why=why))
    latest = await ledger.latest(attempt.key)
    if latest.state not in MAY_BUY:
        word = JOB_WORDS[latest.state]
        return _said(latest, f"not given up, because a run has found it meanwhile: it is {word}")
    if is_there:
        return _said(latest, f"given up; {_ITS_FILE}")
    return _said(latest, f"given up: {_NEXT}, even if fal has made the first one")


_NEXT = "the next run buys the job again"
_ITS_FILE = (
    "its file is in the store, so a run uses that file and buys nothing; only a run that takes "
    "another file of the reply buys the job again"
)


def _check_not_here(attempt: Attempt, *, is_there: bool) -> None:
    """Keep a job whose clip is in the store, as a run would use this clip and buy nothing.

    A `fal` step may take another file of the same reply, so its job may be given up.

    Raises:
        InvalidInput: The clip is in the store.
    """
    intent = attempt.find(Intent)
    if is_there and intent is not None and intent.endpoint_id in ENDPOINTS:
        raise InvalidInput(
            f"{intent.step}: the clip of this job is in the store, so a run uses it and buys "
            "nothing. The job was not given up. For another clip of the same step, write takes: 2 "
            "in the file, or change the prompt"
        )


def _unreadable(key: Key, error: ShotgraphError) -> dict[str, Any]:
    return {"key": key, "step": "", "state": "unreadable", "message": error.message}


def _said(attempt: Attempt, message: str) -> dict[str, Any]:
    intent = attempt.find(Intent)
    step = intent.step if intent else ""
    return {
        "key": attempt.key,
        "step": step,
        "state": attempt.state_at(SystemClock().now()),
        "is_lost": _is_open(attempt),
        "message": message if message.startswith(f"{step}: ") else f"{step}: {message}",
    }
