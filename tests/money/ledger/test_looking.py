"""Looking for a job whose answer was lost: what a list is worth, and what is never bought over."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from shotgraph.errors import Ambiguous
from shotgraph.money.attempts import Attempt
from shotgraph.money.claims import Claims
from shotgraph.money.events import Accepted, GivenUp, Intent
from shotgraph.money.reconcile import MAX_PAGES, look_for, settle, still_unknown
from shotgraph.money.session import Session
from shotgraph.money.windows import Windows
from tests.money.clocks import SteppingClock
from tests.money.ledger.conftest import Connect
from tests.money.ledger.records import DOUBT, KEY, UNTIL_SAFE, accepted, intent, key_of
from tests.money.scripted import Heard, ScriptedServer, reply

BODY = {"prompt": "dusk"}
DAY = timedelta(days=1)
WINDOWS = Windows(look_s=0, skew_s=10)


def item(request_id: str, sent: dict[str, Any] | None = None, code: int | None = 200) -> Any:
    return {"request_id": request_id, "json_input": sent, "status_code": code}


@dataclass
class List:
    """fal's list, as a test wants it, on the clock of whoever looks.

    Attributes:
        pages: What is answered, page by page; bytes are a whole reply.
        asked: The windows that were asked for.
    """

    clock: SteppingClock
    pages: list[list[Any] | bytes] = field(default_factory=lambda: [[]])
    asked: list[tuple[datetime, datetime]] = field(default_factory=list)

    def answer(self, request: Heard) -> bytes:
        query = {name: each[0] for name, each in parse_qs(urlsplit(request.path).query).items()}
        start, end = (datetime.fromisoformat(query[name]) for name in ("start", "end"))
        self.asked.append((start, end))
        number = int(query.get("cursor", "0"))
        page = self.pages[min(number, len(self.pages) - 1)]
        if isinstance(page, bytes):
            return page
        more = str(number + 1) if number + 1 < len(self.pages) else None
        date = f"{self.clock.now():%a, %d %b %Y %H:%M:%S GMT}"
        return reply(200, {"items": page, "next_cursor": more}, date=date)


@dataclass
class Lost:
    """One attempt whose answer was lost, and the list to look for it in."""

    session: Session
    attempt: Attempt
    clock: SteppingClock
    list: List

    @property
    def intent(self) -> Intent:
        found = self.attempt.find(Intent)
        assert found is not None
        return found

    async def latest(self) -> Attempt:
        return await self.session.ledger.latest(self.attempt.key)

    def until_safe(self) -> None:
        self.clock.pass_by(UNTIL_SAFE.total_seconds() + 1)

    async def other(self, words: str, **fields: object) -> Attempt:
        """Another job that looks the same at fal."""
        key = key_of(words)
        begun = self.intent.model_copy(update={"key": key, "step": words, **fields})
        found = await self.session.ledger.begin(Attempt(key, 0), begun)
        assert found is not None
        return found


@pytest.fixture
async def lost(connect: Connect) -> AsyncIterator[Lost]:
    clock = SteppingClock()
    listing = List(clock)
    async with ScriptedServer(listing.answer) as server:
        session = connect(
            clock=clock, windows=WINDOWS, fal=replace(connect().fal, bases=server.bases)
        )
        begun = await session.ledger.begin(Attempt(KEY, 0), intent(at=clock.now()))
        assert begun is not None
        attempt = await session.ledger.record(begun, DOUBT)
        yield Lost(session, attempt, clock, listing)


UNREADABLE: dict[str, list[list[Any] | bytes]] = {
    "an error": [reply(500, b"nginx")],
    "no permission": [reply(403, {"detail": "no"})],
    "no JSON": [reply(200, b"{")],
    "not a page": [reply(200, {"data": []})],
    "an item without an id": [[{"json_input": BODY}]],
    "the second page": [[item("r-1", {"prompt": "dawn"})], reply(502, b"nginx")],
    "without what was sent": [[item("r-1")]],
    "without what was sent, on the second page": [[item("r-1", {"prompt": "dawn"})], [item("r-2")]],
    "more than can be read": [[item("r-1", {"prompt": "dawn"})]] * (MAX_PAGES + 1),
}


@pytest.mark.parametrize("pages", UNREADABLE.values(), ids=UNREADABLE)
async def test_a_job_is_not_given_up_over_a_list_that_is_not_whole(
    pages: list[list[Any] | bytes], lost: Lost
) -> None:
    lost.list.pages = pages
    lost.until_safe()
    with pytest.raises(Ambiguous) as caught:
        await settle(lost.session, lost.attempt)
    assert await lost.latest() == lost.attempt
    said = caught.value.message
    assert "could not search fal's list for the job: " in said
    assert "no run buys the job by itself" in said
    assert f"safe from {lost.intent.safe_from:%Y-%m-%d %H:%M:%S} UTC" in said
    assert f'"shotgraph reconcile {KEY[:12]} --buy-again"' in said


async def test_a_whole_list_without_it_gives_it_up_when_that_is_safe(lost: Lost) -> None:
    lost.list.pages = [[item("r-1", {"prompt": "dawn"})], [item("r-2", {"prompt": "noon"})]]
    with pytest.raises(Ambiguous, match="A run after that time searches once more") as caught:
        await settle(lost.session, lost.attempt)
    assert "--buy-again" not in caught.value.message
    assert "by itself" not in caught.value.message
    lost.until_safe()
    await settle(lost.session, lost.attempt)
    given_up = (await lost.latest()).find(GivenUp)
    assert given_up is not None
    assert given_up.is_sure


async def test_an_unreadable_request_that_is_another_job_s_hides_nothing(lost: Lost) -> None:
    lost.list.pages = [[item("r-1")]]
    other = await lost.other("other")
    assert await Claims(lost.session.store.records).take(other, accepted("r-1"))
    assert (await look_for(lost.session, lost.attempt)).is_complete


@pytest.mark.parametrize(("body", "listed", "found"), [
    (BODY, BODY, True),
    (BODY, {**BODY, "keep_audio": False}, True),
    (BODY, {"prompt": "dawn"}, False),
    ({**BODY, "take": 1}, BODY, False),
    ({}, {}, True),
])  # fmt: skip
async def test_it_is_found_by_all_of_what_was_sent(
    body: dict[str, Any], listed: dict[str, Any], found: bool, lost: Lost
) -> None:
    begun = lost.intent.model_copy(update={"key": key_of("as sent"), "body": body})
    attempt = await lost.session.ledger.begin(Attempt(key_of("as sent"), 0), begun)
    assert attempt is not None
    lost.list.pages = [[item("r-1", listed)]]
    look = await look_for(lost.session, attempt)
    assert look.found == found
    taken = (await lost.session.ledger.latest(attempt.key)).find(Accepted)
    assert (taken is not None) == found
    assert taken is None or (taken.request_id, taken.found) == ("r-1", True)


async def test_of_several_the_one_that_succeeded_is_taken(lost: Lost) -> None:
    codes = (None, 500, 422, 200)
    lost.list.pages = [[item(f"r-{code}", BODY, code) for code in codes]]
    assert (await look_for(lost.session, lost.attempt)).found
    taken = (await lost.latest()).find(Accepted)
    assert taken is not None
    assert taken.request_id == "r-200"


async def test_what_another_job_sent_itself_is_not_taken(lost: Lost) -> None:
    lost.list.pages = [[item("r-1", BODY)]]
    other = await lost.other("other")
    assert await Claims(lost.session.store.records).take(other, accepted("r-1"))
    lost.until_safe()
    look = await look_for(lost.session, lost.attempt)
    assert (look.found, look.is_complete, look.is_safe) == (False, True, True)


async def test_what_its_run_claimed_before_it_died_is_its_own(lost: Lost) -> None:
    assert await Claims(lost.session.store.records).take(lost.attempt, accepted("r-1"))
    assert (await look_for(lost.session, lost.attempt)).found
    assert (await lost.latest()).state == "in_flight"
    assert lost.list.asked == [], "nobody has to ask fal"


@pytest.mark.parametrize("is_late", [True, False])
async def test_what_a_twin_found_may_be_this_one_s(is_late: bool, lost: Lost) -> None:
    """Two takes look the same: until the twin's own can't be listed any more, nothing is sure."""
    lost.list.pages = [[item("r-1", BODY)]]
    later = timedelta(minutes=1 if is_late else -1)
    twin = await lost.other(
        "twin", at=lost.intent.at + later, safe_from=lost.intent.safe_from + later
    )
    found = accepted("r-1").model_copy(update={"found": True})
    assert await Claims(lost.session.store.records).take(twin, found)
    lost.until_safe()
    look = await look_for(lost.session, lost.attempt)
    assert (look.is_complete, look.is_safe) == (not is_late, not is_late)
    assert ("matched with twin" in look.why) == is_late
    if is_late:
        until = lost.intent.safe_from + later
        assert f"{until:%Y-%m-%d %H:%M:%S} UTC" in still_unknown(lost.attempt, look).message


async def test_a_twin_that_is_older_is_looked_for_from_its_own_time_on(lost: Lost) -> None:
    lost.list.pages = [[item("r-1", BODY)]]
    older = lost.intent.at - 3 * DAY
    twin = await lost.other("twin", at=older, safe_from=older + UNTIL_SAFE)
    found = accepted("r-1").model_copy(update={"found": True})
    assert await Claims(lost.session.store.records).take(twin, found)
    await look_for(lost.session, lost.attempt)
    assert len(lost.list.asked) == 2
    assert lost.list.asked[-1][0] <= older


async def test_the_list_is_asked_for_around_the_moment_of_sending(
    lost: Lost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of another machine's clock nobody knows how wrong it was; this one's own time is known."""
    skew = timedelta(seconds=WINDOWS.skew_s)
    now = lost.clock.now()
    await look_for(lost.session, lost.attempt)
    assert lost.list.asked == [(lost.intent.at - DAY - skew, now + skew)]
    monkeypatch.setattr("shotgraph.money.timing.boot_id", lambda: "this start")
    uptime_s = lost.clock.monotonic()
    ours = await lost.other("ours", boot_id="this start", uptime_s=uptime_s)
    lost.clock.pass_by(5)
    await look_for(lost.session, ours)
    (start, end) = lost.list.asked[-1]
    assert timedelta(0) <= (lost.intent.at - skew) - start < timedelta(seconds=2)
    assert end == now + timedelta(seconds=5) + skew


async def test_a_run_that_finds_it_looks_no_further(lost: Lost) -> None:
    lost.list.pages = [[item("r-1", BODY)]]
    await settle(lost.session, lost.attempt)
    assert (await lost.latest()).state == "in_flight"
    assert len(lost.list.asked) == 1


async def test_who_may_risk_it_buys_again_without_a_look(connect: Connect, lost: Lost) -> None:
    lost.list.pages = UNREADABLE["an error"]
    session = replace(lost.session, on_ambiguous="resubmit")
    await settle(session, lost.attempt)
    given_up = (await lost.latest()).find(GivenUp)
    assert given_up is not None
    assert given_up.is_sure is False
    assert lost.list.asked == []


async def test_a_run_looks_for_as_long_as_it_is_told_to(lost: Lost) -> None:
    session = replace(lost.session, windows=WINDOWS.model_copy(update={"look_s": 12}))
    with pytest.raises(Ambiguous):
        await settle(session, lost.attempt)
    assert lost.clock.slept == [5, 5, 5]
    assert len(lost.list.asked) == 4


async def test_a_request_that_is_nearly_another_jobs_is_in_doubt_only_for_that_job(
    lost: Lost,
) -> None:
    """Neither file has a name of ours, so the names alone don't show whose the request is."""
    ours, theirs = ({**BODY, "video_url": f"https://a.example/{name}.mp4"} for name in ("x", "y"))
    one = await lost.other("one", body=ours)
    other = await lost.other("other", body=theirs)
    lost.list.pages = [[item("r-1", {**BODY, "video_url": "https://b.example/y.mp4"})]]
    lost.until_safe()
    look = await look_for(lost.session, one)
    assert (look.is_safe, look.doubtful) == (True, ())
    look = await look_for(lost.session, other)
    assert (look.is_safe, look.doubtful) == (False, ("r-1",))


async def test_a_request_of_unknown_origin_is_in_doubt(lost: Lost) -> None:
    sent = {**BODY, "video_url": "https://a.example/x.mp4"}
    attempt = await lost.other("one", body=sent)
    lost.list.pages = [[item("r-1", {**BODY, "video_url": "https://b.example/z.mp4"})]]
    lost.until_safe()
    look = await look_for(lost.session, attempt)
    assert (look.is_complete, look.doubtful) == (False, ("r-1",))
    said = still_unknown(attempt, look).message
    assert "request r-1, whose input differs in video_url" in said
    assert await Claims(lost.session.store.records).take(await lost.other("two"), accepted("r-1"))
    assert (await look_for(lost.session, attempt)).is_safe, "it is another job's by its claim"
