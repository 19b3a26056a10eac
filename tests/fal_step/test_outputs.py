"""What is taken from a reply: by path, several at once, others later; never bought again."""

from typing import Any

import pytest
from pydantic import ValidationError

from shotgraph.endpoints.output import canonical_path, outline, url_at
from shotgraph.errors import MediaError, Terminal
from shotgraph.fal.keep import NotInReply
from shotgraph.store import Store
from tests.fal_step.conftest import Draw, body_of
from tests.fal_step.test_bought_once import counts
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
    assert (await draw(output="audio")).result.asset.kind == "audio"
    with pytest.raises(MediaError, match="makes a sound at audio, and not a video"):
        await draw(output={"path": "audio", "kind": "video"})
    assert (await counts(server))["submits"] == 1


async def test_what_fal_no_longer_has_is_not_bought_again(server: Client, draw: Draw) -> None:
    await draw(output="audio")
    await server.fault("status", at="media", status=404)
    with pytest.raises(Terminal, match=r"It was not bought again; .* --buy-again"):
        await draw(output="image")
    assert (await counts(server))["submits"] == 1


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("video", [("video", "video", "video")]),
        ("audio.url", [("audio", "audio", "audio")]),
        ("images[0].url", [("image", "images[0]", "image")]),
        ("data.clips[12].file", [("video", "data.clips[12].file", "video")]),
        ({"path": "result", "kind": "image"}, [("image", "result", "image")]),
        ({"path": "video_url"}, [("video", "video_url", "video")]),
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
        ("", "is no path into a reply"),
        ("video[", "is no path into a reply"),
        ("video..url", "is no path into a reply"),
        ("$video", "is no path into a reply"),
        (3, "is no output"),
        ({}, "is no output"),
        ([], "is no output"),
        ({"path": "x", "kind": "mesh"}, "video, image, audio"),
        ({"path": "x", "kind": "video", "more": 1}, "write a path, or {path: result"),
        ({"a b": "video"}, "has a name that is none"),
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
    for path in ("images[2]", "images", "meta", "video.url", "images.url", "seed"):
        assert url_at(reply, path) is None
    assert outline(reply) == "video, images[0], images[1], meta.sound"
    assert outline({"words": "a secret", "seed": 3}) == "seed, words"
    assert outline([]) == "nothing"
    assert canonical_path("url") == "url"
