"""HDR and wide gamut come out as the colours that they are, from every step alike."""

import asyncio
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import pytest
from PIL import Image

from shotgraph.media.conform import conform_clip
from shotgraph.media.framing import Framing, Window
from shotgraph.media.hold import hold_frame
from shotgraph.media.lettering import Lettering
from shotgraph.media.reshape import crop, speed
from shotgraph.media.smart.join import concat
from shotgraph.media.target_format import TargetFormat, WantedFormat
from shotgraph.media.title import title
from shotgraph.media.title_timing import TitleTiming
from shotgraph.media.trim import extract_frame, trim
from tests.joins.looks.patches import COLUMNS, PATCHES, ROWS, SIZE, Colours, Rgb, write_patches
from tests.joins.table import OURS, Outcome, Table

pytestmark = pytest.mark.media

FRAMES, RATE = 8, 24
# Paper white is 235 where there is something brighter; skin gives a little to it.
HDR_PATCHES: tuple[Rgb, ...] = ((235, 235, 235), PATCHES[1], (221, 169, 138), *PATCHES[3:])
# The coder's, and that of the table of colours where a colour is at the edge of BT.709.
TOLERANCE = 6
EDGE_TOLERANCE = 12


@dataclass(frozen=True)
class ColourCase:
    """How patches are coded, and what they should be in a film."""

    name: str
    colours: Colours
    shown: tuple[Rgb, ...]
    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    tolerance: int = TOLERANCE


_HLG = Colours("bt2020", "arib-std-b67", "bt2020nc")
_PQ = Colours("bt2020", "smpte2084", "bt2020nc")
_WIDE = Colours("bt2020", "bt2020-10", "bt2020nc")
_HEVC, _PRORES = ("libx265", "yuv420p10le"), ("prores_ks", "yuv422p10le")
# fmt: off
CASES = [
    ColourCase("BT.709", Colours(), PATCHES),
    ColourCase("HLG", _HLG, HDR_PATCHES, *_HEVC, EDGE_TOLERANCE),
    ColourCase("PQ", _PQ, HDR_PATCHES, *_HEVC, EDGE_TOLERANCE),
    ColourCase("HLG in ProRes", _HLG, HDR_PATCHES, *_PRORES, EDGE_TOLERANCE),
    ColourCase("P3", Colours("smpte432"), PATCHES),
    ColourCase("BT.2020 SDR, 10 bit", _WIDE, PATCHES, *_HEVC),
]
# fmt: on


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_colours_are_right_and_the_same_in_every_step(
    case: ColourCase, table: Table, tmp_path: Path
) -> None:
    clip = write_patches(
        tmp_path / "clip.mov", case.colours, codec=case.codec, pixel_format=case.pixel_format
    )
    plain = write_patches(tmp_path / "plain.mp4", Colours())
    made = {name: tmp_path / f"{name}.mp4" for name in ("crop", "speed", "hold", "title", "fit")}
    joined, cut, sent, still = (
        tmp_path / name for name in ("joined.mp4", "cut.mp4", "sent.mp4", "still.png")
    )

    await asyncio.gather(
        concat([plain, plain, clip], joined),
        trim(clip, cut, start=Fraction(0), seconds=Fraction(FRAMES, RATE)),
        conform_clip(clip, sent, TargetFormat(*SIZE, Fraction(RATE)), first=0, frames=FRAMES),
        extract_frame(clip, still, at=4),
        crop(clip, made["crop"], Window(SIZE[0], SIZE[1])),
        speed(clip, made["speed"], Fraction(1, 2)),
        hold_frame(clip, made["hold"], at=4, seconds=Fraction(FRAMES, RATE)),
        title(clip, made["title"], Lettering("-", size=8, place="top"), TitleTiming()),
        concat([clip], made["fit"], wanted=WantedFormat(128, 128), framing=Framing("blur")),
    )

    seen = {
        "concat": _frame(joined, 2 * FRAMES + 4),
        "trim": _frame(cut, 4),
        "conform": _frame(sent, 4),
        "frame": Image.open(still),
        **{name: _frame(path, 4) for name, path in made.items()},
    }
    faults = [
        f"{step}: {apart:.0f} of 255 off"
        for step, picture in seen.items()
        if (apart := _apart(_patches(picture), case.shown)) > case.tolerance
    ]
    seam = _apart(_patches(seen["frame"]), _patches(seen["trim"]))
    if seam > 3:
        faults.append(f"frame and film are {seam:.0f} of 255 apart")
    table.note(case.name, OURS, Outcome("silent failure" if faults else "right", "; ".join(faults)))
    assert not faults


def _frame(film: Path, number: int) -> Image.Image:
    with av.open(str(film)) as media:
        frame = list(media.decode(video=0))[number]
        assert frame.colorspace == 1
        plane = frame.reformat(format="rgb24", src_colorspace="ITU709").planes[0]
        size = (frame.width, frame.height)
        return Image.frombytes("RGB", size, bytes(plane), "raw", "RGB", plane.line_size, 1)


def _patches(picture: Image.Image) -> list[Rgb]:
    width, height = picture.size
    found: list[Rgb] = []
    for row in range(ROWS):
        for column in range(COLUMNS):
            middle = (2 * column + 1) * width // (2 * COLUMNS), (2 * row + 1) * height // (2 * ROWS)
            pixel = picture.getpixel(middle)
            assert isinstance(pixel, tuple)
            found.append((pixel[0], pixel[1], pixel[2]))
    return found


def _apart(one: list[Rgb], other: list[Rgb] | tuple[Rgb, ...]) -> float:
    return max(
        abs(part - wanted)
        for pair in zip(one, other, strict=True)
        for part, wanted in zip(*pair, strict=True)
    )
