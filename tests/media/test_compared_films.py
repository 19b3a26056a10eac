"""A film is compared with its clips: its labels, the frames it shows, and what is heard of it."""

from fractions import Fraction
from pathlib import Path

import av
import ffmpeg
import pytest

from shotgraph.errors import MediaError
from shotgraph.media.probe import read_media
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.smart.clip import Shot, read_clip
from shotgraph.media.smart.coded_piece import CodedPiece, count_decoded
from shotgraph.media.smart.due import Candidate, Due, ShownShot
from shotgraph.media.smart.due_sound import Heard
from shotgraph.media.smart.hearing import sound_differences
from shotgraph.media.smart.join import concat
from shotgraph.media.smart.seeing import _compared, picture_differences
from shotgraph.media.smart.small_picture import Small
from shotgraph.media.smart.tint import Tint
from shotgraph.media.smart.verify import verify
from shotgraph.media.source import address
from shotgraph.media.target_format import TargetFormat, WantedFormat, format_of
from tests.media.coded_clips import Sound, show_as, write_clip

_AT_30 = TargetFormat(320, 180, Fraction(30))


async def test_what_is_heard_is_where_it_should_be(
    first: Path, second: Path, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"
    await concat([first, second], film)
    one, two = read_clip(first), read_clip(second)
    ends = 64_000, 104_000

    right = [Heard.of(one, 0, ends[0]), Heard.of(two, ends[0], ends[1] - ends[0])]
    late = [Heard.of(one, 0, ends[0]), Heard.of(two, ends[0], ends[1] - ends[0], first=960)]
    assert sound_differences(film, "stereo", right) == []
    said = sound_differences(film, "stereo", late)
    assert "at 1.36 s, in channel 1 of 2" in said[0]

    with pytest.raises(MediaError, match=r"was not kept: at 1\.36 s, in channel 1 of 2"):
        await verify(
            film,
            format_of(read_media(film)),
            frames=65,
            has_sound=True,
            pieces=[CodedPiece(first, 40), CodedPiece(second, 25)],
            decoded=[first, second],
            heard=late,
        )


async def test_one_side_in_place_of_the_other_is_heard(tmp_path: Path) -> None:
    left = write_clip(tmp_path / "one.mp4", clip=1, frames=30, sound=Sound(layout="mono"))
    clip = read_clip(left)

    assert sound_differences(left, "mono", [Heard.of(clip, 0, 48_000)]) == []
    later = Sound(layout="mono", tone_at=Fraction(1, 2))
    other = write_clip(tmp_path / "two.mp4", clip=1, frames=30, sound=later)
    assert sound_differences(other, "mono", [Heard.of(clip, 0, 48_000)]) == [
        "at 0.00 s its sound differs from the sound of its clips"
    ]


def test_a_frame_in_place_of_another_is_seen(first: Path, second: Path) -> None:
    clip = read_clip(first)

    assert picture_differences(first, _AT_30, [ShownShot(Shot(clip, 40))]) == []
    assert picture_differences(first, _AT_30, [ShownShot(Shot(clip, 39, first=1))]) == [
        "frame 0 shows frame 0 in place of frame 1 of its clip"
    ]
    assert picture_differences(second, _AT_30, [ShownShot(Shot(clip, 25))]) != []


async def test_a_plain_picture_that_grows_brighter_is_no_wrong_one(tmp_path: Path) -> None:
    """The first tenth of a fade from black, at 50 frames a second: coding shifts its level."""
    grey = ffmpeg.input("color=black:s=320x180:r=50:d=1", f="lavfi")
    brighter = grey.filter("format", "yuv420p").filter("geq", lum="16+2*N", cb=128, cr=128)
    clip, film = tmp_path / "clip.mp4", tmp_path / "film.mp4"
    await run_ffmpeg(ffmpeg.output(brighter, address(clip), vcodec="libx264", qp=4))
    made = await concat([clip], film, wanted=WantedFormat(frame_rate=Fraction(24)))
    assert made.frames == 24


async def test_a_copied_film_says_of_itself_what_its_clips_do(mute: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    await concat([mute, mute], film)
    show_as(film, 180, mirrored=False)

    with pytest.raises(MediaError, match="rotation: 180 for 0"):
        await verify(
            film,
            format_of(read_media(film)),
            frames=48,
            has_sound=False,
            pieces=[CodedPiece(mute, 24)] * 2,
            decoded=[mute],
        )


async def test_a_small_clip_that_names_no_matrix_is_no_other_picture(tmp_path: Path) -> None:
    """It is read by the matrix of SD, and its film by that of HD."""
    colours = ffmpeg.input("testsrc2=s=320x180:r=24:d=1", f="lavfi").filter("hue", h=120)
    clip, film = tmp_path / "clip.mp4", tmp_path / "film.mp4"
    await run_ffmpeg(
        ffmpeg.output(
            colours, address(clip), vcodec="libx264", preset="veryfast", pix_fmt="yuv420p"
        )
    )
    made = await concat([clip], film, wanted=WantedFormat(frame_rate=Fraction(30)))
    assert made.frames == 30


def test_a_faint_picture_that_lags_is_no_wrong_one() -> None:
    """A coder writes a fade in the dark as it was two frames before; but no other picture."""
    levels = bytes(16 + place % 64 // 4 for place in range(64 * 36))
    grey = bytes([128]) * 32 * 18 * 2
    ramp, other = Small(levels, grey), Small(levels[::-1], grey)
    later = Small(bytes(16 + (each - 16) * 5 // 4 for each in levels), grey)
    due = [Candidate(5, later, is_due=True), Candidate(3, ramp, is_due=False)]
    assert _compared(5, ramp, Due((0,), due))[0] is None
    turned = [*due, Candidate(4, other, is_due=False)]
    assert _compared(5, other, Due((0,), turned))[0] == "frame 4 in place of frame 5 of its clip"


@pytest.mark.media
@pytest.mark.parametrize(
    "change",
    [
        "shuffleplanes=0:2:1",
        "hue=h=20",
        "hue=h=-20",
        "hue=s=0.7",
        "hue=s=0",
        "hue=s=0:enable=eq(n,7)",
        "lutyuv=u=val+5:v=val-5",
    ],
)
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p10le", "yuv444p12le", "gbrp"])
async def test_other_colours_are_seen(change: str, pixel_format: str, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mkv"
    drawn = ffmpeg.input("mandelbrot=s=320x180:r=24:maxiter=200", f="lavfi")
    drawn = drawn.filter("format", "yuv420p").filter("hue", s=0.3).filter("trim", end_frame=12)
    drawn = drawn.filter("setparams", colorspace="bt709", range="tv")
    await run_ffmpeg(ffmpeg.output(drawn, address(clip), vcodec="ffv1", pix_fmt=pixel_format))
    shown = [ShownShot(Shot(read_clip(clip), 12))]
    film, target = tmp_path / "film.mp4", TargetFormat(320, 180, Fraction(24))
    for graph, is_right in (("null", True), (change, False)):
        name, _, said = graph.partition("=")
        named = dict(each.split("=", 1) for each in said.split(":") if "=" in each)
        places = [each for each in said.split(":") if each and "=" not in each]
        picture = ffmpeg.input(str(clip))["v:0"]
        picture = picture.filter("scale", out_color_matrix="bt709", out_range="tv")
        picture = picture.filter("format", "yuv420p").filter(name, *places, **named)
        picture = picture.filter("setparams", colorspace="bt709", range="tv")
        how = {"vcodec": "libx264", "preset": "veryfast"}
        await run_ffmpeg(ffmpeg.output(picture, address(film), **how))
        wrong = " ".join(picture_differences(film, target, shown))
        assert ("colours than in its clip" in wrong) != is_right, wrong


def test_colours_are_compared_as_a_whole() -> None:
    red, blue = bytes([100]) * 576 + bytes([180]) * 576, bytes([180]) * 576 + bytes([100]) * 576
    grey, faint = bytes([128]) * 1152, bytes([127]) * 576 + bytes([130]) * 576
    assert not Tint.between(red, red).is_other
    assert Tint.between(blue, red).is_clearly_other
    assert Tint.between(grey, red).is_clearly_other
    assert not Tint.between(faint, grey).is_other
    # Rounded by a level, as a whole or here and there, it is as grey.
    assert not Tint.between(bytes([127, 128] * 576), bytes([129]) * 1152).is_other
    assert not Tint.between(grey, bytes([127, 128] * 576)).is_other
    assert not Tint().is_other
    paler = bytes(128 + (each - 128) * 7 // 10 for each in red)
    assert Tint.between(paler, red).is_other
    assert not Tint.between(paler, red).is_clearly_other


@pytest.mark.media
async def test_the_compare_minds_all_that_ffmpeg_minds(tmp_path: Path) -> None:
    """Of a still picture, what a decoder makes up for a damaged frame looks like the right one."""
    still = ffmpeg.input("smptebars=s=320x180:r=30:d=1", f="lavfi")
    film, spoilt = tmp_path / "film.mp4", tmp_path / "spoilt.mp4"
    await run_ffmpeg(
        ffmpeg.output(still, address(film), vcodec="libx264", pix_fmt="yuv420p", threads=1)
    )
    shown = [ShownShot(Shot(read_clip(film), 30))]
    with av.open(str(film)) as media:
        packets = [(packet.pos, packet.size) for packet in media.demux(video=0) if packet.size]
    good = film.read_bytes()
    found = 0
    for begin, size in packets[1:14]:
        for place in range(5, min(size, 10)):
            for bit in (0, 3):
                data = bytearray(good)
                data[(begin or 0) + place] ^= 1 << bit
                spoilt.write_bytes(data)
                if _is_minded(spoilt, shown):
                    found += 1
                else:
                    assert not await _is_minded_by_ffmpeg(spoilt), (begin, place, bit)
    assert found > 40


async def _is_minded_by_ffmpeg(film: Path) -> bool:
    try:
        return await count_decoded(film, Fraction(1), only="v:0", is_ours=True) != 30
    except MediaError:
        return True


def _is_minded(film: Path, shown: list[ShownShot]) -> bool:
    try:
        return picture_differences(film, _AT_30, shown, frames=30) != []
    except MediaError:
        return True
