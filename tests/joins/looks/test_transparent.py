"""Transparent clips lie over black, or over the background, and show nothing of what is hidden."""

import asyncio
from fractions import Fraction
from pathlib import Path

import av
import ffmpeg
import pytest
from PIL import Image

from shotgraph.media.binary import find_ffmpeg
from shotgraph.media.conform import conform_clip
from shotgraph.media.probe import probe_now
from shotgraph.media.smart.join import concat
from shotgraph.media.target_format import TargetFormat
from shotgraph.media.trim import extract_frame, trim
from tests.joins.table import OURS, Outcome, Table
from tests.media.coded_clips import write_clip

pytestmark = pytest.mark.media

SIZE, FRAMES, RATE = (192, 128), 8, 24
GREEN, HIDDEN = (40, 180, 60), (250, 0, 250)
# Opaque, half transparent, wholly transparent; from left to right.
CODINGS: dict[str, tuple[str, dict[str, str | int]]] = {
    "ProRes 4444": ("mov", {"c:v": "prores_ks", "profile:v": "4444", "pix_fmt": "yuva444p10le"}),
    "PNG in mov": ("mov", {"c:v": "png", "pix_fmt": "rgba"}),
    "VP9 in webm": ("webm", {"c:v": "libvpx-vp9", "pix_fmt": "yuva420p", "auto-alt-ref": 0}),
    "VP8 in webm": (
        "webm",
        {"c:v": "libvpx", "pix_fmt": "yuva420p", "auto-alt-ref": 0, "b:v": "2M"},
    ),
}


@pytest.mark.parametrize("name", CODINGS)
async def test_nothing_hidden_is_seen(name: str, table: Table, tmp_path: Path) -> None:
    container, options = CODINGS[name]
    clip = _write(tmp_path / f"clip.{container}", options)
    plain = write_clip(tmp_path / "plain.mp4", clip=1, frames=2 * FRAMES, rate=RATE, size=SIZE)
    joined, cut, sent, still = (
        tmp_path / each for each in ("joined.mp4", "cut.mp4", "sent.mp4", "still.png")
    )
    white = "#ffffff"

    await asyncio.gather(
        concat([plain, clip], joined),
        trim(clip, cut, start=Fraction(0), seconds=Fraction(FRAMES, RATE), background=white),
        conform_clip(clip, sent, TargetFormat(*SIZE, Fraction(RATE)), first=0, frames=FRAMES),
        extract_frame(clip, still, at=4, background=white),
    )

    faults = []
    for step, picture, background in (
        ("concat", _frame(joined, 2 * FRAMES + 4), (0, 0, 0)),
        ("trim", _frame(cut, 4), (255, 255, 255)),
        ("conform", _frame(sent, 4), (0, 0, 0)),
        ("frame", Image.open(still), (255, 255, 255)),
    ):
        half = tuple((one + other) // 2 for one, other in zip(GREEN, background, strict=True))
        for place, wanted in enumerate((GREEN, half, background)):
            pixel = picture.getpixel((place * 64 + 32, 64))
            assert isinstance(pixel, tuple)
            apart = max(abs(is_ - due) for is_, due in zip(pixel, wanted, strict=True))
            if apart > 8:
                faults.append(f"{step}: {pixel}, not {wanted}")
    table.note(name, OURS, Outcome("silent failure" if faults else "right", "; ".join(faults)))
    assert not faults
    assert probe_now(clip).transparent
    assert not probe_now(plain).transparent


def _write(path: Path, options: dict[str, str | int]) -> Path:
    picture = Image.new("RGBA", SIZE, (*HIDDEN, 0))
    picture.paste((*GREEN, 255), (0, 0, 64, 128))
    picture.paste((*GREEN, 128), (64, 0, 128, 128))
    picture.save(path.with_suffix(".png"))
    still = ffmpeg.input(str(path.with_suffix(".png")), loop=1, framerate=RATE)
    # VP8 can't say its matrix, and is taken for standard definition.
    matrix = "smpte170m" if options["c:v"] == "libvpx" else "bt709"
    shown = still["v"].filter("scale", out_color_matrix=matrix, out_range="tv")
    shown = shown.filter("format", options["pix_fmt"])
    tags = {"colorspace": matrix, "color_range": "tv"} if "yuv" in str(options["pix_fmt"]) else {}
    ffmpeg.output(shown, str(path), **options, **tags, **{"frames:v": FRAMES}).run(
        cmd=str(find_ffmpeg().path), quiet=True
    )
    return path


def _frame(film: Path, number: int) -> Image.Image:
    with av.open(str(film)) as media:
        frame = list(media.decode(video=0))[number]
        # Untagged clips of this size are in the matrix of standard definition.
        space = "ITU709" if frame.colorspace == 1 else "ITU601"
        plane = frame.reformat(format="rgb24", src_colorspace=space).planes[0]
        size = (frame.width, frame.height)
        return Image.frombytes("RGB", size, bytes(plane), "raw", "RGB", plane.line_size, 1)
