"""What is taken from a reply: by path, several at once, others later; never bought again."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from shotgraph.cli.lost_jobs import reconcile_jobs
from shotgraph.endpoints.endpoint import canonical_path, outline, url_at
from shotgraph.errors import MediaError, Terminal
from shotgraph.making.shots import draw_fal
from shotgraph.money.answers import NotInReply
from shotgraph.money.connection import FalConnection
from shotgraph.money.session import Session
from shotgraph.rehearsal.model import ANY_JOB_USD
from shotgraph.store import Store
from tests.money.clocks import SteppingClock
from tests.money.free_steps.conftest import Draw, body_of
from tests.money.free_steps.test_bought_once import counts
from tests.money.scripted import Heard, ScriptedServer, reply
from tests.rehearsal.client import Client

BOTH = {"sound": "audio", "cover": "images[0].url"}


async def test_several_are_kept_together(server: Client, draw: Draw) -> None:
    made = await draw(output=BOTH)
    kept = made.result.outputs or {}
    assert {path: one.asset.kind for path, one in kept.items()} == {
        "audio": "audio",
        "images[0]": "image",
    }
    assert made.result.asset == kept["audio"].asset
    assert made.result.info == kept["audio"].info
    assert await draw(output=BOTH) == await draw(output=BOTH)
    assert (await counts(server))["submits"] == 1


async def test_another_output_later_is_fetched_and_not_bought(server: Client, draw: Draw) -> None:
    first = await draw(output="audio")
    for output in ("image", BOTH, "video", {"cover": "images[0]", "film": "video"}):
        before = (await counts(server))["downloads"]
        later = await draw(output=output)
        assert later.how == "resumed", output
        assert later.result.request_id == first.result.request_id
        assert later.result.asset.kind == body_of(output=output).output[0].kind
        assert (await counts(server))["downloads"] > before
        assert (await draw(output=output)).how == "cached"
    assert (await counts(server))["submits"] == 1


async def test_another_order_of_the_same_files_is_there_already(server: Client, draw: Draw) -> None:
    await draw(output=BOTH)
    turned = await draw(output={"cover": "images[0]", "sound": "audio"})
    assert (turned.how, turned.result.asset.kind) == ("cached", "image")
    alone = await draw(output="images[0]")
    assert (alone.how, alone.result.asset) == ("cached", turned.result.asset)


async def test_a_lost_file_among_several_is_fetched_again(
    server: Client, draw: Draw, store: Store
) -> None:
    made = await draw(output=BOTH)
    cover = (made.result.outputs or {})["images[0]"].asset
    path = await store.assets.file(cover)
    path.chmod(0o600)
    path.unlink()
    again = await draw(output=BOTH)
    assert (again.how, again.result.outputs) == ("resumed", made.result.outputs)
    assert path.is_file()
    assert (await counts(server))["submits"] == 1


async def test_a_path_that_leads_nowhere_says_what_there_is(server: Client, draw: Draw) -> None:
    with pytest.raises(NotInReply) as missing:
        await draw(output="audio_file.url")
    said = missing.value.message
    assert 'no file at "audio_file"; it has: video, image, images[0], audio.' in said
    assert "for at most $0.05" in said
    assert "nothing is bought again" in said
    assert str(missing.value.cost_usd) == "0.05"
    (job,) = await server.jobs()
    assert job["output"]["audio"]["url"] not in said
    with pytest.raises(NotInReply) as again:
        await draw(output="audio_file.url")
    assert again.value.cost_usd == 0
    assert (await draw(output="audio.url")).how == "resumed"
    assert (await counts(server))["submits"] == 1


async def test_a_file_of_another_kind_is_no_such_output(server: Client, draw: Draw) -> None:
    with pytest.raises(MediaError, match="holds a sound, not a video"):
        await draw(output={"path": "audio", "kind": "video"})
    with pytest.raises(MediaError, match=r"write \{path: audio, kind: audio\}") as again:
        await draw(output={"path": "audio", "kind": "video"})
    assert "nothing is bought again" in again.value.message
    assert "buy-again" not in again.value.message
    assert (await draw(output="audio")).result.asset.kind == "audio"
    with pytest.raises(MediaError, match="makes a sound at audio, and not a video"):
        await draw(output={"path": "audio", "kind": "video"})
    assert (await counts(server))["submits"] == 1


async def test_a_text_is_no_file_and_nobody_is_told_to_buy_it_again(
    server: Client, draw: Draw
) -> None:
    for _ in range(2):
        with pytest.raises(NotInReply) as missing:
            await draw(output={"path": "seed", "kind": "audio"})
        assert 'no file at "seed"; it has: video, image, images[0], audio' in missing.value.message
        assert "buy-again" not in missing.value.message
    assert (await counts(server))["submits"] == 1


async def test_what_is_no_medium_is_said_with_its_request_and_its_cost(
    server: Client, draw: Draw
) -> None:
    await server.fault("html", at="media")
    with pytest.raises(MediaError, match=r"music: request .* succeeded, for at most") as spoilt:
        await draw()
    (job,) = await server.jobs()
    assert spoilt.value.request_id == job["request_id"]
    assert spoilt.value.cost_usd == ANY_JOB_USD
    assert "The job is on record: another run fetches the file again" in spoilt.value.message
    assert "/tmp/" not in spoilt.value.message  # noqa: S108  the copy is gone
    await server.lift()
    assert (await draw()).how == "resumed"
    assert (await counts(server))["submits"] == 1


async def test_of_a_reply_without_any_file_none_is_promised(
    store: Store, session: Callable[..., Session]
) -> None:
    voice, clock = {"voice_id": "v-1", "text": "hello"}, SteppingClock()
    async with ScriptedServer(lambda heard: talking(heard, server.root, voice)) as server:
        at = FalConnection(server.bases, SecretStr("id:secret"), "scripted")
        for _ in range(2):
            body = body_of(output={"path": "voice_id", "kind": "audio"})
            with pytest.raises(NotInReply) as missing:
                await draw_fal(replace(session(), fal=at, clock=clock), "voice", body)
            said = missing.value.message
            assert 'no file at "voice_id"; it names no file at all, and has: text, voice_id' in said
            assert "another run asks fal for the reply once more before anything else" in said
            assert "If the endpoint makes no file, each run ends with the same error" in said
            assert "buy-again" not in said
            assert "v-1" not in said
        posts = [one for one in server.heard if one.method == "POST"]
    assert len(posts) == 1


def talking(heard: Heard, root: str, result: dict[str, Any]) -> bytes:
    """Answer as fal does, for one job that has ended by the time that it is asked for."""
    if heard.method == "POST":
        return reply(200, {"request_id": "r-1"})
    if heard.path.startswith("/api"):
        return reply(404, b"null")
    if "/status" in heard.path:
        return reply(200, {"status": "COMPLETED", "request_id": "r-1", "logs": None})
    return reply(200, result, X_Fal_Billable_Units="1")


async def test_what_fal_no_longer_has_is_not_bought_again(server: Client, draw: Draw) -> None:
    await draw(output="audio")
    await server.fault("status", at="media", status=404)
    with pytest.raises(Terminal, match=r"The job was not bought again; .* --buy-again"):
        await draw(output="image")
    assert (await counts(server))["submits"] == 1


async def test_a_job_is_given_up_for_another_file_and_its_file_stays(
    server: Client, draw: Draw, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOTGRAPH_STORE", store.location)
    made = await draw(output="audio")
    (said,) = await reconcile_jobs(made.result.key, buy_again=True)
    assert "given up; its file is in the store, so a run uses that file" in said["message"]
    assert (await draw(output="audio")).how == "cached"
    assert (await draw(output="image")).how == "ran"
    assert (await counts(server))["submits"] == 2


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("video", [("video", "video", "video")]),
        ("audio.url", [("audio", "audio", "audio")]),
        ("images[0].url", [("image", "images[0]", "image")]),
        ("data.clips[12].file", [("video", "data.clips[12].file", "video")]),
        ({"path": "result", "kind": "image"}, [("image", "result", "image")]),
        ({"path": "video_url"}, [("video", "video_url", "video")]),
        ("audio_file.url", [("audio", "audio_file", "audio")]),
        ("output.generatedVideo", [("video", "output.generatedVideo", "video")]),
        ({"path": "voice_id", "kind": "audio"}, [("audio", "voice_id", "audio")]),
        (
            {"song": "audio", "film": {"path": "result", "kind": "video"}},
            [("song", "audio", "audio"), ("film", "result", "video")],
        ),
    ],
)
def test_outputs_are_read(written: Any, read: list[tuple[str, str, str]]) -> None:
    outputs = body_of(output=written).output
    assert [(one.name, one.path, one.kind) for one in outputs] == read
    assert body_of(output=outputs).output == outputs


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("result", "{path: result, kind: video}"),
        ("voice_id", "{path: voice_id, kind: video}"),
        ("media.frame_count", "{path: media.frame_count, kind: video}"),
        ("video_duration", "does not tell the kind of the medium"),
        ("num_images", "does not tell the kind of the medium"),
        ("has_video", "does not tell the kind of the medium"),
        ("video.width", "does not tell the kind of the medium"),
        ("images[0].content_type", "does not tell the kind of the medium"),
        ("audio.file_name", "does not tell the kind of the medium"),
        ("image_size", "does not tell the kind of the medium"),
        ({"film": "video", "seconds": "video_seconds"}, "{path: video_seconds, kind: video}"),
        ("", "is no path into a reply"),
        ("video[", "is no path into a reply"),
        ("video..url", "is no path into a reply"),
        ("$video", "is no path into a reply"),
        (3, "is not an output"),
        ({}, "is not an output"),
        ([], "is not an output"),
        ({"path": "x", "kind": "mesh"}, "video, image, audio"),
        ({"path": "x", "kind": "video", "more": 1}, "write a path, or {path: result"),
        ({"a b": "video"}, "has a name that is not allowed"),
        ({f"n{number}": "video" for number in range(17)}, "1 to 16 of them"),
    ],
)
def test_what_is_no_output_is_said(written: Any, said: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        body_of(output=written)
    assert said in str(wrong.value)
    assert wrong.value.errors()[0]["loc"] == ("output",)


def test_a_reply_is_walked_and_outlined() -> None:
    reply = {
        "video": "https://a/b.mp4",
        "images": [{"url": "https://a/1.png"}, {"url": "https://a/2.png"}],
        "meta": {"sound": {"url": "https://a/c.wav"}, "words": "a secret"},
    }
    assert url_at(reply, "video") == "https://a/b.mp4"
    assert url_at(reply, "images[1]") == "https://a/2.png"
    assert url_at(reply, "meta.sound") == "https://a/c.wav"
    for path in ("images[2]", "images", "meta", "video.url", "images.url", "seed", "meta.words"):
        assert url_at(reply, path) is None
    assert outline(reply) == "video, images[0], images[1], meta.sound"
    assert outline({"words": "a secret", "seed": 3}) == "seed, words"
    assert outline([]) == "nothing"
    assert canonical_path("url") == "url"
