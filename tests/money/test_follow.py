"""A job on record, followed to its end: how often fal is asked, and what its answers mean."""

import itertools
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from shotgraph.errors import Ambiguous, Refused, Retryable, ShotgraphError, Terminal
from shotgraph.money.connection import FalConnection
from shotgraph.money.events import Accepted
from shotgraph.money.follow import (
    PATIENCE_S,
    TIMES_MISSING,
    Gone,
    Outcome,
    StillOnRecord,
    follow,
    pauses,
)
from shotgraph.money.submit import request_by_id, submit_once
from shotgraph.money.windows import Windows
from tests.money.clocks import SteppingClock
from tests.money.scripted import Heard, ScriptedServer, reply
from tests.rehearsal.client import EDIT, Client

BODY = {"prompt": "dusk", "video_url": "https://example.com/none.mp4"}


async def submit(fal: FalConnection, clock: SteppingClock) -> Accepted:
    return await submit_once(
        fal, EDIT, BODY, what="dusk", clock=clock, windows=Windows(), send_by=clock.monotonic() + 30
    )


async def see_through(
    fal: FalConnection, clock: SteppingClock, said: list[str], accepted: Accepted | None = None
) -> Outcome:
    accepted = accepted or await submit(fal, clock)
    return await follow(accepted, fal, what="dusk", clock=clock, say=said.append)


def test_pauses_grow_up_to_ten_seconds() -> None:
    first = list(itertools.islice(pauses(), 20))
    assert first[:3] == pytest.approx([0.5, 0.7, 0.98])
    assert all(later > earlier for earlier, later in itertools.pairwise(first[:9]))
    assert set(first[9:]) == {10.0}


@pytest.mark.slow
async def test_fal_is_asked_after_each_pause_and_not_more_often(
    server: Client, fal: FalConnection, clock: SteppingClock, said: list[str]
) -> None:
    await server.fault("hold", state="IN_QUEUE")
    with pytest.raises(StillOnRecord, match="nothing is bought twice") as caught:
        await see_through(fal, clock, said)
    assert isinstance(caught.value, Ambiguous)
    assert str(caught.value.request_id) in str(caught.value)
    assert clock.slept == list(itertools.islice(pauses(), len(clock.slept)))
    assert PATIENCE_S <= sum(clock.slept) < PATIENCE_S + 10
    counts = (await server.book())["counts"]
    assert counts["polls"] == len(clock.slept) + 1
    assert counts.get("results", 0) == 0
    # fal-client's own pauses of 0.1 s would have asked 54,000 times.
    assert counts["polls"] < 560
    assert said == ["dusk: in fal's queue, 0 ahead"]


@pytest.mark.slow
async def test_each_line_of_its_log_is_said_once(
    server: Client, fal: FalConnection, clock: SteppingClock, said: list[str]
) -> None:
    await server.fault("hold", state="IN_PROGRESS")
    with pytest.raises(StillOnRecord):
        await see_through(fal, clock, said)
    assert len(said) == len(set(said))
    assert "dusk: fal says: Runner is ready" in said
    assert "dusk: being drawn" in said


FAILURES: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"kind": "fail", "status": 422, "error_type": "content_policy_violation"}, Refused, "422"),
    ({"kind": "fail", "status": 422, "error_type": "value_error"}, Refused, "422"),
    ({"kind": "fail", "status": 422, "retryable": True}, Refused, "may have been billed"),
    ({"kind": "fail", "status": 500, "retryable": True}, Retryable, "not billed"),
    ({"kind": "fail", "status": 500, "retryable": False}, Refused, "not billed"),
    ({"kind": "fail", "status": 500}, Refused, "a later run tries again"),
    ({"kind": "fail", "status": 504, "error_type": "generation_timeout"}, Refused, "504"),
    (
        {"kind": "fail", "status": 504, "error_type": "generation_timeout", "retryable": True},
        Retryable,
        "504",
    ),
    (
        {"kind": "fail", "status": 400, "error_type": "downstream_service_error"},
        Refused,
        "may have been billed",
    ),
    (
        {"kind": "fail", "status": 400, "error_type": "downstream_service_error"}
        | {"retryable": True},
        Refused,  # a second try might be billed as well
        "may have been billed",
    ),
    ({"kind": "fail_request", "status": 504, "error_type": "request_timeout"}, Retryable, "504"),
    ({"kind": "fail_request", "status": 503, "error_type": "runner_disconnected"}, Retryable, ""),
    ({"kind": "fail_request", "status": 500, "error_type": "runner_server_error"}, Retryable, ""),
    ({"kind": "fail_request", "status": 500, "error_type": "internal_error"}, Retryable, "500"),
    ({"kind": "fail_request", "status": 500, "error_type": "something_new"}, Refused, "500"),
    ({"kind": "fail_request", "status": 400, "error_type": "bad_request"}, Refused, "400"),
]


@pytest.mark.parametrize(
    ("fault", "kind", "said_of_it"), FAILURES, ids=[f"{n}" for n in range(len(FAILURES))]
)
async def test_failed_jobs_are_sorted(
    server: Client,
    fal: FalConnection,
    clock: SteppingClock,
    said: list[str],
    fault: dict[str, Any],
    kind: type[Exception],
    said_of_it: str,
) -> None:
    await server.fault(**fault)
    outcome = await see_through(fal, clock, said)
    assert outcome.output is None
    assert type(outcome.error) is kind
    assert said_of_it in str(outcome.error)
    assert outcome.billed_units == 0
    assert not outcome.was_cancelled


async def test_an_error_does_not_echo_what_was_sent(
    server: Client, fal: FalConnection, clock: SteppingClock, said: list[str]
) -> None:
    outcome = await see_through(fal, clock, said)
    text = str(outcome.error)
    assert "video_url: file_download_error" in text
    assert "example.com" not in text
    assert BODY["prompt"] not in text.removeprefix("dusk")


async def test_a_job_that_was_cancelled_is_told_from_one_that_failed(
    server: Client, fal: FalConnection, clock: SteppingClock, said: list[str]
) -> None:
    held = await server.fault("hold", state="IN_QUEUE")
    accepted = await submit(fal, clock)
    assert (await server.http.put(accepted.cancel_url)).status_code == 202
    await server.http.delete(f"{server.control}/faults/{held}")
    assert (await see_through(fal, clock, said, accepted)).was_cancelled


async def test_a_request_that_fal_does_not_know_for_a_moment_is_followed(
    server: Client, fal: FalConnection, clock: SteppingClock, said: list[str]
) -> None:
    await server.fault("refuse", at="status", status=404, times=3)
    assert (await see_through(fal, clock, said)).error is not None
    assert said[0] == "dusk: fal did not answer the question about the status; asking again"


async def test_a_request_that_fal_does_not_know_for_good_is_gone(
    server: Client, fal: FalConnection, clock: SteppingClock, said: list[str]
) -> None:
    nowhere = request_by_id(fal, EDIT, "00000000-0000-0000-0000-000000000000", clock)
    with pytest.raises(Gone, match="not bought again") as caught:
        await see_through(fal, clock, said, nowhere)
    assert nowhere.request_id in str(caught.value)
    assert (await server.book())["counts"]["polls"] == 4


UNKNOWN = reply(404, {"status": "NOT_FOUND"})


@pytest.mark.parametrize(
    "between",
    [reply(202, {"status": "IN_QUEUE"}), reply(502, b"<h1>nginx</h1>"), reply(404)],
    ids=["waits", "502", "a gateway's 404"],
)
async def test_404s_that_are_not_in_a_row_do_not_add_up(
    clock: SteppingClock, said: list[str], between: bytes
) -> None:
    three = [UNKNOWN] * (TIMES_MISSING - 1)
    replies = [*three, between, *three, between]
    done = reply(200, {"video": {}})
    async with ScriptedServer(ends_with(done, *replies)) as listening:
        outcome = await see_through(*scripted(listening, clock, said))
    assert outcome.output == {"video": {}}


@pytest.mark.parametrize("times", [TIMES_MISSING - 1, TIMES_MISSING])
async def test_a_result_is_gone_after_404s_in_a_row_and_not_before(
    clock: SteppingClock, said: list[str], times: int
) -> None:
    results = [UNKNOWN] * times

    def answer(heard: Heard) -> bytes:
        if re.search(r"/status(\?|$)", heard.path):
            return reply(200, {"status": "COMPLETED"})
        return results.pop() if results else reply(200, {"video": {}})

    async with ScriptedServer(answer) as listening:
        if times == TIMES_MISSING:
            with pytest.raises(Gone, match="not bought again"):
                await see_through(*scripted(listening, clock, said))
        else:
            outcome = await see_through(*scripted(listening, clock, said))
            assert outcome.output == {"video": {}}


async def test_404s_in_a_row_mean_that_it_is_gone(clock: SteppingClock, said: list[str]) -> None:
    replies = [UNKNOWN] * TIMES_MISSING
    async with ScriptedServer(ends_with(reply(200, {"video": {}}), *replies)) as listening:
        with pytest.raises(Gone, match="not bought again") as caught:
            await see_through(*scripted(listening, clock, said))
    assert caught.value.request_id == "r-1"


@pytest.mark.parametrize("place", ["status", "result"])
async def test_a_key_that_is_no_longer_accepted_leaves_the_job_on_record(
    server: Client, fal: FalConnection, clock: SteppingClock, said: list[str], place: str
) -> None:
    accepted = await submit(fal, clock)
    await server.fault("refuse", at=place, status=401)
    with pytest.raises(Refused, match="The job is on record, and nothing is bought again") as told:
        await see_through(fal, clock, said, accepted)
    assert "othing was bought" not in str(told.value)
    assert told.value.request_id == accepted.request_id


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "truncated"},
        {"kind": "html"},
        {"kind": "status", "status": 500, "body": "nginx"},
        {"kind": "redirect", "target": "http://127.0.0.1:9/elsewhere"},
    ],
    ids=["half", "html", "500", "redirect"],
)
async def test_an_answer_that_can_not_be_read_is_asked_for_again(
    server: Client,
    fal: FalConnection,
    clock: SteppingClock,
    said: list[str],
    fault: dict[str, Any],
) -> None:
    await server.fault(at="result", times=1, **fault)
    assert (await see_through(fal, clock, said)).error is not None
    assert (await server.book())["counts"]["results"] + (fault["kind"] == "refuse") == 2
    assert any("its result can't be read yet" in line for line in said)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "drop"},
        {"kind": "status", "status": 502, "body": "nginx"},
        {"kind": "truncated"},
        {"kind": "stale_status"},
        {"kind": "refuse", "status": 500},
    ],
    ids=["drop", "502", "half", "stale", "500"],
)
async def test_a_question_without_an_answer_is_asked_again(
    server: Client,
    fal: FalConnection,
    clock: SteppingClock,
    said: list[str],
    fault: dict[str, Any],
) -> None:
    await server.fault(at="status", times=1, **fault)
    assert (await see_through(fal, clock, said)).error is not None


def scripted(
    server: ScriptedServer, clock: SteppingClock, said: list[str]
) -> tuple[FalConnection, SteppingClock, list[str], Accepted]:
    fal = FalConnection(server.bases, SecretStr("canary-id:canary-secret"), "scripted")
    return fal, clock, said, request_by_id(fal, EDIT, "r-1", clock)


def ends_with(result: bytes, *statuses: Any) -> Callable[[Heard], bytes]:
    """A server that says these statuses, then that it is done, then the result."""
    left = list(statuses)

    def answer(heard: Heard) -> bytes:
        if not re.search(r"/status(\?|$)", heard.path):
            return result
        return left.pop(0) if left else reply(200, {"status": "COMPLETED"})

    return answer


async def test_statuses_that_leave_things_out_are_read(
    clock: SteppingClock, said: list[str]
) -> None:
    done = reply(200, {"video": {"url": "x"}})
    statuses = [
        reply(202, {"status": "IN_QUEUE"}),
        reply(202, {"status": "IN_QUEUE", "queue_position": None}),
        reply(202, {"status": "IN_PROGRESS"}),
        reply(202, {"status": "IN_PROGRESS", "logs": None}),
        reply(202, {"status": "IN_PROGRESS", "logs": [{}, "no entry", {"message": "halfway"}]}),
        reply(202, {"status": "PAUSED"}),
        reply(202, {}),
        reply(202, b"no json"),
    ]
    async with ScriptedServer(ends_with(done, *statuses)) as listening:
        outcome = await see_through(*scripted(listening, clock, said))
    assert outcome.output == {"video": {"url": "x"}}
    assert len(clock.slept) == len(statuses)
    assert said == [
        "dusk: in fal's queue",
        "dusk: being drawn",
        "dusk: fal says: halfway",
        "dusk: fal did not answer the question about the status; asking again",
    ]


async def test_a_status_that_fal_does_not_document_is_no_status(
    clock: SteppingClock, said: list[str]
) -> None:
    strange = reply(202, {"status": "PAUSED"})
    async with ScriptedServer(ends_with(reply(200, {"video": {}}), strange)) as listening:
        await see_through(*scripted(listening, clock, said))
    assert said == ["dusk: fal did not answer the question about the status; asking again"]


@pytest.mark.parametrize(
    ("units", "read"),
    [("5", "5"), ("5.04", "5.04"), ("0", "0"), ("-1", None), ("NaN", None), ("five", None)],
)
async def test_the_units_that_were_billed_are_read_from_the_result(
    clock: SteppingClock, said: list[str], units: str, read: str | None
) -> None:
    done = reply(200, {"video": {}}, X_Fal_Billable_Units=units)
    # Those of a status are not those of the job.
    status = reply(202, {"status": "IN_QUEUE"}, X_Fal_Billable_Units="99")
    async with ScriptedServer(ends_with(done, status)) as listening:
        outcome = await see_through(*scripted(listening, clock, said))
    assert outcome.billed_units == (Decimal(read) if read else None)


@pytest.mark.parametrize(
    ("status", "cost_usd"), [(200, "0.63"), (422, "0.63"), (500, "0"), (504, "0")]
)
async def test_without_the_header_it_cost_what_fal_may_have_charged(
    clock: SteppingClock, said: list[str], status: int, cost_usd: str
) -> None:
    ended = reply(status, {"detail": "as it is"}, X_Fal_Error_Type="some_type")
    async with ScriptedServer(ends_with(ended)) as listening:
        outcome = await see_through(*scripted(listening, clock, said))
    assert outcome.billed_units is None
    assert isinstance(outcome.error, ShotgraphError) == (status >= 400)
    assert outcome.cost_usd(Decimal("0.126"), Decimal("0.63")) == Decimal(cost_usd)


@pytest.mark.parametrize("header", ["X_Fal_Retryable", "X_Fal_Needs_Retry"])
async def test_both_names_of_the_header_are_read(
    clock: SteppingClock, said: list[str], header: str
) -> None:
    failed = reply(500, {"detail": "no", "error_type": "internal_server_error"}, **{header: "1"})
    async with ScriptedServer(ends_with(failed)) as listening:
        outcome = await see_through(*scripted(listening, clock, said))
    assert type(outcome.error) is Retryable


async def test_a_record_that_leads_elsewhere_is_not_shown_the_key(
    clock: SteppingClock, said: list[str]
) -> None:
    async with ScriptedServer() as elsewhere, ScriptedServer() as listening:
        fal, *_ = scripted(listening, clock, said)
        planted = request_by_id(fal, EDIT, "r-1", clock).model_copy(
            update={"status_url": f"{elsewhere.root}/queue/r-1/status"}
        )
        with pytest.raises(Terminal, match="was not sent"):
            await see_through(fal, clock, said, planted)
        assert elsewhere.connections == 0


async def test_a_status_that_redirects_is_not_followed(
    server: Client, fal: FalConnection, clock: SteppingClock, said: list[str]
) -> None:
    async with ScriptedServer() as elsewhere:
        await server.fault("redirect", at="status", target=f"{elsewhere.root}/x", times=2)
        assert (await see_through(fal, clock, said)).error is not None
        assert elsewhere.connections == 0
