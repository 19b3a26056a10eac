"""The one POST: which answer is which class of error, and how many POSTs there were."""

import asyncio
import json
import traceback
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from shotgraph.errors import Ambiguous, BadKey, Refused, Retryable
from shotgraph.inputs.hosts import FalBases
from shotgraph.money.connection import FalConnection
from shotgraph.money.events import Accepted
from shotgraph.money.submit import NotSent, request_by_id, submit_headers, submit_once
from shotgraph.money.windows import Windows
from tests.money.clocks import CalledDeadlines, RushingClock, SteppingClock
from tests.money.scripted import ScriptedServer, reply
from tests.rehearsal.client import EDIT, Client

# It ends as a 422 by itself, and nothing has to be drawn for it.
BODY = {"prompt": "dusk", "video_url": "https://example.com/none.mp4"}


async def submit(fal: FalConnection, clock: SteppingClock, **windows: float) -> Accepted:
    return await submit_once(
        fal,
        EDIT,
        BODY,
        what="dusk",
        clock=clock,
        windows=Windows(**windows),
        send_by=clock.monotonic() + 30,
    )


def at(url: str) -> FalConnection:
    bases = FalBases(queue_url=f"{url}/queue")
    return FalConnection(bases, SecretStr("canary-id:canary-secret"), bases.queue_url)


async def test_an_accepted_job_is_posted_once_as_documented(
    server: Client, fal: FalConnection, clock: SteppingClock
) -> None:
    accepted = await submit(fal, clock)
    book = await server.book()
    (job,) = book["jobs"]
    assert book["counts"]["submits"] == 1
    assert (job["request_id"], job["endpoint_id"]) == (accepted.request_id, EDIT)
    assert job["input"] == BODY
    url = f"{server.bases.queue_url}/fal-ai/kling-video/requests/{accepted.request_id}"
    urls = (accepted.response_url, accepted.status_url, accepted.cancel_url)
    assert urls == (url, f"{url}/status", f"{url}/cancel")
    assert not accepted.found


@pytest.mark.parametrize("around", ["{}\n", "{}\r\n", " {}", "\t{} \n\n"])
async def test_white_space_around_a_key_is_not_sent(around: str, clock: SteppingClock) -> None:
    answer = reply(200, {"request_id": "r-1"})
    async with ScriptedServer(lambda heard: answer) as server:
        key = SecretStr(around.format("canary-id:canary-secret"))
        fal = FalConnection(FalBases(queue_url=f"{server.root}/queue"), key, "scripted")
        await submit(fal, clock)
    assert [one.header("authorization") for one in server.heard] == ["Key canary-id:canary-secret"]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("", "the key for fal is empty"),
        (" \n", "the key for fal is empty"),
        ("canary\nsecret", "U+000A, as character 7 of 13"),
        ("canary\x00secret", "U+0000, as character 7 of 13"),
        ("canarysecret\x7f", "U+007F, as character 13 of 13"),
        ("canarysecret\u2028", "U+2028, as character 13 of 13"),
        ("\ufeffcanarysecret", "U+FEFF, as character 1 of 13"),
        ("\u201ccanarysecret\u201d", "U+201C, as character 1 of 14"),
        ("canary:schlüssel", "U+00FC, as character 12 of 16"),
        ("ключ", "U+043A, as character 1 of 4"),
    ],
)
def test_a_key_that_no_header_can_have_is_one_clear_error(key: str, said: str) -> None:
    with pytest.raises(BadKey) as caught:
        FalConnection(FalBases(), SecretStr(key), "fal")
    assert said in str(caught.value)
    assert "Nothing was sent" in str(caught.value)
    assert caught.value.exit_code == 2
    shown = "".join(traceback.format_exception(caught.value))
    assert "canary" not in shown


NO, WAIT, LOST = Refused, Retryable, Ambiguous

ANSWER = {"kind": "answer", "status": 200}
ROWS: list[tuple[str, dict[str, Any], type[Exception], int]] = [
    # name, fault, class, jobs that fal then has
    ("400 by fal", {"kind": "refuse", "status": 400}, NO, 0),
    ("401 by fal", {"kind": "refuse", "status": 401}, NO, 0),
    ("403 by fal", {"kind": "refuse", "status": 403}, NO, 0),
    ("404 by fal", {"kind": "refuse", "status": 404}, NO, 0),
    ("422 by fal", {"kind": "refuse", "status": 422}, NO, 0),
    ("400 by nginx", {"kind": "status", "status": 400, "body": "nginx"}, LOST, 1),
    ("401 by nginx", {"kind": "status", "status": 401, "body": "nginx"}, LOST, 1),
    ("403 by nginx", {"kind": "status", "status": 403, "body": "nginx"}, LOST, 1),
    ("404 by nginx", {"kind": "status", "status": 404, "body": "nginx"}, LOST, 1),
    ("429 by fal", {"kind": "refuse", "status": 429}, WAIT, 0),
    ("429 with Retry-After", {"kind": "refuse", "status": 429, "retry_after_s": 2}, WAIT, 0),
    ("429 by nginx", {"kind": "status", "status": 429, "body": "nginx"}, LOST, 1),
    (
        "429 by nginx, with Retry-After",
        {"kind": "status", "status": 429, "body": "nginx", "retry_after_s": 2},
        LOST,
        1,
    ),
    *(
        (f"{status} in another form: {body}", {**ANSWER, "status": status, "answer": body}, LOST, 1)
        for status in (400, 422)
        for body in ({"error": "odd"}, {"message": "odd"})
    ),
    *(
        (f"an odd id: {odd}", {**ANSWER, "answer": {"request_id": odd}}, LOST, 1)
        for odd in ("../../etc", "..", "a/b", "a?b", "a#b", "a%2fb", "a\\b", "-a", "a@b", "a:b")
    ),
    ("reset", {"kind": "reset"}, LOST, 0),
    ("drop", {"kind": "drop"}, LOST, 1),
    ("truncated JSON", {"kind": "truncated"}, LOST, 1),
    ("cut short", {"kind": "cut_short"}, LOST, 1),
    ("html in place of JSON", {"kind": "html"}, LOST, 1),
    ("500 by fal", {"kind": "status", "status": 500}, LOST, 1),
    ("500 by fal, without an id", {"kind": "status", "with_request_id": False}, LOST, 1),
    ("502 by nginx", {"kind": "status", "status": 502, "body": "nginx"}, LOST, 1),
    ("503 by nginx", {"kind": "status", "status": 503, "body": "nginx"}, LOST, 1),
    ("504 by nginx", {"kind": "status", "status": 504, "body": "nginx"}, LOST, 1),
    ("503 by nginx, not taken", {"kind": "refuse", "status": 503, "body": "nginx"}, LOST, 0),
    ("408", {"kind": "status", "status": 408}, LOST, 1),
    ("409", {"kind": "status", "status": 409}, LOST, 1),
    ("425", {"kind": "status", "status": 425}, LOST, 1),
]


@pytest.mark.parametrize(("name", "fault", "kind", "jobs"), ROWS, ids=[row[0] for row in ROWS])
async def test_each_answer_is_sorted_and_asked_for_once(
    server: Client,
    fal: FalConnection,
    clock: SteppingClock,
    name: str,
    fault: dict[str, Any],
    kind: type[Exception],
    jobs: int,
) -> None:
    await server.fault(**fault)
    with pytest.raises(kind) as caught:
        await submit(fal, clock)
    assert type(caught.value) is kind
    said = str(caught.value)
    assert said.startswith("dusk: ")
    assert ("may have been accepted" in said) == (kind is LOST)
    assert ("othing was bought" in said) == (kind is not LOST)
    book = await server.book()
    assert book["counts"]["submits"] == 1
    assert len(book["jobs"]) == jobs
    assert not clock.slept


async def test_a_key_that_fal_does_not_know_is_refused(
    server: Client, fal: FalConnection, clock: SteppingClock
) -> None:
    with pytest.raises(Refused, match="does not know this key") as caught:
        await submit(replace(fal, key=SecretStr("other:key")), clock)
    assert "FalCredentials" in str(caught.value)
    assert "FAL_KEY" in str(caught.value)
    assert (await server.book())["counts"]["submits"] == 1


async def test_an_empty_balance_says_where_to_go(
    server: Client, fal: FalConnection, clock: SteppingClock
) -> None:
    await server.fault("refuse", status=403)
    with pytest.raises(Refused, match=r"Exhausted balance.*fal\.ai/dashboard/billing"):
        await submit(fal, clock)


async def test_an_answer_that_does_not_come_in_time_is_lost(
    server: Client, fal: FalConnection, clock: SteppingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await server.fault("hang")
    deadlines = CalledDeadlines()
    monkeypatch.setattr(asyncio, "timeout_at", deadlines)
    submitting = asyncio.create_task(submit(fal, clock))
    while not (await server.book())["jobs"]:
        assert not submitting.done()
    deadlines.passes()
    with pytest.raises(Ambiguous, match="TimeoutError"):
        await submitting
    book = await server.book()
    assert (book["counts"]["submits"], len(book["jobs"])) == (1, 1)


@pytest.mark.parametrize(
    "answer",
    [
        reply(200, {"status": "IN_QUEUE"}),
        reply(200, {"request_id": ""}),
        reply(200, {"request_id": 7}),
        reply(200, ["request_id"]),
        reply(200, b""),
        reply(202, b"{"),
        reply(204),
    ],
    ids=["no id", "empty id", "a number", "a list", "nothing", "half", "no content"],
)
async def test_a_success_without_an_id_is_lost(answer: bytes, clock: SteppingClock) -> None:
    async with ScriptedServer(lambda _: answer) as listening:
        with pytest.raises(Ambiguous):
            await submit(at(listening.root), clock)
        assert len(listening.heard) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int, clock: SteppingClock) -> None:
    async with ScriptedServer() as elsewhere:
        answer = reply(status, location=f"{elsewhere.root}/queue/{EDIT}")
        async with ScriptedServer(lambda _: answer) as listening:
            with pytest.raises(Ambiguous, match=f"HTTP {status}"):
                await submit(at(listening.root), clock)
            assert len(listening.heard) == 1
        assert elsewhere.connections == 0


async def test_what_is_sent_says_how_long_it_may_wait(clock: SteppingClock) -> None:
    async with ScriptedServer(lambda _: reply(503)) as listening:
        with pytest.raises(Ambiguous):
            await submit(at(listening.root), clock, start_s=900)
    (request,) = listening.heard
    assert (request.method, request.path) == ("POST", f"/queue/{EDIT}")
    assert request.header("X-Fal-Request-Timeout") == "900"
    assert request.header("X-Fal-Request-Start-Timeout") == "900"
    assert request.header("x-app-fal-disable-fallback") == "1"
    assert request.header("x-fal-disable-fallbacks") == "1"
    assert request.header("Authorization") == "Key canary-id:canary-secret"
    assert json.loads(request.body) == BODY


def test_tags_are_few_and_have_safe_characters_only() -> None:
    tags = {f"shotgraph.{number:02}": f"a,b=c\r\nü{number}" for number in range(12)}
    headers = submit_headers(Windows(), {"shotgraph.empty": "☃", **tags})
    said = headers["X-Fal-Tags"].split(",")
    assert said == [f"shotgraph.{number:02}=a-b-c-{number}" for number in range(10)]
    long = submit_headers(Windows(), {"shotgraph.film": "x" * 300})["X-Fal-Tags"]
    assert long == f"shotgraph.film={'x' * 128}"
    assert "X-Fal-Tags" not in submit_headers(Windows(), {"shotgraph.film": ""})


async def test_after_its_deadline_nothing_is_sent(
    server: Client, fal: FalConnection, clock: SteppingClock
) -> None:
    late = clock.monotonic()
    with pytest.raises(NotSent, match="it was too late to send the job"):
        await submit_once(
            fal, EDIT, BODY, what="dusk", clock=clock, windows=Windows(), send_by=late
        )
    assert (await server.book())["counts"].get("submits", 0) == 0


async def test_a_deadline_that_passes_on_the_way_stops_it_on_the_wire() -> None:
    clock = RushingClock(step_s=40)
    async with ScriptedServer(lambda _: reply(200, {"request_id": "r"})) as listening:
        with pytest.raises(NotSent, match="nothing bought"):
            await submit(at(listening.root), clock)
        assert listening.connections == 1
        assert listening.heard == []


async def test_a_run_that_is_stopped_does_not_send_a_second_time(clock: SteppingClock) -> None:
    arrived = asyncio.Event()

    def never(_: object) -> bytes:
        arrived.set()
        return b""

    async with ScriptedServer(never, hangs=True) as listening:
        sending = asyncio.create_task(submit(at(listening.root), clock))
        await arrived.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert len(listening.heard) == 1


async def test_urls_that_lead_elsewhere_are_not_taken_over(clock: SteppingClock) -> None:
    async with ScriptedServer() as elsewhere:
        answer = {
            "request_id": "r-1",
            "status_url": f"{elsewhere.root}/queue/fal-ai/kling-video/requests/r-1/status",
            "response_url": "https://user@queue.fal.run/x",
        }
        async with ScriptedServer(lambda _: reply(200, answer)) as listening:
            fal = at(listening.root)
            accepted = await submit(fal, clock)
        built = request_by_id(fal, EDIT, "r-1", clock)
        assert accepted == built
        assert elsewhere.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "{root}/queue-of-another/requests/r-1/status",
        "{root}/queue/../elsewhere/status",
        "{root}@example.com/queue/x",
        "http://127.0.0.1:1/queue/x",
        "http://[::1",
        "http://127.0.0.1:999999/queue/x",
        "http://ex\u2100mple.com/queue/x",
        "{root}/queue/a\0b",
        "{root}/queue/a b",
        "{root}/queue/é",
        "{root}/queue/x/..",
        "//127.0.0.1/queue/x",
        "file:///queue/x",
        "",
    ],
)
async def test_only_what_lies_below_the_queue_is_taken_over(url: str, clock: SteppingClock) -> None:
    def answer(_: object) -> bytes:
        given = url.format(root=listening.root)
        return reply(200, {"request_id": "r-1", "cancel_url": given})

    async with ScriptedServer(answer) as listening:
        fal = at(listening.root)
        accepted = await submit(fal, clock)
    assert accepted.cancel_url == request_by_id(fal, EDIT, "r-1", clock).cancel_url


async def test_urls_below_the_queue_are_kept_as_they_came(clock: SteppingClock) -> None:
    def answer(_: object) -> bytes:
        url = f"{listening.root}/queue/other/shape/r-1"
        return reply(200, {"request_id": "r-1", "status_url": url})

    async with ScriptedServer(answer) as listening:
        accepted = await submit(at(listening.root), clock)
        assert accepted.status_url == f"{listening.root}/queue/other/shape/r-1"


def test_the_namespaces_of_workflows_have_one_part_more(clock: SteppingClock) -> None:
    fal = at("http://127.0.0.1:9")
    told = request_by_id(fal, "workflows/me/my-flow/v2", "r-1", clock)
    assert told.response_url == "http://127.0.0.1:9/queue/workflows/me/my-flow/requests/r-1"
    assert request_by_id(fal, EDIT, "r-1", clock, found=True).found
