import asyncio
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from shotgraph.media.probe import read_media
from shotgraph.rehearsal import RehearsalServer

from .client import EDIT_PRO, Client
from .conftest import make_clip
from .films import colour, first_and_last, frames_of

pytestmark = pytest.mark.media


@pytest.fixture(scope="module")
def noir(
    running: RehearsalServer,
    clip: Path,
    picture: Callable[..., Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, dict[str, Any]]:
    """The clip as a film noir with its sound, an image and an element; and what was asked."""
    path = tmp_path_factory.mktemp("noir") / "out.mp4"
    return path, asyncio.run(_noir(running, clip, picture, path))


async def _noir(
    running: RehearsalServer, clip: Path, picture: Callable[..., Path], path: Path
) -> dict[str, Any]:
    async with Client.of(running) as server:
        red, green, blue = [
            await server.upload(picture(shade, 400, 400), "image/png")
            for shade in ("#f00000", "#00f000", "#0000f0")
        ]
        body = {
            "prompt": "as a film noir, with a line that is long enough to be cut: " + "word " * 60,
            "video_url": await server.upload(clip),
            "keep_audio": True,
            "image_urls": [red],
            "elements": [{"frontal_image_url": green, "reference_image_urls": [blue]}],
        }
        await server.film(body, path)
        return body


@pytest.mark.parametrize(
    ("rate", "seconds", "size"),
    [
        ("30000/1001", "3.1031", "960x720"),
        pytest.param("60", "3.05", "720x1280", marks=pytest.mark.slow),
    ],
)
async def test_an_edit_keeps_every_frame_the_rate_and_the_length(
    server: Client, tmp_path: Path, rate: str, seconds: str, size: str
) -> None:
    before = await make_clip(tmp_path / "in.mp4", rate=rate, seconds=float(seconds), size=size)
    body = {"prompt": "make it pixel art", "video_url": await server.upload(before)}
    after = read_media(await server.film(body, tmp_path / "out.mp4"))
    told = read_media(before)
    assert (after.frames, after.frame_rate) == (told.frames, Fraction(rate))
    assert after.duration == told.duration
    assert (after.width, after.height) == (told.width, told.height)
    assert told.audio is not None
    assert after.audio is None


def test_an_edit_keeps_its_motion(noir: tuple[Path, Any]) -> None:
    frames = frames_of(noir[0])
    assert len(frames) == 72
    for number in (2, 30, 60):
        # The bar is the brightest column, and stands where it stood before.
        light = [colour(frames[number], (x / 64, 0.3, (x + 1) / 64, 0.7))[1] for x in range(64)]
        assert abs(light.index(max(light)) - (60 * number / 72 + 2)) <= 3


async def test_words_choose_the_colours(
    server: Client, clip: Path, noir: tuple[Path, Any], tmp_path: Path
) -> None:
    body = {"prompt": "the same at night", "video_url": await server.upload(clip)}
    night = await server.film(body, tmp_path / "out.mp4")
    ground = (0.3, 0.3, 0.9, 0.8)
    before, dark, grey = [colour(frames_of(film)[0], ground) for film in (clip, night, noir[0])]
    assert before[0] > before[2] + 60
    assert dark[2] > dark[0]
    assert max(grey) - min(grey) <= 6


async def test_two_takes_of_one_request_differ(
    server: Client, noir: tuple[Path, Any], tmp_path: Path
) -> None:
    film, body = noir
    again = await server.film(body, tmp_path / "out.mp4")
    assert again.read_bytes() != film.read_bytes()
    assert read_media(again).frames == 72


def test_kept_sound_is_the_same_sound(clip: Path, noir: tuple[Path, Any]) -> None:
    assert read_media(noir[0]).audio == read_media(clip).audio is not None


async def test_kept_sound_goes_on_for_no_longer_than_the_picture(
    server: Client, tmp_path: Path
) -> None:
    before = await make_clip(tmp_path / "in.mp4", sound_s=4.5)
    body = {"prompt": "x", "video_url": await server.upload(before), "keep_audio": True}
    after = read_media(await server.film(body, tmp_path / "out.mp4"))
    assert after.audio is not None
    # It is copied, so it ends where one of its packets does: 1024 samples.
    assert abs(after.audio.duration - after.duration) <= Fraction(1024, 44100)


def test_the_mark_and_every_picture_are_seen(noir: tuple[Path, Any]) -> None:
    first, last = first_and_last(noir[0])
    corner = [
        pixel for pixel in _pixels(first, (300, 0, 720, 160)) if max(pixel) - min(pixel) > 150
    ]
    assert {max(range(3), key=pixel.__getitem__) for pixel in corner} == {0, 1, 2}
    for frame in (first, last):
        assert any(map(_amber, _pixels(frame, (0, 600, 720, 720))))
        assert not any(map(_amber, _pixels(frame, (0, 160, 720, 600))))


def _pixels(image: Image.Image, box: tuple[int, int, int, int]) -> list[tuple[int, int, int]]:
    data = image.crop(box).tobytes()
    return [(data[at], data[at + 1], data[at + 2]) for at in range(0, len(data), 3)]


def _amber(pixel: tuple[int, int, int]) -> bool:
    return pixel[0] > 180 and pixel[2] < 110


async def test_the_direct_way_waits_and_bills_the_seconds_of_the_input(
    server: Client, tmp_path: Path
) -> None:
    clip = await make_clip(tmp_path / "in.mp4", seconds=3.25, sound=False)
    body = {"prompt": "x", "video_url": await server.upload(clip)}
    reply = await server.http.post(f"{server.bases.run_url}/{EDIT_PRO}", json=body)
    assert reply.status_code == 200
    assert reply.headers["x-fal-billable-units"] == "4"
    (job,) = await server.jobs()
    assert (job["host"], job["request_id"]) == ("run", reply.headers["x-fal-request-id"])
    assert (job["charged_units"], job["charged_usd"]) == (4, 0.672)
    video = reply.json()["video"]
    assert set(video) == {"url", "content_type", "file_name", "file_size"}
    assert len((await server.http.get(video["url"])).content) == video["file_size"]
