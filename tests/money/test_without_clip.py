"""An answer in which the clip that was paid for is missing, or stands at another place."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from shotgraph.endpoints.endpoint import only_file
from shotgraph.money.answers import NotInReply
from shotgraph.money.cancel import ask_how_it_ended
from shotgraph.money.connection import FalConnection
from shotgraph.money.events import CancelAsked, Ended
from shotgraph.money.follow import (
    RESULT_PATIENCE_S,
    StillOnRecord,
)
from shotgraph.money.session import Session
from tests.crash.one_run import job_of
from tests.crash.order import Shot
from tests.money.clocks import SteppingClock
from tests.money.scripted import bases_at, reply
from tests.money.stand_in import DONE, DRAWING, TYPED, StandIn

BAD_GATEWAY = reply(502, b"<h1>nginx</h1>")
EARLY = {"request_id": "r-1", "response_url": "http://x/r-1", "logs": None}
TOO_EARLY = {
    "202 and a status": reply(202, {"status": "IN_PROGRESS", **EARLY}),
    "202 in words": reply(202, {"detail": "once"}),
    "200 and a status": reply(200, {"status": "IN_QUEUE", "queue_position": 0, **EARLY}),
    "200 and the end alone": reply(200, {"status": "COMPLETED", "metrics": {}, **EARLY}),
}
LACKING = {
    "nothing": {},
    "no video": {"images": []},
    "null": {"video": None},
    "empty": {"video": {"url": ""}},
    "an error": {"error": {"message": "failed"}},
    "a status and more": {"status": "COMPLETED", "created_at": 5, **EARLY},
}


@pytest.mark.parametrize("name", [*TOO_EARLY, *LACKING])
async def test_an_answer_without_the_clip_is_asked_for_again(
    name: str, scripted_fal: StandIn, run: Callable[[], Any]
) -> None:
    early = TOO_EARLY[name] if name in TOO_EARLY else reply(200, LACKING[name])
    scripted_fal.results = [early] * 5
    assert await run() == ("ran", "succeeded")
    assert (scripted_fal.submits, scripted_fal.heard.count("requests")) == (1, 6)


@pytest.mark.parametrize("name", TOO_EARLY)
async def test_a_status_in_place_of_the_result_leads_back_to_the_status(
    name: str, scripted_fal: StandIn, run: Callable[[], Any], clock: SteppingClock
) -> None:
    scripted_fal.statuses = [DRAWING, DONE, *[DRAWING] * 40]
    scripted_fal.results = [TOO_EARLY[name]]
    assert await run() == ("ran", "succeeded")
    assert sum(clock.slept) > 2 * RESULT_PATIENCE_S, "it is drawn, and waited for"
    scripted_fal.heard.clear()


async def test_a_status_in_place_of_the_result_stays_on_record(
    scripted_fal: StandIn, run: Callable[[], Any]
) -> None:
    scripted_fal.results = [TOO_EARLY["202 and a status"]] * 1000
    error, state = await run()
    assert (type(error), state) == (StillOnRecord, "in_flight")
    assert "HTTP 202: it is IN_PROGRESS" in str(error)
    scripted_fal.results.clear()
    assert await run() == ("resumed", "succeeded")
    assert scripted_fal.submits == 1


@pytest.mark.parametrize("name", LACKING)
async def test_an_answer_that_never_names_the_clip_ends_the_run_and_not_the_job(
    name: str, scripted_fal: StandIn, run: Callable[[], Any], clock: SteppingClock
) -> None:
    scripted_fal.results = [reply(200, LACKING[name])] * 1000
    for _ in range(2):
        clock.slept.clear()
        error, state = await run()
        assert (type(error), state) == (NotInReply, "in_flight")
        assert RESULT_PATIENCE_S <= sum(clock.slept) < RESULT_PATIENCE_S + 20
        assert error.code == "not_in_reply"
        assert error.request_id == "r-1"
        said = str(error)
        assert "request r-1 of fal-ai/kling-video/o1/standard/reference-to-video is done" in said
        assert "at most $0.25" in said
        assert "run again: shotgraph first asks fal for the reply again" in said
        assert "--buy-again" in said
    scripted_fal.results.clear()
    assert await run() == ("resumed", "succeeded")
    assert scripted_fal.submits == 1


async def test_one_answer_without_the_clip_among_others_is_not_believed(
    scripted_fal: StandIn, run: Callable[[], Any]
) -> None:
    scripted_fal.results = [BAD_GATEWAY, reply(200, {"images": [{"url": "http://x"}]})] * 99
    error, state = await run()
    assert (type(error), state) == (StillOnRecord, "in_flight")


async def test_a_record_of_an_older_shotgraph_without_a_clip_is_asked_for_again(
    scripted_fal: StandIn,
    session: Callable[..., Session],
    run: Callable[[], Any],
    clock: SteppingClock,
) -> None:
    scripted_fal.results = [TOO_EARLY["202 in words"]] * 1000
    await run()
    ledger, job = session().ledger, job_of(Shot(prompt="a sea"), "scripted")
    old = Ended(at=clock.now(), succeeded=True, output={"status": "IN_PROGRESS"})
    await ledger.record(await ledger.latest(job.key), old)
    error, state = await run()
    assert (type(error), state) == (StillOnRecord, "succeeded")
    scripted_fal.results = [reply(200, {})] * 1000
    error, state = await run()
    assert (type(error), state) == (NotInReply, "succeeded")
    scripted_fal.results = [reply(422, TYPED)] * 1000
    error, state = await run()
    assert "--buy-again" in str(error)
    scripted_fal.results = [reply(200, {})] * 3
    assert await run() == ("resumed", "succeeded")
    scripted_fal.heard.clear()
    assert await run() == ("cached", "succeeded")
    assert scripted_fal.heard == [], "what was found is kept"


async def test_fal_is_not_said_to_have_drawn_what_names_no_clip(
    scripted_fal: StandIn,
    session: Callable[..., Session],
    run: Callable[[], Any],
    clock: SteppingClock,
) -> None:
    scripted_fal.results = [TOO_EARLY["202 in words"]] * 1000
    await run()
    bases = bases_at(scripted_fal.root)
    fal = FalConnection(bases, SecretStr("canary-id:canary-secret"), "scripted")
    asks = replace(session(), fal=fal)
    attempt = await asks.ledger.latest(job_of(Shot(prompt="a sea"), "scripted").key)
    asked = CancelAsked(at=clock.now(), reply="")
    attempt = await asks.ledger.record(attempt, asked)
    scripted_fal.results = [reply(200, {})] * 1000
    assert "fal did not answer the question about its status" in await ask_how_it_ended(
        asks, attempt
    )
    assert (await asks.ledger.latest(attempt.key)).state == "in_flight"


def elsewhere(root: str) -> dict[str, Any]:
    video = {"url": f"{root}/cdn/x.mp4", "content_type": "video/mp4"}
    return {
        "video[0]": {"video": [video]},
        "videos[0]": {"videos": [{"url": video["url"]}]},
        "data.video": {"data": {"video": video}, "cover": {"url": f"{root}/cdn/x.png"}},
        "response.video": {"status": "COMPLETED", "response": {"video": video}},
        "payload.video": {"payload": {"video": video}, "again": video},
        "made": {"made": {"url": f"{root}/cdn/x", "file_name": "out.MP4"}, "log": {"url": root}},
        "clip": {"clip": {"url": f"{root}/cdn/x"}},
    }


@pytest.mark.parametrize("path", elsewhere(""))
async def test_the_one_clip_of_an_answer_is_taken_wherever_it_is(
    path: str, scripted_fal: StandIn, run: Callable[[], Any], said: list[str]
) -> None:
    scripted_fal.results = [reply(200, elsewhere(scripted_fal.root)[path])]
    assert await run() == ("ran", "succeeded")
    assert any(
        f'has no "video"; its only video is used instead, at "{path}"' in line for line in said
    )
    assert await run() == ("cached", "succeeded")


async def test_of_several_clips_none_is_taken_and_all_are_named(
    scripted_fal: StandIn, run: Callable[[], Any], session: Callable[..., Session]
) -> None:
    several = {"videos": [{"url": f"{scripted_fal.root}/cdn/{name}.mp4?sig=abc"} for name in "xy"]}
    scripted_fal.results = [reply(200, several)] * 1000
    error, state = await run()
    assert (type(error), state) == (NotInReply, "succeeded")
    for name in "xy":
        assert f"{scripted_fal.root}/cdn/{name}.mp4" in str(error)
    assert "sig=abc" not in str(error)
    assert "no single video that could be the output" in str(error)
    attempt = await session().ledger.latest(job_of(Shot(prompt="a sea"), "scripted").key)
    assert f"{scripted_fal.root}/cdn/y.mp4" in str(attempt.find(Ended)), "they are on record"
    scripted_fal.results.clear()
    assert await run() == ("resumed", "succeeded")
    assert scripted_fal.submits == 1


async def test_what_was_sent_is_not_taken_for_what_was_made() -> None:
    sent = {"url": "https://a/shot.mp4", "content_type": "video/mp4"}
    assert only_file({"input": {"video": sent}}, "video") == ("input.video", sent["url"])
    assert only_file({"input": {"video": sent}}, "video", [sent["url"]]) is None
    made = {"input": {"video": sent}, "out": {"url": "https://a/made.mp4"}}
    assert only_file(made, "video", [sent["url"]]) == ("out", "https://a/made.mp4")
