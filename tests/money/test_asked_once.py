"""What we say we ask is what the server hears: fal-client repeats nothing below us."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from shotgraph.errors import Retryable, Terminal
from shotgraph.model.references import Asset
from shotgraph.money.connection import FalConnection
from shotgraph.money.events import Accepted
from shotgraph.money.follow import RESULT_PATIENCE_S, StillOnRecord, follow
from shotgraph.money.replies import NoReply
from shotgraph.money.status import Handle
from shotgraph.money.submit import request_by_id
from shotgraph.money.uploads import Uploads
from shotgraph.store import Store
from tests.money.clocks import SteppingClock
from tests.money.scripted import Heard, ScriptedServer, reply
from tests.rehearsal.client import EDIT

REPEATED = {
    "408": reply(408, {"detail": "said"}),
    "409": reply(409, {"detail": "said"}),
    "429": reply(429, {"detail": "said"}),
    "502 by nginx": reply(502, b"<h1>nginx</h1>"),
    "503 by nginx": reply(503, b"<h1>nginx</h1>"),
    "504 by nginx": reply(504, b"<h1>nginx</h1>"),
    "hung up": b"",
}
"""Each of them has fal-client ask up to ten times."""
QUESTIONS: dict[str, Callable[[Handle], Any]] = {
    "status": Handle.status,
    "result": Handle.result,
    "cancel": Handle.cancel,
}


def connect(server: ScriptedServer, clock: SteppingClock) -> tuple[FalConnection, Accepted]:
    fal = FalConnection(server.bases, SecretStr("canary-id:canary-secret"), "scripted")
    return fal, request_by_id(fal, EDIT, "r-1", clock)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("name", REPEATED)
async def test_a_question_is_heard_once(name: str, question: str, clock: SteppingClock) -> None:
    async with ScriptedServer(lambda _: REPEATED[name]) as listening:
        fal, accepted = connect(listening, clock)
        async with fal.client() as client:
            asking = QUESTIONS[question](Handle(accepted, client))
            if question == "cancel" and name != "hung up":
                assert (await asking).code == int(name[:3])
            else:
                with pytest.raises(NoReply):
                    await asking
    assert listening.connections == 1
    assert len(listening.heard) == 1


async def test_a_server_that_can_not_be_reached_is_tried_once(clock: SteppingClock) -> None:
    async with ScriptedServer() as listening:
        fal, accepted = connect(listening, clock)
        tried: list[str] = []

        async def count(request: httpx.Request) -> None:
            tried.append(request.method)
            raise httpx.ConnectError("refused")

        for ask in QUESTIONS.values():
            async with fal.client() as client:
                client.event_hooks["request"] = [count]
                with pytest.raises(NoReply, match="ConnectError"):
                    await ask(Handle(accepted, client))
    assert tried == ["GET", "GET", "PUT"]


@pytest.mark.parametrize("name", REPEATED)
async def test_a_job_that_is_followed_is_asked_after_once_a_pause(
    name: str, clock: SteppingClock
) -> None:
    """24 requests were heard where we asked twice, most of them when fal said that it was busy."""
    heard = Counter[str]()

    def answer(asked: Heard) -> bytes:
        what = asked.path.partition("?")[0].rpartition("/")[2]
        heard[what] += 1
        if what == "status" and heard["status"] > 30:
            return reply(200, {"status": "COMPLETED"})
        return REPEATED[name]

    async with ScriptedServer(answer) as listening:
        fal, accepted = connect(listening, clock)
        with pytest.raises(StillOnRecord):
            await follow(accepted, fal, what="dusk", clock=clock, say=lambda line: None)
    assert heard["status"] == len(clock.slept) + 1
    assert heard["r-1"] == heard["status"] - 30
    assert sum(clock.slept[30:]) >= RESULT_PATIENCE_S - clock.slept[30]


async def test_a_result_is_asked_for_without_its_status(clock: SteppingClock) -> None:
    async with ScriptedServer(lambda _: reply(200, {"video": {}})) as listening:
        fal, accepted = connect(listening, clock)
        async with fal.client() as client:
            found = await Handle(accepted, client).result()
        (heard,) = listening.heard
    assert found.data == {"video": {}}
    assert heard.path == "/queue/fal-ai/kling-video/requests/r-1"
    assert heard.header("authorization") == "Key canary-id:canary-secret"


async def test_a_record_whose_address_is_no_url_is_not_asked(clock: SteppingClock) -> None:
    async with ScriptedServer() as listening:
        fal, accepted = connect(listening, clock)
        broken = accepted.model_copy(update={"status_url": "http://[::1"})
        with pytest.raises(
            Terminal, match="record of request r-1 has an address that is not a URL"
        ):
            await follow(broken, fal, what="dusk", clock=clock, say=lambda line: None)
        assert listening.connections == 0


def storage(server: ScriptedServer, spoilt: dict[str, bytes]) -> Callable[[Heard], bytes]:
    """The token and the file host, with some of their answers replaced."""
    right: dict[str, Any] = {
        "/rest/storage/auth/token": {
            "token": "t",
            "token_type": "Bearer",
            "base_url": f"{server.root}/cdn",
            "expires_at": "2099-01-01T00:00:00Z",
        },
        "/cdn/files/upload": {"access_url": f"{server.root}/cdn/x.mp4"},
        "/cdn/files/upload/multipart": {
            "access_url": f"{server.root}/cdn/x.mp4",
            "uploadId": "u-1",
        },
    }

    def answer(heard: Heard) -> bytes:
        path = heard.path.partition("?")[0]
        found = next((data for end, data in spoilt.items() if path.endswith(end)), None)
        return found if found is not None else reply(200, right.get(path, {}), etag="e")

    return answer


@pytest.fixture
def in_parts(asset: Asset, monkeypatch: pytest.MonkeyPatch) -> Asset:
    """A clip that goes up in three parts, as one above 100 MiB does."""
    monkeypatch.setattr("fal_client.client.MULTIPART_THRESHOLD", 0)
    monkeypatch.setattr("fal_client.client.MULTIPART_CHUNK_SIZE", asset.size_bytes // 3 + 1)
    return asset


UPLOADS = ["/auth/token", "/files/upload"]
PARTS = ["/auth/token", "/upload/multipart", "/u-1/3", "/u-1/complete"]


@pytest.mark.parametrize("place", UPLOADS)
@pytest.mark.parametrize("name", REPEATED)
async def test_an_upload_is_heard_once(
    name: str, place: str, clock: SteppingClock, store: Store, asset: Asset
) -> None:
    async with ScriptedServer() as listening:
        listening.answer = storage(listening, {place: REPEATED[name]})
        fal, _ = connect(listening, clock)
        with pytest.raises(Retryable, match="nothing was bought"):
            await Uploads(fal, store, clock).url_of(asset, what="dusk")
        paths = [heard.path.partition("?")[0] for heard in listening.heard]
    assert Counter(paths).most_common(1)[0][1] == 1


@pytest.mark.parametrize("place", PARTS)
async def test_an_upload_in_parts_is_heard_once(
    place: str, clock: SteppingClock, store: Store, in_parts: Asset
) -> None:
    async with ScriptedServer() as listening:
        listening.answer = storage(listening, {place: REPEATED["429"]})
        fal, _ = connect(listening, clock)
        with pytest.raises(Retryable, match="nothing was bought"):
            await Uploads(fal, store, clock).url_of(in_parts, what="dusk")
        paths = [heard.path.partition("?")[0] for heard in listening.heard]
    assert Counter(paths).most_common(1)[0][1] == 1


async def test_an_upload_in_parts_goes_through(
    clock: SteppingClock, store: Store, in_parts: Asset
) -> None:
    async with ScriptedServer() as listening:
        listening.answer = storage(listening, {})
        fal, _ = connect(listening, clock)
        url = await Uploads(fal, store, clock).url_of(in_parts, what="dusk")
    assert url.endswith("/cdn/x.mp4")
    assert len(listening.heard) == 2 + 3 + 1


STRANGE = {
    "no JSON": reply(200, b"<html>"),
    "a list": reply(200, []),
    "deep": reply(200, b"[" * 200_000),
    "a bomb of text": reply(200, b" " * (9 << 20)),
    "no URL": reply(200, {"access_url": "http://[::1", "token": "a b"}),
    "a number": reply(200, {"access_url": 5, "token": 5}),
    "half": reply(200, b'{"acc', content_length="99"),
}


@pytest.mark.parametrize("place", UPLOADS)
@pytest.mark.parametrize("name", STRANGE)
async def test_an_upload_whose_answer_can_not_be_read_can_be_done_again(
    name: str, place: str, clock: SteppingClock, store: Store, asset: Asset
) -> None:
    async with ScriptedServer() as listening:
        listening.answer = storage(listening, {place: STRANGE[name]})
        fal, _ = connect(listening, clock)
        uploads = Uploads(fal, store, clock)
        with pytest.raises(Retryable, match="nothing was bought"):
            await uploads.url_of(asset, what="dusk")
        listening.answer = storage(listening, {})
        assert await uploads.url_of(asset, what="dusk")


async def test_a_clip_is_sent_to_no_other_host_than_fals(
    clock: SteppingClock, store: Store, in_parts: Asset
) -> None:
    async with ScriptedServer() as elsewhere, ScriptedServer() as listening:
        away = reply(200, {"access_url": f"{elsewhere.root}/x.mp4", "uploadId": "u-1"})
        listening.answer = storage(listening, {"/upload/multipart": away})
        fal, _ = connect(listening, clock)
        with pytest.raises(Terminal, match="not fal's file host"):
            await Uploads(fal, store, clock).url_of(in_parts, what="dusk")
        assert elsewhere.connections == 0
