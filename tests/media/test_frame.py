from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import ffmpeg
import pytest
from PIL import Image

from shotgraph.errors import MediaError
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.source import address, source
from shotgraph.media.trim import extract_frame
from tests.media.coded_clips import Code, Sound, read_code, write_clip


async def extract(clip: Path, at: Literal["first", "last"] | int, into: Path) -> Code | None:
    info = await extract_frame(clip, into, at=at)
    with Image.open(into) as picture:
        assert picture.format == "PNG"
        assert picture.size == (info.width, info.height)
        return read_code(picture)


async def test_any_frame_of_a_clip(first: Path, tmp_path: Path) -> None:
    png = tmp_path / "x.png"

    assert await extract(first, "first", png) == (1, 0)
    assert await extract(first, "last", png) == (1, 39)
    assert [await extract(first, number, png) for number in range(1, 39, 4)] == [
        (1, number) for number in range(1, 39, 4)
    ]


async def test_the_last_frame_is_the_pictures_whatever_the_sound(
    second: Path, tmp_path: Path
) -> None:
    assert await extract(second, "last", tmp_path / "x.png") == (2, 24)


async def test_it_is_upright_with_square_pixels(turned: Path, tmp_path: Path) -> None:
    flat = write_clip(
        tmp_path / "flat.mp4", clip=8, frames=9, size=(240, 180), aspect=Fraction(4, 3)
    )

    assert await extract(turned, 7, tmp_path / "x.png") == (4, 7)
    assert await extract(flat, "last", tmp_path / "y.png") == (8, 8)
    with Image.open(tmp_path / "x.png") as standing, Image.open(tmp_path / "y.png") as lying:
        assert (standing.size, lying.size) == ((180, 320), (320, 180))


async def test_hidden_frames_have_no_number(first: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mp4"
    await run_ffmpeg(ffmpeg.output(source(first, ss=0.5)["v:0"], address(cut), c="copy", f="mp4"))

    assert await extract(cut, 0, tmp_path / "x.png") == (1, 15)
    assert await extract(cut, "last", tmp_path / "x.png") == (1, 39)


@pytest.mark.slow
async def test_webm_has_frames_too(tmp_path: Path) -> None:
    clip = write_clip(
        tmp_path / "x.webm",
        clip=9,
        frames=30,
        container="webm",
        codec="libvpx",
        sound=Sound(codec="libopus"),
    )

    assert await extract(clip, 17, tmp_path / "x.png") == (9, 17)
    assert await extract(clip, "last", tmp_path / "x.png") == (9, 29)


@pytest.mark.parametrize("number", [40, -1, 10**9])
async def test_a_frame_that_is_not_there(number: int, first: Path, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"no frame -?\d+: it has 40, numbered 0 to 39"):
        await extract_frame(first, tmp_path / "x.png", at=number)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("size", "matrix"), [((1280, 720), "ITU709"), ((320, 180), "ITU601")])
async def test_colours_that_say_nothing_are_taken_by_the_size(
    size: tuple[int, int], matrix: str, tmp_path: Path
) -> None:
    colour = (200, 60, 30)
    clip = tmp_path / "x.mp4"
    with av.open(str(clip), "w") as media:
        stream = media.add_stream("libx264", rate=30, options={"crf": "4", "preset": "ultrafast"})
        stream.width, stream.height = size
        red = av.VideoFrame.from_image(Image.new("RGB", size, colour))  # type: ignore[no-untyped-call]
        frame = red.reformat(format="yuv420p", dst_colorspace=matrix)
        frame.colorspace = 2
        media.mux(stream.encode(frame))
        media.mux(stream.encode(None))

    await extract_frame(clip, tmp_path / "x.png", at=0)

    with Image.open(tmp_path / "x.png") as picture:
        assert picture.getpixel((size[0] // 2, size[1] // 2)) == pytest.approx(colour, abs=5)
