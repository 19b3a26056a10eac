"""Clips and images of every kind, made to fit: inside the limits, each frame where it should be."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import ffmpeg
import pytest
from PIL import Image

from shotgraph.endpoints.arguments import misfits
from shotgraph.making.fit import VideoFit, fit_image, fit_video
from shotgraph.media.conform import conform_clip, conform_image
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import read_media
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.source import address, source
from tests.media.coded_clips import (
    Sound,
    codes,
    fitted,
    read_codes,
    resampled,
    write_clip,
)

pytestmark = [pytest.mark.media, pytest.mark.timeout(3600)]

NOISE = Random(1)  # noqa: S311 - for pictures that don't compress, the same in every run
NTSC_FILM, NTSC = Fraction(24000, 1001), Fraction(30000, 1001)


@dataclass(frozen=True)
class Case:
    """A clip, and the frames that a model should see of it.

    Attributes:
        written: How it is written.
        after: What is done to the file then.
        shown: The numbers of its frames as they are to be seen; None for all, once each.
    """

    name: str
    frames: int = 75
    rate: Fraction | int = 25
    size: tuple[int, int] = (1280, 720)
    written: dict[str, Any] = field(default_factory=dict)
    after: Callable[[Path, Path], Any] | None = None
    shown: list[int] | None = None


INSIDE = [
    Case("h264 mp4 720p25"),
    Case("h264 mov 720p25", written={"container": "mov"}),
    Case("with sound", written={"sound": Sound()}),
    Case("portrait", size=(720, 1280)),
    Case("square, 2160", size=(2160, 2160), frames=72, rate=24),
    Case("hevc", written={"codec": "libx265"}),
    Case("60 a second", rate=60, frames=180),
    Case("29.97 a second", rate=NTSC, frames=90),
    Case("10.05 s", rate=20 * 2, frames=402),
]


def _held(frames: int, to: int) -> list[int]:
    return [*range(frames), *[frames - 1] * (to - frames)]


async def _to_hdr(path: Path, into: Path) -> None:
    picture = source(path)["v:0"].filter(
        "setparams", color_primaries="bt2020", color_trc="smpte2084", colorspace="bt2020nc"
    )
    picture = picture.filter("format", "yuv420p10le")
    made = ffmpeg.output(picture, address(into), f="mp4", vcodec="libx264", preset="ultrafast")
    await run_ffmpeg(made)


async def _with_200_mb(path: Path, into: Path) -> None:
    """Add a box that players skip; its bytes are a hole in the file."""
    empty = 200_000_000
    with into.open("wb") as file:
        file.write(path.read_bytes())
        file.write(empty.to_bytes(4, "big") + b"free")
        file.truncate(path.stat().st_size + empty)


async def _interlaced(path: Path, into: Path) -> None:
    picture = source(path)["v:0"].filter("setfield", "tff")
    made = ffmpeg.output(
        picture,
        address(into),
        f="mp4",
        vcodec="libx264",
        preset="ultrafast",
        flags="+ildct+ilme",
        **{"x264-params": "tff=1"},
    )
    await run_ffmpeg(made)


UNEVEN = [number + number // 3 for number in range(60)]  # every third frame lasts two


PRORES = {"codec": "prores_ks", "container": "mov", "pixel_format": "yuv422p10le"}
OUTSIDE = [
    Case("640x360", size=(640, 360)),
    Case("360x640", size=(360, 640)),
    Case("3840x2160", size=(3840, 2160), frames=72, rate=24),
    Case("1920x480", size=(1920, 480)),
    Case("15 a second", rate=15, frames=45, shown=resampled(45, 15, 30)),
    Case("12 a second", rate=12, frames=36, shown=resampled(36, 12, 24)),
    Case("120 a second", rate=120, frames=360, shown=resampled(360, 120, 60)),
    Case("23.976 a second", rate=NTSC_FILM, frames=96),
    Case("1 s", frames=25, shown=_held(25, 75)),
    Case("one frame", frames=1, shown=_held(1, 75)),
    Case("turned by 90", written={"rotation": 90}),
    Case("turned by 180", written={"rotation": 180}),
    Case("pixels of 4:3", size=(960, 720), written={"aspect": Fraction(4, 3)}),
    Case("vp9 webm", written={"codec": "libvpx-vp9", "container": "webm"}),
    Case("h264 matroska", written={"container": "matroska"}),
    Case("prores mov", written=PRORES),
    Case("HDR", after=_to_hdr),
    Case("200 MB", after=_with_200_mb),
    Case("interlaced", after=_interlaced),
    Case("uneven rate", frames=60, rate=30, written={"times": UNEVEN}),
]


@pytest.fixture
async def made(case: Case, tmp_path: Path) -> Path:
    path = tmp_path / "given"
    write_clip(path, clip=9, frames=case.frames, rate=case.rate, size=case.size, **case.written)
    if case.after is not None:
        await case.after(path, tmp_path / "after")
        path = tmp_path / "after"
    return path


def _told(case: Case, info: MediaInfo, became: str, seconds: float) -> None:
    shape = f"{info.width}x{info.height} {info.frames} frames, {float(info.duration):.3f} s"
    print(f"\nconform: {case.name:<16} {shape:<38} -> {became} ({seconds:.1f} s)", end="")


@pytest.mark.parametrize("case", INSIDE, ids=lambda case: case.name)
async def test_what_is_inside_is_untouched(case: Case, made: Path) -> None:
    info = read_media(made)
    before = hashlib.sha256(made.read_bytes()).hexdigest()

    assert misfits(info, "video") == []
    assert fit_video(info, "split") is None
    assert hashlib.sha256(made.read_bytes()).hexdigest() == before
    _told(case, info, "untouched", 0)


@pytest.mark.parametrize("case", OUTSIDE, ids=lambda case: case.name)
async def test_what_is_outside_comes_inside(case: Case, made: Path, tmp_path: Path) -> None:
    info = read_media(made)
    fit = fit_video(info, "split")
    assert fit is not None
    (piece,) = fit.pieces
    began = time.monotonic()

    became = await conform_clip(
        made,
        tmp_path / "o.mp4",
        fit.target_format,
        first=0,
        frames=piece.sent,
        retime=fit.retime,
    )

    took_s = time.monotonic() - began
    assert misfits(became, "video") == []
    assert fit_video(became, "split") is None
    assert became.frames == piece.sent
    assert became.duration == fit.seconds(piece)
    assert not became.colour.is_hdr
    shown = _shown(case, info, fit)
    assert _read(tmp_path / "o.mp4", info, became) == codes(9, shown)
    said = f"{became.width}x{became.height} {became.frames} frames, {float(became.duration):.3f} s"
    _told(case, info, said, took_s)


def _shown(case: Case, info: MediaInfo, fit: VideoFit) -> list[int]:
    if case.written.get("times"):
        rate = fit.target_format.frame_rate
        starts = [int(Fraction(each, 30) * rate + Fraction(1, 2)) for each in UNEVEN]
        places = range(fit.pieces[0].sent)
        return [max(n for n, start in enumerate(starts) if start <= place) for place in places]
    return case.shown if case.shown is not None else list(range(info.frames))


def _read(path: Path, info: MediaInfo, became: MediaInfo) -> list[tuple[int, int] | None]:
    box = fitted((info.width, info.height), (became.width, became.height))
    return read_codes(path, box)


@pytest.mark.parametrize(
    ("name", "size", "options"),
    [
        ("x.png", (299, 300), {}),
        ("x.png", (1200, 300), {}),
        ("x.jpg", (300, 1200), {}),
        ("x.webp", (100, 100), {}),
        ("x.jpg", (600, 400), {"exif": 6}),
        ("x.png", (2000, 2000), {"noise": True}),  # 12 MB
    ],
)
async def test_images_come_inside(
    name: str, size: tuple[int, int], options: dict[str, Any], tmp_path: Path
) -> None:
    picture = Image.new("RGB", size, "navy")
    if options.get("noise"):
        picture = Image.frombytes("RGB", size, NOISE.randbytes(size[0] * size[1] * 3))
    exif = Image.Exif()
    if "exif" in options:
        exif[0x0112] = options["exif"]
    picture.save(tmp_path / name, exif=exif)
    info = read_media(tmp_path / name)
    fit = fit_image(info)
    assert fit is not None

    became = await conform_image(tmp_path / name, tmp_path / "o", fit.canvas, most_bytes=10_000_000)

    assert misfits(became, "image") == []
    assert fit_image(became) is None
    assert (became.width, became.height) == (fit.canvas.width, fit.canvas.height)
    print(f"\nconform: {name} {info.width}x{info.height} -> {became.width}x{became.height}", end="")
