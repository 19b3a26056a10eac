"""A film keeps ten bits, and transparency, where its format says so."""

from pathlib import Path

import av
import ffmpeg
import pytest

from shotgraph.media.binary import find_ffmpeg
from shotgraph.media.smart.join import concat
from shotgraph.media.target_format import PIXEL_FORMATS, Codec, Coding, PixelFormat, WantedFormat
from shotgraph.media.transition import Transition
from shotgraph.media.treatment import Treatment
from tests.joins.table import OURS, Outcome, Table
from tests.media.coded_clips import Sound, codes, read_codes, write_clip

pytestmark = pytest.mark.media

FRAMES = 8
PROFILES = {
    ("h264", "yuv420p10le"): "High 10",
    ("h264", "yuv422p10le"): "High 4:2:2",
    ("hevc", "yuv420p10le"): "Main 10",
    ("hevc", "yuv422p10le"): "Rext",
    ("prores", "yuv422p10le"): "HQ",
    ("prores", "yuv444p10le"): "4444",
    ("prores", "yuva444p10le"): "4444",
}
WAYS = [(codec, pixels) for codec, all_ in PIXEL_FORMATS.items() for pixels in all_]


@pytest.mark.parametrize(("codec", "pixel_format"), WAYS)
async def test_a_film_is_coded_as_its_format_says(
    codec: Codec, pixel_format: PixelFormat, table: Table, tmp_path: Path
) -> None:
    deep = _gradient(tmp_path / "deep.mov")
    plain = write_clip(tmp_path / "plain.mp4", clip=1, frames=FRAMES, rate=24, sound=Sound())
    noted: list[Treatment] = []
    coding = Coding(codec, pixel_format)
    film = tmp_path / "film"

    made = await concat(
        [plain, deep, plain], film, wanted=WantedFormat(coding=coding), note=noted.append
    )

    faults = []
    # What has 4:4:4 in ProRes is decoded to 12 bit.
    if (made.codec, made.pixel_format) != (codec, pixel_format.replace("444p10", "444p12")):
        faults.append(f"{made.codec} {made.pixel_format}")
    if made.profile != PROFILES.get((codec, pixel_format), made.profile):
        faults.append(f"profile {made.profile}")
    shown = read_codes(film)
    if (shown[:FRAMES], shown[-FRAMES:]) != (codes(1, range(FRAMES)),) * 2:
        faults.append("frames")
    levels = _levels(film, FRAMES + 2)
    if (levels > 60) != ("10" in pixel_format):
        faults.append(f"{levels} levels")
    name = f"{codec} {pixel_format}"
    table.note(name, OURS, Outcome("silent failure" if faults else "right", "; ".join(faults)))
    assert not faults
    assert noted[0].pixel_format == made.pixel_format
    assert {one.how for one in noted[0].clips} <= {"coded", "copied"}


async def test_a_dissolve_keeps_ten_bits_too(tmp_path: Path) -> None:
    deep = _gradient(tmp_path / "deep.mov")
    wanted = WantedFormat(coding=Coding("hevc", "yuv420p10le"))

    made = await concat(
        [deep, deep],
        tmp_path / "film",
        transition=Transition(kind="dissolve", seconds=1),
        wanted=wanted,
    )

    assert made.pixel_format == "yuv420p10le"
    assert _levels(tmp_path / "film", 2) > 60


async def test_transparency_is_kept(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mov"
    shown = ffmpeg.input("color=c=red@0.5:s=192x128:r=24:d=0.5,format=rgba", f="lavfi")
    _run(ffmpeg.output(shown, str(clip), **{"c:v": "png"}))

    made = await concat(
        [clip], tmp_path / "film", wanted=WantedFormat(coding=Coding("prores", "yuva444p10le"))
    )

    assert made.transparent
    with av.open(str(tmp_path / "film")) as media:
        frame = next(media.decode(video=0)).reformat(format="rgba")
        assert abs(bytes(frame.planes[0])[3] - 128) < 4


async def test_clips_that_are_coded_so_are_still_copied(tmp_path: Path) -> None:
    plain = write_clip(tmp_path / "plain.mp4", clip=1, frames=FRAMES, rate=24)
    for codec, how in (("h264", "copied"), ("hevc", "coded")):
        noted: list[Treatment] = []
        coding = Coding("h264" if codec == "h264" else "hevc")
        await concat(
            [plain], tmp_path / "film", wanted=WantedFormat(coding=coding), note=noted.append
        )
        assert noted[0].clips[0].how == how


def _gradient(path: Path) -> Path:
    """A dark ramp of some hundred levels of ten bits."""
    ramp = "64+X*100/W"
    shown = (
        ffmpeg.input("color=c=black:s=320x180:r=24:d=1.5", f="lavfi")
        .filter("format", "yuv422p10le")
        .filter("geq", lum=ramp, cb=512, cr=512)
    )
    _run(ffmpeg.output(shown, str(path), **{"c:v": "prores_ks", "profile:v": 3}))
    return path


def _run(node: object) -> None:
    ffmpeg.run(node, cmd=str(find_ffmpeg().path), quiet=True, overwrite_output=True)


def _levels(film: Path, number: int) -> int:
    """How many levels one line of a frame has."""
    with av.open(str(film)) as media:
        frame = list(media.decode(video=0))[number].reformat(format="gray16le")
        plane = frame.planes[0]
        line = bytes(plane)[plane.line_size * 90 : plane.line_size * 91]
        return len({line[at : at + 2] for at in range(0, frame.width * 2, 2)})
