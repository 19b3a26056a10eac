"""What ends a job that was paid for, and what only stands between fal and us."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from shotgraph.errors import Refused
from shotgraph.money.events import CancelAsked
from shotgraph.money.follow import (
    RESULT_PATIENCE_S,
    TIMES_MISSING,
    TIMES_STATED,
    Gone,
    StillOnRecord,
)
from shotgraph.money.session import Session
from tests.crash.one_run import job_of
from tests.crash.order import Shot
from tests.money.clocks import SteppingClock
from tests.money.scripted import reply
from tests.money.stand_in import DONE, DRAWING, TYPED, StandIn

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
    name: str, scripted_fal: StandIn, run: Callable[[], Any], clock: SteppingClock
) -> None:
    scripted_fal.results = [BETWEEN[name]] * 1000
    error, state = await run()
    assert isinstance(error, StillOnRecord), error
    assert state == "in_flight"
    assert RESULT_PATIENCE_S <= sum(clock.slept) < RESULT_PATIENCE_S + 20
    assert len(clock.slept) < 25
    assert error.request_id == "r-1"
    assert "r-1 is done, but its result could not be read for 2 minutes" in str(error)
    scripted_fal.results.clear()
    assert await run() == ("resumed", "succeeded")
    assert scripted_fal.submits == 1


@pytest.mark.parametrize("name", BETWEEN)
async def test_what_stands_between_for_a_moment_is_not_even_noticed(
    name: str, scripted_fal: StandIn, run: Callable[[], Any]
) -> None:
    scripted_fal.results = [BETWEEN[name]]
    assert await run() == ("ran", "succeeded")
    assert (scripted_fal.submits, scripted_fal.heard.count("requests")) == (1, 2)


async def test_a_done_that_comes_too_early_leads_back_to_the_status(
    scripted_fal: StandIn, run: Callable[[], Any], clock: SteppingClock
) -> None:
    early = BETWEEN["400 still in progress"]
    scripted_fal.statuses = [DRAWING, DONE, *[DRAWING] * 40]
    scripted_fal.results = [early]
    assert await run() == ("ran", "succeeded")
    assert sum(clock.slept) > 2 * RESULT_PATIENCE_S, "it is drawn, and waited for"
    assert (scripted_fal.submits, scripted_fal.heard.count("requests")) == (1, 2)


async def test_the_patience_with_a_result_begins_anew_when_the_job_goes_on(
    scripted_fal: StandIn, run: Callable[[], Any]
) -> None:
    early = BETWEEN["400 still in progress"]
    scripted_fal.statuses = ([DONE] * 5 + [DRAWING]) * 8
    scripted_fal.results = [early] * 40
    assert await run() == ("ran", "succeeded")


ENDS: dict[str, tuple[bytes, str]] = {
    "422 typed": (reply(422, TYPED), "refused by the model"),
    "500 with a header": (reply(500, X_Fal_Error_Type="internal_server_error"), "not billed"),
    "503 flat": (reply(503, {"detail": "x", "error_type": "runner_disconnected"}), "not billed"),
    "422 flat": (
        reply(422, {"detail": "x", "error_type": "content_policy_violation"}),
        "refused by the model",
    ),
    "499 flat": (reply(499, {"detail": "x", "error_type": "client_cancelled"}), "was cancelled"),
}


@pytest.mark.parametrize("name", ENDS)
async def test_the_models_own_word_ends_a_job_when_it_is_said_twice(
    name: str, scripted_fal: StandIn, run: Callable[[], Any]
) -> None:
    ended, said = ENDS[name]
    scripted_fal.results = [ended] * 2
    error, state = await run()
    assert state == "failed"
    assert said in str(error)
    assert scripted_fal.heard.count("requests") == 2
    assert await run() == ("ran", "succeeded")
    assert scripted_fal.submits == 2


BILLED = {
    "500 with a header": reply(
        500, X_Fal_Error_Type="internal_error", X_Fal_Retryable="true", X_Fal_Billable_Units="5"
    ),
    "503 flat": reply(
        503, {"detail": "x", "error_type": "runner_disconnected"}, X_Fal_Billable_Units="5"
    ),
    "400 that may be tried again": reply(
        400, X_Fal_Error_Type="bad_request", X_Fal_Retryable="1", X_Fal_Billable_Units="5"
    ),
    "422 typed": reply(422, TYPED, X_Fal_Billable_Units="5"),
    "499 flat": reply(
        499, {"detail": "x", "error_type": "client_cancelled"}, X_Fal_Billable_Units="5.0"
    ),
}


@pytest.mark.parametrize("name", BILLED)
async def test_a_failure_that_was_billed_is_not_tried_again_and_its_sum_is_named(
    name: str, scripted_fal: StandIn, run: Callable[[], Any], said: list[str]
) -> None:
    """A further try costs the same once more, and the plan announced only one."""
    scripted_fal.results = [BILLED[name]] * 2
    error, state = await run()
    assert (type(error), state) == (Refused, "failed"), error
    assert (error.request_id, error.cost_usd) == ("r-1", Decimal("0.420"))
    assert "and fal billed 5 units for it all the same: $0.420. It was not tried again" in str(
        error
    )
    assert "not billed" not in str(error)
    assert await run() == ("ran", "succeeded")
    assert "a sea: the job failed at fal before, for $0.420, and is bought again" in "; ".join(said)


async def test_a_billed_failure_that_only_the_status_states_is_not_tried_again_either(
    scripted_fal: StandIn, run: Callable[[], Any]
) -> None:
    left = {"status": "COMPLETED", "error": "It left.", "error_type": "runner_disconnected"}
    scripted_fal.statuses = [reply(200, left)] * TIMES_STATED
    scripted_fal.results = [reply(502, X_Fal_Billable_Units="5")] * TIMES_STATED
    error, state = await run()
    assert (type(error), state) == (Refused, "failed"), error
    assert error.cost_usd == Decimal("0.420")


@pytest.mark.parametrize("name", ENDS)
async def test_said_once_it_may_be_a_slip(
    name: str, scripted_fal: StandIn, run: Callable[[], Any]
) -> None:
    scripted_fal.results = [ENDS[name][0], BETWEEN["405"], ENDS[name][0]]
    assert await run() == ("ran", "succeeded")
    assert scripted_fal.submits == 1


STATED = reply(
    200, {"status": "COMPLETED", "error": "It was refused.", "error_type": "value_error"}
)


async def test_what_the_status_states_too_is_believed_at_once(
    scripted_fal: StandIn, run: Callable[[], Any]
) -> None:
    scripted_fal.statuses, scripted_fal.results = [STATED], [reply(422, TYPED)]
    error, state = await run()
    assert (type(error), state) == (Refused, "failed")
    assert scripted_fal.heard.count("requests") == 1


@pytest.mark.parametrize("name", ["405", "404", "200 and half", "502 by nginx"])
async def test_what_the_status_states_is_believed_where_the_result_never_comes(
    name: str, scripted_fal: StandIn, run: Callable[[], Any]
) -> None:
    scripted_fal.statuses, scripted_fal.results = [STATED] * 9, [BETWEEN[name]] * 9
    error, state = await run()
    assert (type(error), state) == (Refused, "failed")
    assert "value_error: It was refused." in str(error)
    assert scripted_fal.heard.count("requests") == TIMES_STATED


async def test_a_film_is_a_film_whatever_the_status_states(
    scripted_fal: StandIn, run: Callable[[], Any]
) -> None:
    scripted_fal.statuses, scripted_fal.results = [STATED] * 9, [BETWEEN["502 by nginx"]]
    assert await run() == ("ran", "succeeded")


@pytest.mark.parametrize("name", ["404", "410"])
async def test_a_result_that_fal_does_not_know_is_gone_when_that_is_said_four_times(
    name: str, scripted_fal: StandIn, run: Callable[[], Any]
) -> None:
    scripted_fal.results = [BETWEEN[name]] * TIMES_MISSING
    error, state = await run()
    assert (type(error), state) == (Gone, "in_flight")
    assert "not bought again" in str(error)
    assert scripted_fal.heard.count("requests") == TIMES_MISSING
    assert scripted_fal.submits == 1


async def test_404s_of_a_result_that_are_not_in_a_row_do_not_add_up(
    scripted_fal: StandIn, run: Callable[[], Any]
) -> None:
    three = [BETWEEN["404"]] * (TIMES_MISSING - 1)
    scripted_fal.results = [*three, BETWEEN["502 by nginx"], *three]
    assert await run() == ("ran", "succeeded")


async def test_a_cancellation_of_ours_that_fal_confirms_ends_a_job_and_it_is_bought_anew(
    scripted_fal: StandIn,
    session: Callable[..., Session],
    run: Callable[[], Any],
    clock: SteppingClock,
) -> None:
    cancelled = reply(499, b"<h1>client closed request</h1>")
    scripted_fal.results = [cancelled] * 1000
    error, state = await run()
    assert (type(error), state) == (StillOnRecord, "in_flight"), "nobody asked for that"
    job = job_of(Shot(prompt="a sea"), "scripted")
    attempt = await session().ledger.latest(job.key)
    await session().ledger.record(attempt, CancelAsked(at=clock.now(), reply="OK"))
    scripted_fal.results = [cancelled] * 2
    assert await run() == ("ran", "succeeded")
    assert scripted_fal.submits == 2


async def test_a_cancellation_of_ours_that_fal_billed_is_not_bought_anew_by_itself(
    scripted_fal: StandIn,
    session: Callable[..., Session],
    run: Callable[[], Any],
    clock: SteppingClock,
) -> None:
    scripted_fal.results = [BETWEEN["400 still in progress"]] * 1000
    await run()
    job = job_of(Shot(prompt="a sea"), "scripted")
    attempt = await session().ledger.latest(job.key)
    await session().ledger.record(attempt, CancelAsked(at=clock.now(), reply="OK"))
    scripted_fal.results = [reply(499, b"", X_Fal_Billable_Units="5")] * 2
    error, state = await run()
    assert (type(error), state, scripted_fal.submits) == (Refused, "failed", 1)
    assert "was cancelled at fal (499" in str(error)
    assert "5 units for it all the same: $0.420" in str(error)


UNTYPED = {
    "text": ({"detail": "prompt too long"}, "prompt too long"),
    "object": ({"detail": {"message": "nope", "type": "value_error"}}, "nope"),
    "empty list": ({"detail": []}, "does not say why"),
    "no type": ({"detail": [{"loc": ["body"], "msg": "field required", "input": "a sea"}]}, "req"),
    "strings": ({"detail": ["no"]}, "422: no"),
    "a type of its own": ({"detail": "nope", "error_type": "frobnicated"}, "nope; frobnicated"),
}


@pytest.mark.parametrize("name", UNTYPED)
async def test_a_422_without_a_type_ends_a_job_when_it_says_the_same_four_times(
    name: str, scripted_fal: StandIn, run: Callable[[], Any]
) -> None:
    body, _ = UNTYPED[name]
    scripted_fal.results = [reply(422, body)] * (TIMES_STATED - 1) + [BETWEEN["405"]]
    assert await run() == ("ran", "succeeded")


@pytest.mark.parametrize("name", UNTYPED)
async def test_a_422_without_a_type_is_the_models_word_in_the_end(
    name: str, scripted_fal: StandIn, run: Callable[[], Any], clock: SteppingClock
) -> None:
    body, words = UNTYPED[name]
    scripted_fal.results = [reply(422, body)] * 1000
    error, state = await run()
    assert (type(error), state) == (Refused, "failed")
    assert error.exit_code == 4
    assert error.request_id == "r-1"
    assert words in str(error)
    assert "(a sea" not in str(error), "what was sent is not echoed"
    assert scripted_fal.heard.count("requests") == TIMES_STATED
    assert scripted_fal.submits == 1


@pytest.mark.parametrize("body", [b"<html>Unprocessable</html>", {"status": 422}, ["no"]])
async def test_a_422_that_is_none_of_fals_ends_nothing(
    body: Any, scripted_fal: StandIn, run: Callable[[], Any]
) -> None:
    scripted_fal.results = [reply(422, body)] * 1000
    error, state = await run()
    assert (type(error), state) == (StillOnRecord, "in_flight")


async def test_a_422_that_says_another_thing_each_time_ends_nothing(
    scripted_fal: StandIn, run: Callable[[], Any]
) -> None:
    scripted_fal.results = [reply(422, {"detail": f"at {number}"}) for number in range(99)]
    error, state = await run()
    assert (type(error), state) == (StillOnRecord, "in_flight")


async def test_a_job_whose_status_is_never_read_is_said_to_be_so(
    scripted_fal: StandIn, run: Callable[[], Any]
) -> None:
    scripted_fal.statuses = [BETWEEN["502 by nginx"]] * 2000
    error, state = await run()
    assert (type(error), state) == (StillOnRecord, "in_flight")
    assert "the status of request r-1 can't be read (last: HTTP 502: a body that" in str(error)
    assert "although shotgraph asked for 90 minutes" in str(error)
