"""Decisions and notes: what a page of ours may send, what nobody else may, and what comes of it."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from shotgraph.clock import SystemClock
from shotgraph.errors import InvalidInput
from shotgraph.money.decisions import Again, Decisions, Question, Questions, decision_key
from shotgraph.plan.run_record import RecordedNode, RunRecord, put_run
from shotgraph.report.manifest import ErrorEntry, put_manifest
from shotgraph.report.notes import notes_of
from shotgraph.store import Store, open_store
from shotgraph.view import make_app
from shotgraph.view.access import grant_for
from shotgraph.view.film_pages import PlannedFile
from shotgraph.view.under_way import Happening, Watching
from tests.report.told_runs import AT, HOSTILE, medium, sha, step, told

HERE = "http://127.0.0.1:4280"
OURS = {"origin": HERE}
WAITS = ErrorEntry(code="waits_for_a_person", message="seen waits")
SEEN = decision_key("Is it early?", [sha(1)])
PICKED = decision_key("", [sha(2), sha(3)])


@pytest.fixture
async def store(tmp_path: Path) -> Store:
    """A store with one run, which waits at two gates."""
    store = open_store(str(tmp_path / "store"))
    takes = {"clips": [{"step": "dusk take 1"}, {"step": "dusk take 2"}]}
    asked = {"video": {"step": "dawn"}, "message": "Is it early?"}
    ended: dict[str, Any] = {"status": "failed", "error": WAITS}
    steps = [
        step("dawn", "edit", medium(1), prompt="At dawn"),
        step("seen", "approve", None, arguments=asked, **ended),
        step("dusk take 1", "edit", medium(2), prompt="At dusk"),
        step("dusk take 2", "edit", medium(3), prompt="At dusk", take=2),
        step("dusk", "pick", None, arguments=takes, **ended),
    ]
    await put_manifest(store, told(steps, **ended))
    return store


def client_of(store: Store, **options: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(make_app(store, **options))
    return httpx.AsyncClient(transport=transport, base_url=HERE)


@pytest.fixture
async def room(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(store) as client:
        yield client


def answer(**given: Any) -> dict[str, Any]:
    return {"film": "harbour", "run": "run-1", "gate": "seen", "does": "goes_on", **given}


def note(**given: Any) -> dict[str, Any]:
    here = {"film": "harbour", "run": "run-1", "clip": sha(1), "name": "dawn", "frame": 30}
    return {**here, "text": "The bird jumps.", **given}


async def decided(store: Store, key: Any) -> Any:
    return await Decisions(store, SystemClock()).latest(key)


async def test_a_gate_is_decided_for_the_next_run(store: Store, room: httpx.AsyncClient) -> None:
    page = (await room.get("/films/harbour")).text
    assert "Take dawn again for about $0.63" in page
    assert page.count("waits for a person</h2>") == 2
    reply = await room.post("/decisions", json=answer(), headers=OURS)
    assert reply.status_code == 200
    assert reply.json()["said"] == "seen is approved. The next run uses it."
    assert (await decided(store, SEEN)).chosen == 1
    reply = await room.post("/decisions", json=answer(gate="dusk", number=2), headers=OURS)
    assert (await decided(store, PICKED)).chosen == 2
    assert "waits for a person</h2>" not in (await room.get("/films/harbour")).text


async def test_a_step_is_taken_again_as_a_take_that_nobody_has_seen(
    store: Store, room: httpx.AsyncClient
) -> None:
    again = answer(gate="dusk", does="again", step="dusk")
    reply = await room.post("/decisions", json=again, headers=OURS)
    assert "for about $0.63" in reply.json()["said"]
    assert (await decided(store, PICKED)).again == Again(step="dusk", take=3)
    other = answer(does="again", step="dawn", prompt=" Before dawn ")
    await room.post("/decisions", json=other, headers=OURS)
    assert (await decided(store, SEEN)).again == Again(step="dawn", take=1, prompt="Before dawn")
    # These words were seen by somebody in another run, as its second take.
    before = [step("dawn", "edit", medium(7), prompt="Before dawn", take=2)]
    await put_manifest(store, told(before, run_id="run-0", ended_at=AT - timedelta(days=1)))
    await room.post("/decisions", json=other, headers=OURS)
    assert (await decided(store, SEEN)).again.take == 3


class Prefect:
    """Stands in for Prefect: remembers what it was asked, or refuses."""

    def __init__(self, refusal: str = "") -> None:
        self.asked: list[tuple[str, dict[str, object]]] = []
        self._refusal = refusal

    async def resume(self, run_id: str, values: Mapping[str, object]) -> None:
        if self._refusal:
            raise InvalidInput(self._refusal)
        self.asked.append((run_id, dict(values)))


async def waits_in_prefect(store: Store, gate: str, key: Any) -> Question:
    question = Question(number=1, gate=gate, decision=key)
    await Questions(store.records, "run-1").ask(question)
    return question


@pytest.mark.parametrize(
    ("gate", "key", "said", "values"),
    [
        ("seen", SEEN, {}, {"decision": "approve"}),
        ("dusk", PICKED, {"number": 2}, {"decision": "take 2"}),
        ("seen", SEEN, {"does": "stop"}, {"decision": "stop"}),
        ("seen", SEEN, {"does": "again"}, {"decision": "take again"}),
        (
            "seen",
            SEEN,
            {"does": "again", "step": "dawn", "prompt": "Before dawn"},
            {"decision": "take again", "prompt": "Before dawn"},
        ),
    ],
)
async def test_a_run_that_waits_in_prefect_is_resumed(
    store: Store, gate: str, key: Any, said: dict[str, Any], values: dict[str, object]
) -> None:
    question, prefect = await waits_in_prefect(store, gate, key), Prefect()
    async with client_of(store, resume=prefect.resume) as room:
        assert "continues as soon as you decide" in (await room.get("/films/harbour")).text
        reply = await room.post("/decisions", json=answer(gate=gate, **said), headers=OURS)
        assert reply.status_code == 200, reply.text
        assert prefect.asked == [("run-1", values)]
        assert await decided(store, key) is None, "the run itself notes it"
        # Once it was answered, the next run is meant again.
        await Questions(store.records, "run-1").done_with(question)
        reply = await room.post("/decisions", json=answer(gate=gate), headers=OURS)
        assert "next run" in reply.json()["said"]
        assert len(prefect.asked) == 1


async def test_where_prefect_does_not_take_it_nothing_is_decided(store: Store) -> None:
    await waits_in_prefect(store, "seen", SEEN)
    async with client_of(store, resume=Prefect("it does not wait").resume) as room:
        reply = await room.post("/decisions", json=answer(), headers=OURS)
        assert (reply.status_code, reply.json()) == (409, {"said": "it does not wait"})
    async with client_of(store) as room:
        reply = await room.post("/decisions", json=answer(), headers=OURS)
        assert (reply.status_code, "PREFECT_API_URL" in reply.json()["said"]) == (409, True)
    assert await decided(store, SEEN) is None


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"gate": "nothing"}, 409),
        ({"number": 2}, 409),
        ({"does": "stop"}, 409),
        ({"does": "again", "step": "film"}, 409),
        ({"does": "buy"}, 422),
        ({"number": 0}, 422),
        ({"number": True}, 422),
        ({"number": "1"}, 422),
        ({"number": 1.5}, 422),
        ({"prompt": "x" * 2501}, 422),
        ({"more": 1}, 422),
        ({"run": "another"}, 404),
        ({"film": "../attempts"}, 404),
    ],
)
async def test_what_is_no_answer_decides_nothing(
    store: Store, room: httpx.AsyncClient, given: dict[str, Any], status: int
) -> None:
    reply = await room.post("/decisions", json=answer(**given), headers=OURS)
    assert reply.status_code == status
    assert reply.json()["said"]
    assert await store.records.names("decisions") == []


TOKEN = "the-token-of-this-start"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "http://127.0.0.1:3000"}, 403),
        ({"origin": "null"}, 403),
        ({**OURS, "sec-fetch-site": "same-site"}, 403),
        ({**OURS, "sec-fetch-site": "cross-site"}, 403),
        ({**OURS, "content-type": "text/plain"}, 415),
        ({**OURS, "content-type": "application/x-www-form-urlencoded"}, 415),
        ({**OURS, "host": "evil.example"}, 403),
        ({**OURS, "cookie": "shotgraph-view-12345678=x"}, 401),
        ({**OURS, "sec-fetch-site": "same-origin"}, 200),
    ],
)
async def test_only_our_own_page_decides(
    store: Store, headers: dict[str, str], status: int
) -> None:
    async with client_of(store, token=TOKEN) as room:
        await room.get("/", params={"token": TOKEN})  # leaves the cookie
        for path, sent in (("/decisions", answer()), ("/notes", note())):
            given = {"content-type": "application/json", **headers}
            reply = await room.post(path, content=httpx.Request("P", "x", json=sent).content,
                                    headers=given)  # fmt: skip
            assert reply.status_code == (201 if (path, status) == ("/notes", 200) else status)
    kept = [*await store.records.names("decisions"), *await store.records.names("notes")]
    assert len(kept) == (2 if status == 200 else 0)


async def test_neither_a_grant_nor_the_link_writes(store: Store) -> None:
    async with client_of(store, token=TOKEN) as room:
        for query in ({"grant": grant_for(TOKEN, "/decisions")}, {"token": TOKEN}):
            reply = await room.post("/decisions", params=query, json=answer(), headers=OURS)
            assert reply.status_code == 401
        bearer = {"authorization": f"Bearer {TOKEN}"}
        assert (await room.post("/decisions", json=answer(), headers=bearer)).status_code == 200


async def test_too_much_is_not_read(store: Store, room: httpx.AsyncClient) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while read < 100:
            read += 1
            yield b" " * 4096

    headers = {**OURS, "content-type": "application/json"}
    reply = await room.post("/notes", content=endless(), headers=headers)
    assert reply.status_code in (413, 422)
    reply = await room.post("/notes", content=b"[" * 30_000, headers=headers)
    assert reply.status_code == 422


async def test_a_note_is_kept_at_its_frame(store: Store, room: httpx.AsyncClient) -> None:
    reply = await room.post("/notes", json=note(text=HOSTILE), headers=OURS)
    assert reply.status_code == 201
    (kept,) = await notes_of(store, "harbour")
    assert (kept.clip, kept.frame, kept.text, kept.name) == (sha(1), 30, HOSTILE, "dawn")
    page = (await room.get("/films/harbour")).text
    assert f'data-note-clip="{sha(1)}" data-note-frame="30"' in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"clip": sha(9)}, 422),
        ({"clip": "../../x"}, 422),
        ({"frame": -1}, 422),
        ({"frame": 120}, 422),
        ({"frame": True}, 422),
        ({"text": "  "}, 422),
        ({"text": ""}, 422),
        ({"text": "x" * 2001}, 422),
        ({"run": "another"}, 404),
    ],
)
async def test_what_is_no_note_is_not_kept(
    store: Store, room: httpx.AsyncClient, given: dict[str, Any], status: int
) -> None:
    reply = await room.post("/notes", json=note(**given), headers=OURS)
    assert reply.status_code == status
    assert await store.records.names("notes") == []


async def test_the_last_frame_can_have_a_note(store: Store, room: httpx.AsyncClient) -> None:
    for clip, frame, status in ((sha(1), 119, 201), (sha(2), 119, 201), (sha(2), 120, 422)):
        reply = await room.post("/notes", json=note(clip=clip, frame=frame), headers=OURS)
        assert reply.status_code == status
    assert reply.json()["said"] == "frame: the clip has 120, numbered from 0"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "The request is not JSON: EOF while parsing"),
        ("", "The request is not JSON: "),
        ("[]", "The request is wrong: it is not a JSON object"),
        ({"text": ""}, "text: the note is empty"),
        ({"text": " \n"}, "text: the note is empty"),
        ({"text": 3}, "text: it is not a text"),
        ({"text": "x" * 2001}, "text: it has more than 2000 characters"),
        ({"frame": True}, "frame: it is not a whole number"),
        ({"film": ""}, "film: it is empty"),
        ({"more": 1}, "more: there is no such field"),
    ],
)
async def test_what_is_wrong_is_said_in_plain_words(
    room: httpx.AsyncClient, content: str | dict[str, Any], says: str
) -> None:
    sent = content if isinstance(content, str) else json.dumps(note(**content))
    headers = {**OURS, "content-type": "application/json"}
    reply = await room.post("/notes", content=sent, headers=headers)
    assert reply.status_code == 422
    assert reply.json()["said"].startswith(says)


async def test_words_and_requests_are_found(store: Store, room: httpx.AsyncClient) -> None:
    found = (await room.get("/search", params={"q": "DUSK harbour"})).text
    assert found.count("#step-") == 3
    assert "/films/harbour/run-1#step-3" in found
    assert "request-of-dawn" not in found
    assert "#step-1" in (await room.get("/search", params={"q": "request-of-dawn"})).text
    hostile = (await room.get("/search", params={"q": HOSTILE})).text
    assert "1 found" in hostile, "the film's own description"
    assert "<script>alert" not in hostile
    assert "0 found" in (await room.get("/search")).text


async def test_only_files_that_were_named_are_planned(store: Store) -> None:
    async def plan() -> PlannedFile:
        return PlannedFile("film.yaml", error=f"film.yaml:3:4: {HOSTILE}")

    async with client_of(store, plans=[plan]) as room:
        page = (await room.get("/plans", params={"file": "/etc/passwd"})).text
        assert "film.yaml:3:4" in page
        assert "<script>alert" not in page
        assert "passwd" not in page
    async with client_of(store) as room:
        assert (await room.get("/plans")).status_code == 404


async def test_what_happens_is_told_until_the_run_has_ended(store: Store) -> None:
    node = RecordedNode(kind="edit", endpoint="x", take=1, arguments={}, key=None)
    clock = SystemClock()
    record = RunRecord(
        run_id="run-2", film="harbour", at=clock.now(), backend="fal", nodes={"dusk": node}
    )
    looks = 0
    told_of: list[Happening] = []

    async def wait() -> None:
        nonlocal looks
        looks += 1
        assert looks < 9, told_of
        if looks == 2:
            await put_run(store, record)
        if looks == 4:
            now = clock.now()
            await put_manifest(store, told([], run_id="run-2", at=record.at, ended_at=now))

    async for now in Watching(store, clock).changes(wait):
        told_of.append(now)
        if len(told_of) == 3:
            break
    assert [len(one.runs) for one in told_of] == [0, 1, 0]
    (run,) = told_of[1].runs
    assert [(one.name, one.state) for one in run.steps] == [("dusk", "to come")]
    assert told_of[0].seen == told_of[1].seen != told_of[2].seen
    assert looks == 4, "nothing is said while nothing changes"
