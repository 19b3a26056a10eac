"""What ends a job that was paid for, and what only stands between fal and us."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from pydantic import SecretStr

from shotgraph.endpoints.endpoint import only_file
from shotgraph.errors import Refused, ShotgraphError
from shotgraph.money.buy import buy
from shotgraph.money.cancel import ask_how_it_ended
from shotgraph.money.connection import FalConnection
from shotgraph.money.events import CancelAsked, Ended
from shotgraph.money.follow import (
    RESULT_PATIENCE_S,
    TIMES_MISSING,
    TIMES_STATED,
    Gone,
    StillOnRecord,
)
from shotgraph.money.keep import NotInReply
from shotgraph.money.session import Session
from tests.crash.one_run import job_of
from tests.crash.order import Shot
from tests.money.clocks import SteppingClock
from tests.money.scripted import Heard, ScriptedServer, bases_at, reply

DONE = reply(200, {"status": "COMPLETED"})
DRAWING = reply(202, {"status": "IN_PROGRESS"})
TYPED = {"detail": [{"loc": ["body"], "msg": "no", "type": "content_policy_violation"}]}


@dataclass
class StandIn:
    """A fal that takes jobs, and says of them what a test wants.

    Attributes:
        statuses: What it says first; then, that the job is done.
        results: The same of the result; then, the film.
    """

    film: bytes
    statuses: list[bytes] = field(default_factory=list)
    results: list[bytes] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    root: str = ""

    def __call__(self, heard: Heard) -> bytes:
        path = heard.path.partition("?")[0]
        what = next(
            (word for word in ("stream", "status", "requests") if f"/{word}" in path), heard.method
        )
        self.heard.append(what)
        match what:
            case "POST":
                return reply(200, {"request_id": f"r-{self.heard.count('POST')}"})
            case "stream":
                return reply(404)
            case "status":
                return self.statuses.pop(0) if self.statuses else DONE
            case "requests":
                done = reply(200, {"video": {"url": f"{self.root}/cdn/x.mp4"}})
                return self.results.pop(0) if self.results else done
            case _:
                return reply(200, self.film)

    @property
    def submits(self) -> int:
        return self.heard.count("POST")


@pytest.fixture
async def stand_in(clip: Any) -> AsyncIterator[StandIn]:
    answer = StandIn(clip.read_bytes())
    async with ScriptedServer(answer) as listening:
        answer.root = listening.root
        yield answer


@pytest.fixture
def run(
    stand_in: StandIn, session: Callable[..., Session], clock: SteppingClock
) -> Callable[[], Any]:
    """Buy one job; gives how this run came by it, or the error, and what the ledger says."""
    bases = bases_at(stand_in.root)
    fal = FalConnection(bases, SecretStr("canary-id:canary-secret"), "scripted")
    job = job_of(Shot(prompt="a sea"), fal.backend)
    bought = replace(session(), fal=fal)

    async def once() -> tuple[str | ShotgraphError, str]:
        try:
            how: str | ShotgraphError = (await buy(bought, job)).how
        except ShotgraphError as error:
            how = error
        return how, (await bought.ledger.latest(job.key)).state

    return once


BETWEEN = {
    "400 still in progress": reply(400, {"detail": "Request is still in progress"}),
    **{
        str(code): reply(code, {"detail": "said"}, location="/elsewhere")
        for code in (301, 302, 303, 307, 308, 402, 404, 405, 408, 409, 410, 418, 425, 429, 451)
    },
    **{f"{code} in words": reply(code, {"detail": "said"}) for code in (400, 422, 499, 500, 503)},
    "502 by nginx": reply(502, b"<h1>nginx</h1>"),
    "429 with Retry-After": reply(429, {"detail": "said"}, retry_after="60"),
    "429 typed": reply(429, TYPED),
    "200 and a list": reply(200, []),
    "200 and half": reply(200, b'{"video": '),
    "200 and nothing": reply(200),
    "nothing": b"",
}


FOR_GOOD = ("400 still in progress", "307", "405", "409", "429 typed", "200 and a list", "nothing")


@pytest.mark.parametrize("name", FOR_GOOD)
async def test_what_stands_between_ends_nothing(
    name: str, stand_in: StandIn, run: Callable[[], Any], clock: SteppingClock
) -> None:
    stand_in.results = [BETWEEN[name]] * 1000
    error, state = await run()
    assert isinstance(error, StillOnRecord), error
    assert state == "in_flight"
    assert RESULT_PATIENCE_S <= sum(clock.slept) < RESULT_PATIENCE_S + 20
    assert len(clock.slept) < 25
    assert error.request_id == "r-1"
    assert "r-1 is done, and its result could not be read for 2 minutes" in str(error)
    stand_in.results.clear()
    assert await run() == ("resumed", "succeeded")
    assert stand_in.submits == 1


@pytest.mark.parametrize("name", BETWEEN)
async def test_what_stands_between_for_a_moment_is_not_even_noticed(
    name: str, stand_in: StandIn, run: Callable[[], Any]
) -> None:
    stand_in.results = [BETWEEN[name]]
    assert await run() == ("ran", "succeeded")
    assert (stand_in.submits, stand_in.heard.count("requests")) == (1, 2)


async def test_a_done_that_comes_too_early_leads_back_to_the_status(
    stand_in: StandIn, run: Callable[[], Any], clock: SteppingClock
) -> None:
    early = BETWEEN["400 still in progress"]
    stand_in.statuses = [DRAWING, DONE, *[DRAWING] * 40]
    stand_in.results = [early]
    assert await run() == ("ran", "succeeded")
    assert sum(clock.slept) > 2 * RESULT_PATIENCE_S, "it is drawn, and waited for"
    assert (stand_in.submits, stand_in.heard.count("requests")) == (1, 2)


async def test_the_patience_with_a_result_begins_anew_when_the_job_goes_on(
    stand_in: StandIn, run: Callable[[], Any]
) -> None:
    early = BETWEEN["400 still in progress"]
    stand_in.statuses = ([DONE] * 5 + [DRAWING]) * 8
    stand_in.results = [early] * 40
    assert await run() == ("ran", "succeeded")


ENDS: dict[str, tuple[bytes, str]] = {
    "422 typed": (reply(422, TYPED), "refused by the model"),
    "500 with a header": (reply(500, X_Fal_Error_Type="internal_server_error"), "not billed"),
    "503 flat": (reply(503, {"detail": "x", "error_type": "runner_disconnected"}), "not billed"),
    "499 flat": (reply(499, {"detail": "x", "error_type": "client_cancelled"}), "was cancelled"),
}


@pytest.mark.parametrize("name", ENDS)
async def test_the_models_own_word_ends_a_job_when_it_is_said_twice(
    name: str, stand_in: StandIn, run: Callable[[], Any]
) -> None:
    ended, said = ENDS[name]
    stand_in.results = [ended] * 2
    error, state = await run()
    assert state == "failed"
    assert said in str(error)
    assert stand_in.heard.count("requests") == 2
    assert await run() == ("ran", "succeeded")
    assert stand_in.submits == 2


@pytest.mark.parametrize("name", ENDS)
async def test_said_once_it_may_be_a_slip(
    name: str, stand_in: StandIn, run: Callable[[], Any]
) -> None:
    stand_in.results = [ENDS[name][0], BETWEEN["405"], ENDS[name][0]]
    assert await run() == ("ran", "succeeded")
    assert stand_in.submits == 1


STATED = reply(
    200, {"status": "COMPLETED", "error": "It was refused.", "error_type": "value_error"}
)


async def test_what_the_status_states_too_is_believed_at_once(
    stand_in: StandIn, run: Callable[[], Any]
) -> None:
    stand_in.statuses, stand_in.results = [STATED], [reply(422, TYPED)]
    error, state = await run()
    assert (type(error), state) == (Refused, "failed")
    assert stand_in.heard.count("requests") == 1


@pytest.mark.parametrize("name", ["405", "404", "200 and half", "502 by nginx"])
async def test_what_the_status_states_is_believed_where_the_result_never_comes(
    name: str, stand_in: StandIn, run: Callable[[], Any]
) -> None:
    stand_in.statuses, stand_in.results = [STATED] * 9, [BETWEEN[name]] * 9
    error, state = await run()
    assert (type(error), state) == (Refused, "failed")
    assert "value_error: It was refused." in str(error)
    assert stand_in.heard.count("requests") == TIMES_STATED


async def test_a_film_is_a_film_whatever_the_status_states(
    stand_in: StandIn, run: Callable[[], Any]
) -> None:
    stand_in.statuses, stand_in.results = [STATED] * 9, [BETWEEN["502 by nginx"]]
    assert await run() == ("ran", "succeeded")


@pytest.mark.parametrize("name", ["404", "410"])
async def test_a_result_that_fal_does_not_know_is_gone_when_that_is_said_four_times(
    name: str, stand_in: StandIn, run: Callable[[], Any]
) -> None:
    stand_in.results = [BETWEEN[name]] * TIMES_MISSING
    error, state = await run()
    assert (type(error), state) == (Gone, "in_flight")
    assert "not bought again" in str(error)
    assert stand_in.heard.count("requests") == TIMES_MISSING
    assert stand_in.submits == 1


async def test_404s_of_a_result_that_are_not_in_a_row_do_not_add_up(
    stand_in: StandIn, run: Callable[[], Any]
) -> None:
    three = [BETWEEN["404"]] * (TIMES_MISSING - 1)
    stand_in.results = [*three, BETWEEN["502 by nginx"], *three]
    assert await run() == ("ran", "succeeded")


async def test_a_cancellation_of_ours_that_fal_confirms_ends_a_job_and_it_is_bought_anew(
    stand_in: StandIn, session: Callable[..., Session], run: Callable[[], Any], clock: SteppingClock
) -> None:
    cancelled = reply(499, b"<h1>client closed request</h1>")
    stand_in.results = [cancelled] * 1000
    error, state = await run()
    assert (type(error), state) == (StillOnRecord, "in_flight"), "nobody asked for that"
    job = job_of(Shot(prompt="a sea"), "scripted")
    attempt = await session().ledger.latest(job.key)
    await session().ledger.record(attempt, CancelAsked(at=clock.now(), reply="OK"))
    stand_in.results = [cancelled] * 2
    assert await run() == ("ran", "succeeded")
    assert stand_in.submits == 2


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
    name: str, stand_in: StandIn, run: Callable[[], Any]
) -> None:
    early = TOO_EARLY[name] if name in TOO_EARLY else reply(200, LACKING[name])
    stand_in.results = [early] * 5
    assert await run() == ("ran", "succeeded")
    assert (stand_in.submits, stand_in.heard.count("requests")) == (1, 6)


@pytest.mark.parametrize("name", TOO_EARLY)
async def test_a_status_in_place_of_the_result_leads_back_to_the_status(
    name: str, stand_in: StandIn, run: Callable[[], Any], clock: SteppingClock
) -> None:
    stand_in.statuses = [DRAWING, DONE, *[DRAWING] * 40]
    stand_in.results = [TOO_EARLY[name]]
    assert await run() == ("ran", "succeeded")
    assert sum(clock.slept) > 2 * RESULT_PATIENCE_S, "it is drawn, and waited for"
    stand_in.heard.clear()


async def test_a_status_in_place_of_the_result_stays_on_record(
    stand_in: StandIn, run: Callable[[], Any]
) -> None:
    stand_in.results = [TOO_EARLY["202 and a status"]] * 1000
    error, state = await run()
    assert (type(error), state) == (StillOnRecord, "in_flight")
    assert "HTTP 202: it is IN_PROGRESS" in str(error)
    stand_in.results.clear()
    assert await run() == ("resumed", "succeeded")
    assert stand_in.submits == 1


@pytest.mark.parametrize("name", LACKING)
async def test_an_answer_that_never_names_the_clip_ends_the_run_and_not_the_job(
    name: str, stand_in: StandIn, run: Callable[[], Any], clock: SteppingClock
) -> None:
    stand_in.results = [reply(200, LACKING[name])] * 1000
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
        assert "run again, and fal is asked for it once more" in said
        assert "--buy-again" in said
    stand_in.results.clear()
    assert await run() == ("resumed", "succeeded")
    assert stand_in.submits == 1


async def test_one_answer_without_the_clip_among_others_is_not_believed(
    stand_in: StandIn, run: Callable[[], Any]
) -> None:
    stand_in.results = [BETWEEN["502 by nginx"], reply(200, {"images": [{"url": "http://x"}]})] * 99
    error, state = await run()
    assert (type(error), state) == (StillOnRecord, "in_flight")


async def test_a_record_of_an_older_shotgraph_without_a_clip_is_asked_for_again(
    stand_in: StandIn, session: Callable[..., Session], run: Callable[[], Any], clock: SteppingClock
) -> None:
    stand_in.results = [TOO_EARLY["202 in words"]] * 1000
    await run()
    ledger, job = session().ledger, job_of(Shot(prompt="a sea"), "scripted")
    old = Ended(at=clock.now(), succeeded=True, output={"status": "IN_PROGRESS"})
    await ledger.record(await ledger.latest(job.key), old)
    error, state = await run()
    assert (type(error), state) == (StillOnRecord, "succeeded")
    stand_in.results = [reply(200, {})] * 1000
    error, state = await run()
    assert (type(error), state) == (NotInReply, "succeeded")
    stand_in.results = [reply(422, TYPED)] * 1000
    error, state = await run()
    assert "--buy-again" in str(error)
    stand_in.results = [reply(200, {})] * 3
    assert await run() == ("resumed", "succeeded")
    stand_in.heard.clear()
    assert await run() == ("cached", "succeeded")
    assert stand_in.heard == [], "what was found is kept"


async def test_fal_is_not_said_to_have_drawn_what_names_no_clip(
    stand_in: StandIn, session: Callable[..., Session], run: Callable[[], Any], clock: SteppingClock
) -> None:
    stand_in.results = [TOO_EARLY["202 in words"]] * 1000
    await run()
    bases = bases_at(stand_in.root)
    fal = FalConnection(bases, SecretStr("canary-id:canary-secret"), "scripted")
    asks = replace(session(), fal=fal)
    attempt = await asks.ledger.latest(job_of(Shot(prompt="a sea"), "scripted").key)
    asked = CancelAsked(at=clock.now(), reply="")
    attempt = await asks.ledger.record(attempt, asked)
    stand_in.results = [reply(200, {})] * 1000
    assert "fal did not say how it is" in await ask_how_it_ended(asks, attempt)
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
    path: str, stand_in: StandIn, run: Callable[[], Any], said: list[str]
) -> None:
    stand_in.results = [reply(200, elsewhere(stand_in.root)[path])]
    assert await run() == ("ran", "succeeded")
    assert any(
        f'has no "video"; the one video in it is taken, which is at "{path}"' in line
        for line in said
    )
    assert await run() == ("cached", "succeeded")


async def test_of_several_clips_none_is_taken_and_all_are_named(
    stand_in: StandIn, run: Callable[[], Any], session: Callable[..., Session]
) -> None:
    several = {"videos": [{"url": f"{stand_in.root}/cdn/{name}.mp4?sig=abc"} for name in "xy"]}
    stand_in.results = [reply(200, several)] * 1000
    error, state = await run()
    assert (type(error), state) == (NotInReply, "succeeded")
    for name in "xy":
        assert f"{stand_in.root}/cdn/{name}.mp4" in str(error)
    assert "sig=abc" not in str(error)
    assert "not one video that could be meant" in str(error)
    attempt = await session().ledger.latest(job_of(Shot(prompt="a sea"), "scripted").key)
    assert f"{stand_in.root}/cdn/y.mp4" in str(attempt.find(Ended)), "they are on record"
    stand_in.results.clear()
    assert await run() == ("resumed", "succeeded")
    assert stand_in.submits == 1


async def test_what_was_sent_is_not_taken_for_what_was_made() -> None:
    sent = {"url": "https://a/shot.mp4", "content_type": "video/mp4"}
    assert only_file({"input": {"video": sent}}, "video") == ("input.video", sent["url"])
    assert only_file({"input": {"video": sent}}, "video", [sent["url"]]) is None
    made = {"input": {"video": sent}, "out": {"url": "https://a/made.mp4"}}
    assert only_file(made, "video", [sent["url"]]) == ("out", "https://a/made.mp4")
