"""Reconcile a lost reply: search for the job in fal's list, or decide that it does not exist."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from shotgraph.errors import Ambiguous, Retryable
from shotgraph.failpoints import Failpoint, reach
from shotgraph.foreign_text import unsigned
from shotgraph.money.attempts import Attempt
from shotgraph.money.connection import FalConnection
from shotgraph.money.events import Doubt, GivenUp, Intent
from shotgraph.money.likeness import Likeness, differing, likeness, sends_no_less
from shotgraph.money.replies import NoReply, ask
from shotgraph.money.reply_models import ListedRequest, ListingPage
from shotgraph.money.session import Session
from shotgraph.money.submit import request_by_id
from shotgraph.money.timing import TOO_EARLY, Asked, Timing, timing_of

PAGE = 100
MAX_PAGES = 50


@dataclass(frozen=True)
class PastRequest:
    """One request in fal's list.

    Attributes:
        input: The arguments that were sent; None if fal does not keep them.
        status_code: The HTTP status of the result; None while the request is running.
    """

    request_id: str
    input: dict[str, Any] | None
    status_code: int | None


@dataclass(frozen=True)
class Listing:
    """All pages of fal's list.

    Attributes:
        dated: When fal made the first page, by fal's clock; None if the page has no date.
    """

    requests: list[PastRequest]
    dated: datetime | None


async def past_requests(
    fal: FalConnection, endpoint_id: str, *, start: datetime, end: datetime
) -> Listing:
    """List all requests to an endpoint in a window of time.

    Raises:
        Retryable: The requests can't be listed now.
    """
    found: list[PastRequest] = []
    dated: datetime | None = None
    params = {
        "endpoint_id": endpoint_id,
        "start": start.isoformat(),
        "end": end.isoformat(),
        "expand": "payloads",
        "limit": str(PAGE),
    }
    async with fal.client() as client:
        for _ in range(MAX_PAGES):
            page, date = await _page(client, fal, params)
            dated = _moment(date) if dated is None else dated
            found += [_request(item) for item in page.items]
            if not page.next_cursor:
                return Listing(found, dated)
            params["cursor"] = page.next_cursor
    raise Retryable(f"fal lists more than {PAGE * MAX_PAGES} requests in that time")


async def _page(
    client: httpx.AsyncClient, fal: FalConnection, params: dict[str, str]
) -> tuple[ListingPage, str]:
    url = f"{fal.bases.api_url}/v1/models/requests/by-endpoint"
    try:
        reply = await ask(client, "GET", url, params=params)
        return reply.fitting(ListingPage), reply.headers.get("date", "")
    except NoReply as error:
        raise Retryable(f"fal's requests can't be listed: {error.message}") from None


def _request(item: ListedRequest) -> PastRequest:
    return PastRequest(item.request_id, item.json_input, item.status_code)


def _moment(date: str) -> datetime | None:
    """Read a ``Date`` header; None if it is missing or can't be read."""
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def is_answer_to(body: dict[str, Any], listed: dict[str, Any]) -> bool:
    """Whether a listed input equals the body that was sent; fal may have added defaults.

    The body comes from a record, in which URLs have no signatures.
    """
    return all(
        key in listed and unsigned(listed[key]) == unsigned(value) for key, value in body.items()
    )


BETWEEN_LOOKS_S = 5.0
TOO_SLOW = timedelta(minutes=1)
"""If fal's list is dated later than this after the request, it is requested again: fal took long,
or this machine's clock is slow, so the list may end too early."""
NOT_THERE = "fal does not list the job, so it is safe to buy it again"


@dataclass(frozen=True)
class SearchResult:
    """The result of one search in fal's list of requests.

    Attributes:
        found: Whether the job was found, and is on record now.
        is_complete: Whether the list could be read, has the input of every request, and leaves no
            doubt about the attempt that each request belongs to.
        why: Why the search is not complete; empty if it is.
        doubtful: The requests that may be the job, although their input is not exactly what was
            sent; then the search is not complete.
        timing: The times by the clocks; None if the job was found, or the list could not be read.
    """

    found: bool
    is_complete: bool
    why: str = ""
    doubtful: tuple[str, ...] = ()
    timing: Timing | None = None

    @property
    def is_safe(self) -> bool:
        """Whether buying again is safe: fal does not have the job, and never will."""
        has_passed = self.timing is not None and not self.timing.objection
        return not self.found and self.is_complete and has_passed


async def settle(session: Session, attempt: Attempt) -> None:
    """Find out whether fal accepted an attempt, or give it up, so that its job can continue.

    Returns when the ledger has a new state of the job.

    Raises:
        Ambiguous: It is still unknown; nothing was sent again. The message names the time from
            which buying again is safe.
    """
    intent, clock = _intent(attempt), session.clock
    began, was_said = clock.monotonic(), False
    while True:
        leased = attempt.is_leased(clock.now())
        if not leased and session.on_ambiguous == "resubmit":
            why = "the run's option on_ambiguous is resubmit, so the job is bought again"
            await give_up(session, attempt, why, is_sure=False)
            return
        look = await look_for(session, attempt)
        if look.found:
            return
        if look.is_safe:
            await give_up(session, attempt, NOT_THERE, is_sure=True)
            return
        over = clock.monotonic() - began >= session.windows.look_s
        if over or (not leased and session.on_ambiguous == "fail"):
            raise still_unknown(attempt, look)
        if not was_said:
            was_said = True
            session.say(f"{intent.step}: looking for a job whose answer was lost; nothing is sent")
        await clock.sleep(1.0 if leased else BETWEEN_LOOKS_S)
        latest = await session.ledger.latest(attempt.key)
        if (latest.number, latest.state) != (attempt.number, attempt.state):
            return


async def look_for(session: Session, attempt: Attempt) -> SearchResult:
    """Search once: among this store's claims, then in fal's list of requests."""
    intent = _intent(attempt)
    skew = timedelta(seconds=session.windows.skew_s)
    claimed = await session.claims.of(attempt, intent.at - skew)
    if claimed is not None:
        await session.ledger.record(attempt, claimed)
        return SearchResult(found=True, is_complete=True)
    asked = Asked.at(session.clock)
    timing = await timing_of(session, attempt, asked, None)
    since, until = timing.earliest, asked.now
    while True:
        try:
            listing = await past_requests(
                session.fal, intent.endpoint_id, start=since - skew, end=until + skew
            )
        except Retryable as error:
            return SearchResult(found=False, is_complete=False, why=error.message)
        reach(Failpoint.RECONCILE_LISTED)
        listed = listing.requests
        ours = [one for one in listed if _is_answer(one, intent)]
        if await _adopt(session, attempt, intent, ours):
            return SearchResult(found=True, is_complete=True)
        timing = await timing_of(session, attempt, asked, listing.dated)
        others = [
            (finder, await timing_of(session, finder, asked, listing.dated))
            for finder in await _finders(session, ours)
        ]
        # A request that another attempt found may be of this attempt, and the other way round. So
        # search from the time of the earliest of these attempts.
        earliest = min([since, timing.earliest, *(their.earliest for _, their in others)])
        latest = max(until, listing.dated or until)
        if earliest == since and latest - until <= max(skew, TOO_SLOW):
            break
        since, until = earliest, latest
    late = [(finder, their) for finder, their in others if their.objection]
    return await _nothing(session, attempt, listed, late, timing)


def _is_answer(request: PastRequest, intent: Intent) -> bool:
    return request.input is not None and is_answer_to(intent.body, request.input)


async def _adopt(
    session: Session, attempt: Attempt, intent: Intent, ours: list[PastRequest]
) -> bool:
    """Claim the request that this attempt sent; of several candidates, one that succeeded."""
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


async def _finders(session: Session, ours: list[PastRequest]) -> list[Attempt]:
    """Find the attempts that have found and claimed one of these requests.

    All takes have the same input, so fal's list does not show which take a request belongs to.
    """
    finders = []
    for request in ours:
        claim = await session.claims.owner(request.request_id)
        if claim is not None and claim.accepted.found:
            finders.append(await session.ledger.attempt(claim.key, claim.number))
    return finders


async def _nothing(
    session: Session,
    attempt: Attempt,
    listed: list[PastRequest],
    late: list[tuple[Attempt, Timing]],
    timing: Timing,
) -> SearchResult:
    """Make the result of a search that found nothing, and check whether it is complete."""
    if late:
        until = max(their.safe_from for _, their in late)
        other = _intent(late[0][0])
        return SearchResult(
            found=False,
            is_complete=False,
            why=f"its request may have been matched with {other.step}, a job with the same "
            f"input; fal may still list the request of that job until {until:%Y-%m-%d %H:%M:%S} "
            "UTC",
            timing=timing,
        )
    body = _intent(attempt).body
    compared: list[tuple[PastRequest, Likeness]] = [
        (request, "unclear" if request.input is None else likeness(body, request.input))
        for request in listed
    ]
    unclaimed = [
        (request, alike)
        for request, alike in compared
        if alike != "other" and await session.claims.owner(request.request_id) is None
    ]
    unreadable = [request.request_id for request, _ in unclaimed if request.input is None]
    doubtful = await _doubtful(session, attempt, unclaimed)
    whys = [f"fal lists {', '.join(unreadable)} without its input"] if unreadable else []
    whys += [
        f"fal lists request {request.request_id}, whose input differs in "
        f"{', '.join(differing(body, request.input or {}))} and is not clearly that of another job"
        for request in doubtful[:_MOST_NAMED]
    ]
    return SearchResult(
        found=False,
        is_complete=not whys,
        why="; ".join(whys),
        doubtful=tuple(request.request_id for request in doubtful),
        timing=timing,
    )


_MOST_NAMED = 5


async def _doubtful(
    session: Session, attempt: Attempt, unclaimed: Sequence[tuple[PastRequest, Likeness]]
) -> list[PastRequest]:
    """Choose the requests that may be this attempt's, although their input is not what was sent.

    A request is another job's if its input is what that job sent, and that job's own reply was
    lost; or if its input is nearly what that job sent, and not nearly what this attempt sent.
    """
    readable = [(one, alike, one.input) for one, alike in unclaimed if one.input is not None]
    if not readable:
        return []
    mine, listed = _intent(attempt), await session.ledger.listed()
    others = [
        (intent.body, one.state in ("sending", "unknown"))
        for one in listed.attempts
        if one.key != attempt.key and (intent := one.find(Intent)) is not None
        if intent.endpoint_id == mine.endpoint_id
    ]
    return [
        request
        for request, alike, shown in readable
        if not any(
            (is_lost and is_answer_to(body, shown))
            or (alike != "near" and likeness(body, shown) == "near")
            for body, is_lost in others
            if sends_no_less(body, mine.body, shown)
        )
    ]


async def give_up(session: Session, attempt: Attempt, why: str, *, is_sure: bool) -> None:
    """Close an attempt without a request; the next one may begin.

    Args:
        session: The run's session.
        attempt: The attempt.
        why: The reason, for the record and the log.
        is_sure: Whether the job surely does not exist.
    """
    event = GivenUp(at=session.clock.now(), why=why, is_sure=is_sure)
    latest = await session.ledger.record(attempt, event, Failpoint.GIVE_UP_PUT)
    if latest.find(GivenUp) is not None:  # else another run has found the job meanwhile
        session.say(f"{_intent(attempt).step}: {why}")


def still_unknown(attempt: Attempt, look: SearchResult) -> Ambiguous:
    """Make the error of a job that could not be found yet."""
    intent, doubt, key = _intent(attempt), attempt.find(Doubt), attempt.key[:12]
    why = doubt.why if doubt else "the run that sent it ended before the answer was on record"
    safe_from = look.timing.safe_from if look.timing is not None else intent.safe_from
    return Ambiguous(
        f"{intent.step}: this job was sent to fal at {intent.at:%Y-%m-%d %H:%M:%S} UTC, and it "
        f"is not known whether fal accepted it ({why}). Nothing was sent again. "
        f"{_what_comes(look, safe_from, key)}"
    )


def _what_comes(look: SearchResult, safe_from: datetime, key: str) -> str:
    """Say from when buying again is safe, and whether a run then does it by itself."""
    moment = f"{safe_from:%Y-%m-%d %H:%M:%S} UTC"
    if look.doubtful:
        return (
            f"The job may be at fal, and may be billed: {look.why}. So no run buys the job by "
            "itself. See at fal.ai/dashboard whether that request is this job. If it is not, "
            f'buying again is safe from {moment}; to buy it again: "shotgraph reconcile {key} '
            '--buy-again", and run again; or run with "--on-ambiguous resubmit", which buys all '
            f'such jobs again. Otherwise you would pay twice. To search now: "shotgraph reconcile '
            f'{key}"; "shotgraph jobs" lists every job'
        )
    if not look.is_complete:
        return (
            f"shotgraph could not search fal's list for the job: {look.why}. Until a search "
            f"succeeds, no run buys the job by itself. Buying again is safe from {moment} if fal's "
            f'own list of requests does not have the job; to buy it again: "shotgraph reconcile '
            f'{key} --buy-again". To search now: "shotgraph reconcile {key}"'
        )
    objection = look.timing.objection if look.timing is not None else ""
    clocks = f"; {objection}" if objection and objection != TOO_EARLY else ""
    return (
        f"Buying again is safe from {moment}{clocks}. A run after that time searches once more, "
        f'and buys the job if fal does not list it. To search now: "shotgraph reconcile {key}"'
    )


def _intent(attempt: Attempt) -> Intent:
    intent = attempt.find(Intent)
    assert intent is not None  # noqa: S101  an attempt begins with its intent
    return intent
