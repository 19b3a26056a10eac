"""An attempt whose answer was lost → found at fal, or given up once that is safe."""

from dataclasses import dataclass
from datetime import timedelta

from shotgraph.errors import Ambiguous, Retryable
from shotgraph.failpoints import Failpoint, reach
from shotgraph.fal.history import PastRequest, is_answer_to, past_requests
from shotgraph.fal.session import Session
from shotgraph.fal.submit import request_by_id
from shotgraph.ledger import Attempt, Doubt, GivenUp, Intent

BETWEEN_LOOKS_S = 5.0


@dataclass(frozen=True)
class Look:
    """What one look at fal's requests showed.

    Attributes:
        found: Whether the job was found, and is on record now.
        is_whole: Whether the list could be read, says of every request what was sent, and leaves
            no doubt whose each is.
        why: What stood in the way, where it is not whole.
    """

    found: bool
    is_whole: bool
    why: str = ""


async def settle(session: Session, attempt: Attempt) -> None:
    """Find out what became of an attempt, or give it up, so that its job can go on.

    Returns when the ledger says more than before.

    Raises:
        Ambiguous: It is still not known; nothing was sent again. Says from when buying again is
            safe.
    """
    intent = _intent(attempt)
    clock, began = session.clock, session.clock.monotonic()
    told = False
    while True:
        leased = attempt.is_leased(clock.now())
        if not leased and session.on_ambiguous == "resubmit":
            await give_up(session, attempt, "the run was told to buy again: on_ambiguous resubmit")
            return
        may_give_up = clock.now() >= intent.safe_from
        look = await look_for(session, attempt)
        if look.found:
            return
        if may_give_up and look.is_whole:
            await give_up(session, attempt, "fal does not list it, and it is safe to buy again")
            return
        over = clock.monotonic() - began >= session.windows.look_s
        if over or (not leased and session.on_ambiguous == "fail"):
            raise still_unknown(attempt, look)
        if not told:
            told = True
            session.say(f"{intent.step}: looking for a job whose answer was lost; nothing is sent")
        await clock.sleep(1.0 if leased else BETWEEN_LOOKS_S)
        latest = await session.ledger.latest(attempt.key)
        if (latest.number, latest.state) != (attempt.number, attempt.state):
            return


async def look_for(session: Session, attempt: Attempt) -> Look:
    """Look once: among this store's claims, then among fal's requests."""
    intent = _intent(attempt)
    skew = timedelta(seconds=session.windows.skew_s)
    claimed = await session.claims.of(attempt, intent.at - skew)
    if claimed is not None:
        await session.ledger.record(attempt, claimed)
        return Look(found=True, is_whole=True)
    asked_at, since = session.clock.now(), intent.at
    while True:
        try:
            listed = await past_requests(
                session.fal,
                intent.endpoint_id,
                start=since - skew,
                end=session.clock.now() + skew,
            )
        except Retryable as error:
            return Look(found=False, is_whole=False, why=error.message)
        reach(Failpoint.RECONCILE_LISTED)
        ours = [one for one in listed if one.input and is_answer_to(intent.body, one.input)]
        if await _adopt(session, attempt, intent, ours):
            return Look(found=True, is_whole=True)
        others = await _finders(session, ours)
        # What they sent themselves may be this job's in exchange, and is as old as they are.
        earliest = min([since, *(other.at for other in others)])
        if earliest == since:
            break
        since = earliest
    return await _nothing(session, listed, [one for one in others if one.safe_from > asked_at])


async def _adopt(
    session: Session, attempt: Attempt, intent: Intent, ours: list[PastRequest]
) -> bool:
    """Take the request that this attempt sent; of several, one that succeeded."""
    ours.sort(key=lambda one: one.status_code is None or one.status_code >= 400)
    for request in ours:
        accepted = request_by_id(
            session.fal, intent.endpoint_id, request.request_id, session.clock, found=True
        )
        if await session.claims.take(attempt, accepted):
            await session.ledger.record(attempt, accepted, Failpoint.OUTCOME_PUT)
            session.say(f"{intent.step}: found at fal as request {request.request_id}")
            return True
    return False


async def _finders(session: Session, ours: list[PastRequest]) -> list[Intent]:
    """Find the attempts that took one of these because it looked like what they had sent.

    Two takes of a job look the same at fal: what one of them took may be the other one's.
    """
    finders = []
    for request in ours:
        claim = await session.claims.owner(request.request_id)
        if claim is not None and claim.accepted.found:
            finder = await session.ledger.attempt(claim.key, claim.number)
            finders.append(_intent(finder))
    return finders


async def _nothing(session: Session, listed: list[PastRequest], late: list[Intent]) -> Look:
    """Say what a look that found nothing is worth."""
    if late:
        until = max(other.safe_from for other in late)
        return Look(
            found=False,
            is_whole=False,
            why=f"its request may have been taken for {late[0].step}, which looks the same and "
            f"whose own fal may list until {until:%Y-%m-%d %H:%M:%S} UTC",
        )
    unreadable = [
        request.request_id
        for request in listed
        if request.input is None and await session.claims.owner(request.request_id) is None
    ]
    why = f"fal lists {', '.join(unreadable)} without what was sent" if unreadable else ""
    return Look(found=False, is_whole=not unreadable, why=why)


async def give_up(session: Session, attempt: Attempt, why: str) -> None:
    """Close an attempt without a request; the next one may begin."""
    event = GivenUp(at=session.clock.now(), why=why)
    await session.ledger.record(attempt, event, Failpoint.GIVE_UP_PUT)
    session.say(f"{_intent(attempt).step}: {why}")


def still_unknown(attempt: Attempt, look: Look) -> Ambiguous:
    """Make the error of a job that could not be found yet."""
    intent, doubt = _intent(attempt), attempt.find(Doubt)
    why = doubt.why if doubt else "the run that sent it ended before the answer was on record"
    unseen = "" if look.is_whole else f" It could not be looked for: {look.why}."
    return Ambiguous(
        f"{intent.step}: this job was sent to fal at {intent.at:%Y-%m-%d %H:%M:%S} UTC, and "
        f"whether fal took it is not known ({why}). Nothing was sent again.{unseen} Buying again "
        f"is safe from {intent.safe_from:%Y-%m-%d %H:%M:%S} UTC; a run after that does so by "
        f'itself. To look now: "shotgraph reconcile {attempt.key[:12]}"'
    )


def _intent(attempt: Attempt) -> Intent:
    intent = attempt.find(Intent)
    assert intent is not None  # noqa: S101  an attempt begins with its intent
    return intent
