from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from shotgraph.media.probe import read_media

from .client import IMAGE, PICTURES, REFERENCE, Client
from .conftest import make_clip
from .films import colour, distance, first_and_last, frames_of

pytestmark = pytest.mark.media


async def test_a_reference_begins_on_the_last_frame_and_moves_on(
    server: Client, clip: Path, tmp_path: Path
) -> None:
    body = {"prompt": "the next shot", "video_url": await server.upload(clip), "duration": "3"}
    path = await server.film(body, tmp_path / "out.mp4", REFERENCE)
    film = read_media(path)
    assert (film.frames, film.frame_rate, film.audio) == (72, Fraction(24), None)
    assert (film.width, film.height) == (720, 720)
    _, last = first_and_last(clip)
    first, end = first_and_last(path)
    # Above the label nothing else was added.
    above = (0, 0, 720, 580)
    assert distance(first.crop(above), last.crop(above)) < 4
    # The bar has left the right; the push may have cut it off at the left.
    assert distance(end.crop(above), last.crop(above)) > 8


async def test_a_reference_keeps_the_colours_of_a_clip_that_says_what_they_are(
    server: Client, tmp_path: Path
) -> None:
    said: dict[str, Any] = {"x264-params": "colormatrix=bt709:range=tv"}
    clip = await make_clip(tmp_path / "in.mp4", sound=False, **said)
    body = {"prompt": "the next shot", "video_url": await server.upload(clip), "duration": "3"}
    path = await server.film(body, tmp_path / "out.mp4", REFERENCE)
    film = read_media(path)
    assert (film.colour.space, film.colour.range) == ("bt709", "tv")
    above = (0.1, 0.1, 0.8, 0.7)
    before, after = colour(first_and_last(clip)[1], above), colour(first_and_last(path)[0], above)
    assert all(abs(one - other) <= 2 for one, other in zip(before, after, strict=True))


@pytest.mark.parametrize(
    ("ratio", "size"),
    [("16:9", (1280, 720)), pytest.param("9:16", (720, 1280), marks=pytest.mark.slow)],
)
async def test_a_reference_takes_another_shape_without_distortion(
    server: Client, tmp_path: Path, clip: Path, ratio: str, size: tuple[int, int]
) -> None:
    body = {
        "prompt": "the next shot",
        "video_url": await server.upload(clip),
        "duration": "4",
        "aspect_ratio": ratio,
        "keep_audio": True,
    }
    path = await server.film(body, tmp_path / "out.mp4", REFERENCE)
    film = read_media(path)
    assert (film.width, film.height) == size
    # Longer than its input: there and back again, to the frame.
    assert (film.frames, film.duration) == (96, Fraction(4))
    assert film.audio is not None
    assert abs(film.audio.duration - 4) < Fraction(1, 20)
    # The bar is 45 px wide for 720 px of height; where it is whole, it is scaled as the height is.
    bar = _white_run(frames_of(path)[40])
    assert bar == pytest.approx(45 * max(size) / 720 * 64 / size[0], rel=0.35)


def _white_run(image: Any) -> int:
    row = [colour(image, (x / 64, 0.4, (x + 1) / 64, 0.5)) for x in range(64)]
    return sum(min(pixel) > 150 for pixel in row)


async def test_an_image_is_moved_for_the_seconds_asked_for(
    server: Client, picture: Any, tmp_path: Path
) -> None:
    url = await server.upload(picture("#205080", 800, 450), "image/png")
    body = {"prompt": "fly", "start_image_url": url, "duration": "3"}
    path = await server.film(body, tmp_path / "out.mp4", IMAGE)
    film = read_media(path)
    assert (film.width, film.height, film.frames) == (1280, 720, 72)
    assert film.duration == 3
    frames = frames_of(path)
    assert distance(frames[0], frames[71]) > 1
    blue = colour(frames[0], (0.0, 0.0, 0.2, 0.2))
    assert blue[2] > blue[0] + 40


async def test_an_end_image_is_where_it_ends(server: Client, picture: Any, tmp_path: Path) -> None:
    start, end = picture("#c02020", 400, 400), picture("#20c020", 400, 400)
    body = {
        "prompt": "change",
        "start_image_url": await server.upload(start, "image/png"),
        "end_image_url": await server.upload(end, "image/png"),
        "duration": "3",
    }
    path = await server.film(body, tmp_path / "out.mp4", IMAGE)
    first, _ = first_and_last(path)
    assert first.size == (720, 720)
    above = (0, 0, 64, 50)
    frames = frames_of(path)
    for frame, still in ((frames[0], start), (frames[-1], end)):
        wanted = Image.open(still).resize(frame.size)
        assert distance(frame.crop(above), wanted.crop(above)) < 6
    middle = colour(frames[36], (0.05, 0.05, 0.3, 0.3))
    assert min(middle[0], middle[1]) > 60


async def test_every_picture_has_its_time(server: Client, picture: Any, tmp_path: Path) -> None:
    shades = ("#101010", "#707070", "#e0e0e0")
    urls = [await server.upload(picture(shade, 400, 400), "image/png") for shade in shades]
    body = {
        "prompt": "as a film noir",
        "image_urls": urls[:2],
        "elements": [{"frontal_image_url": urls[2]}],
        "duration": "3",
        "aspect_ratio": "1:1",
    }
    path = await server.film(body, tmp_path / "out.mp4", PICTURES)
    film = read_media(path)
    assert (film.width, film.height, film.frames) == (720, 720, 72)
    frames = frames_of(path)
    seen = [colour(frames[number], (0.05, 0.05, 0.25, 0.25))[0] for number in (12, 40, 66)]
    assert seen[0] + 30 < seen[1] < seen[2] - 30


async def test_a_shot_without_pictures_is_drawn_all_the_same(
    server: Client, tmp_path: Path
) -> None:
    body = {"prompt": "a night train", "duration": "3", "aspect_ratio": "9:16"}
    film = read_media(await server.film(body, tmp_path / "out.mp4", PICTURES))
    assert (film.width, film.height, film.frames) == (720, 1280, 72)
