"""A lost job that fal lists with another form of its input: in doubt, and never bought again."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from shotgraph.errors import Ambiguous
from shotgraph.money.accounts import money_of
from shotgraph.money.buy import Bought, buy
from shotgraph.money.events import Intent
from shotgraph.money.job import Job
from shotgraph.money.likeness import likeness
from shotgraph.money.reconcile import look_for
from shotgraph.money.session import Session
from shotgraph.money.windows import Windows
from shotgraph.rehearsal import Options, RehearsalServer
from shotgraph.rehearsal.faults import Change
from shotgraph.rehearsal.platform import changed
from shotgraph.store import Store
from tests.crash.one_run import job_of
from tests.crash.order import Shot
from tests.money.clocks import FastClock, SteppingClock
from tests.money.connected import connected_to
from tests.money.ledger.conftest import Connect
from tests.rehearsal.client import Client

LATER_S = timedelta(hours=3).total_seconds()
CHANGES = get_args(Change)
QUICK = ("host", "wrapped")
WORDS = "The harbour at dusk, with gulls over the water and a ship that leaves for the open sea"


class Desk:
    """One user, and a fal on the same clock."""

    def __init__(self, session: Session, client: Client, clock: SteppingClock, clip: Any) -> None:
        self.session, self.client, self.clock, self.clip = session, client, clock, clip

    def job(self, prompt: str = WORDS, take: int = 1) -> Job:
        shot = Shot(prompt=prompt, image=self.clip, take=take)
        return job_of(shot, self.session.fal.backend)

    async def buy(self, job: Job, **fields: Any) -> Bought:
        return await buy(replace(self.session, **fields), job)

    async def loses(self, job: Job) -> None:
        """Buy a job, whose answer is lost, and which is listed in another form from then on."""
        await self.client.fault("drop", times=1)
        late = await self.client.fault("listing_late", seconds=2 * LATER_S)
        with pytest.raises(Ambiguous):
            await self.buy(job)
        await self.client.until_drawn()
        await self.client.lift(late)


@pytest.fixture
async def desk(connect: Connect, store: Store, tmp_path: Path) -> AsyncIterator[Desk]:
    still = tmp_path / "still.png"
    Image.new("RGB", (720, 720), (200, 30, 30)).save(still)
    clip = await store.assets.add(still, "image")
    clock = FastClock()
    with RehearsalServer(Options(queue_s=0, run_s=0, quick=True, now=clock.now)) as server:
        async with Client.of(server) as client:
            session = connect(
                clock=clock, windows=Windows(look_s=0, skew_s=5), fal=connected_to(server)
            )
            yield Desk(session, client, clock, clip)


@pytest.mark.parametrize(
    "change",
    [pytest.param(change, marks=() if change in QUICK else pytest.mark.slow) for change in CHANGES],
)
async def test_a_job_that_is_listed_in_another_form_is_not_bought_again(
    change: Change, desk: Desk
) -> None:
    await desk.client.fault("listing_changed", change=change)
    job = desk.job()
    await desk.loses(job)
    (sold,) = await desk.client.jobs()
    for _ in range(2):
        desk.clock.pass_by(LATER_S)
        with pytest.raises(Ambiguous) as doubt:
            await desk.buy(job)
        said = doubt.value.message
        assert f"fal lists request {sold['request_id']}, whose input differs in " in said
        assert "no run buys the job by itself" in said
        for way_out in ("--buy-again", "--on-ambiguous resubmit", '"shotgraph jobs"'):
            assert way_out in said
    assert await desk.client.submits() == 1
    attempt = await desk.session.ledger.latest(job.key)
    assert (attempt.state, money_of(attempt).may_be_billed_usd > 0) == ("unknown", True)


async def test_a_person_may_buy_it_again_and_it_still_counts(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.client.fault("listing_changed", change="host")
    job = desk.job()
    await desk.loses(job)
    desk.clock.pass_by(LATER_S)
    attempt = await desk.session.ledger.latest(job.key)
    look = await look_for(desk.session, attempt)
    assert (look.is_safe, len(look.doubtful)) == (False, 1)
    assert (await desk.buy(job, on_ambiguous="resubmit")).how == "ran"
    assert await desk.client.submits() == 2
    first = await desk.session.ledger.attempt(job.key, 1)
    assert money_of(first).may_be_billed_usd > 0, "the first one may be billed all the same"


async def test_when_the_list_shows_it_as_it_was_sent_it_is_found(desk: Desk) -> None:
    fault = await desk.client.fault("listing_changed", change="query")
    job = desk.job()
    await desk.loses(job)
    desk.clock.pass_by(LATER_S)
    await desk.client.lift(fault)
    assert (await desk.buy(job)).how == "resumed"
    assert await desk.client.submits() == 1


@pytest.mark.parametrize(
    "other",
    [
        {"prompt": "The harbour at dawn, with gulls over the water and a ship that comes home"},
        pytest.param({"duration": "4"}, marks=pytest.mark.slow),
        {"start_image_url": "https://v3.fal.media/files/x/1111222233334444.png"},
    ],
)
async def test_the_jobs_of_other_people_do_not_stand_in_the_way(
    other: dict[str, str], desk: Desk
) -> None:
    """Nothing arrived at fal, and somebody else had the same endpoint draw another thing."""
    await desk.client.fault("reset", times=1)
    job = desk.job()
    with pytest.raises(Ambiguous):
        await desk.buy(job)
    intent = (await desk.session.ledger.latest(job.key)).find(Intent)
    assert intent is not None
    await desk.client.submit({**intent.body, **other}, job.endpoint.id)
    await desk.client.until_drawn()
    desk.clock.pass_by(LATER_S)
    assert (await desk.buy(job)).how == "ran"


async def test_steps_that_are_alike_do_not_stand_in_each_others_way(desk: Desk) -> None:
    """Of two lost jobs with one prompt apart from its spelling, fal lists both as they were."""
    jobs = [desk.job(), desk.job(WORDS.upper())]
    for job in jobs:
        await desk.loses(job)
    desk.clock.pass_by(LATER_S)
    bought = [await desk.buy(job) for job in jobs]
    assert [one.how for one in bought] == ["resumed"] * 2
    assert len({one.result.request_id for one in bought}) == 2
    assert await desk.client.submits() == 2


async def test_a_request_of_another_lost_job_is_no_doubt(desk: Desk) -> None:
    """Of these two only the second arrived, and nobody has looked for it yet."""
    first, second = desk.job(), desk.job(WORDS.upper())
    await desk.client.fault("reset", times=1)
    with pytest.raises(Ambiguous):
        await desk.buy(first)
    await desk.loses(second)
    desk.clock.pass_by(LATER_S)
    assert [(await desk.buy(job)).how for job in (first, second)] == ["ran", "resumed"]
    assert len(await desk.client.jobs()) == 2


ELEMENT = {"frontal_image_url": "https://v3.fal.media/files/x/9999aaaabbbbcccc.png"}
SENT: dict[str, Any] = {
    "prompt": WORDS,
    "video_url": "https://v3.fal.media/files/b/lion/00aa11bb22cc33dd.mp4",
    "duration": "5",
    "keep_audio": True,
    "elements": [ELEMENT],
}


@pytest.mark.parametrize("change", CHANGES)
def test_no_change_makes_a_job_look_like_another(change: Change) -> None:
    assert likeness(SENT, changed(SENT, change)) != "other"


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        (SENT, "near"),
        ({**SENT, "seed": 42, "negative_prompt": None}, "near"),
        ({**SENT, "duration": 5}, "near"),
        ({**SENT, "keep_audio": "true"}, "near"),
        ({**SENT, "video_url": {"url": SENT["video_url"]}}, "near"),
        ({**SENT, "video_url": None}, "unclear"),
        ({**SENT, "video_url": "https://example.org/clip.mp4"}, "unclear"),
        ({**SENT, "video_url": "https://v3.fal.media/x/Ab_00aa11bb22cc33dd.mp4?t=1"}, "near"),
        ({**SENT, "video_url": "https://v3.fal.media/files/b/lion/ffaa11bb22cc33dd.mp4"}, "other"),
        ({}, "unclear"),
        ({"input": {**SENT, "prompt": "a sea"}}, "other"),
        ({**SENT, "prompt": "a sea"}, "other"),
        ({**SENT, "prompt": f"{WORDS} and back"}, "other"),
        ({**SENT, "duration": "10"}, "other"),
        ({**SENT, "keep_audio": False}, "other"),
        ({**SENT, "elements": [ELEMENT, ELEMENT]}, "other"),
        ({**SENT, "elements": []}, "unclear"),
    ],
)
def test_what_distinguishes_two_jobs(shown: dict[str, Any], found: str) -> None:
    assert likeness(SENT, shown) == found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(body=st.dictionaries(st.text(), JSON, max_size=4), extra=st.dictionaries(st.text(), JSON))
def test_what_fal_adds_never_makes_it_another_job(
    body: dict[str, Any], extra: dict[str, Any]
) -> None:
    assert likeness(body, {**extra, **body}) != "other"
    assert likeness(body, {name: one for name, one in body.items() if len(name) % 2}) != "other"
    assert likeness(SENT, extra) in ("near", "unclear", "other")


@given(
    prompt=st.text(min_size=1),
    left=st.text(" \t\n", max_size=3),
    right=st.text(" \t\n", max_size=3),
)
def test_white_space_and_case_never_make_it_another_job(prompt: str, left: str, right: str) -> None:
    body = {"prompt": prompt}
    assert likeness(body, {"prompt": f"{left}{prompt}{right}"}) != "other"
    assert likeness(body, {"prompt": prompt.casefold()}) != "other"
