"""Clips whose coded pictures can't be copied, even beside others of their kind."""

from fractions import Fraction
from pathlib import Path

import av
import ffmpeg
import pytest
from PIL import Image

from shotgraph.media.process import run_ffmpeg
from shotgraph.media.smart.join import concat
from shotgraph.media.source import address, source
from tests.media.coded_clips import (
    Sound,
    codes,
    read_codes,
    read_lumas,
    tone_onsets_s,
    write_clip,
)


async def recode(clip: Path, into: Path, **options: str) -> Path:
    picture = source(clip)["v:0"]
    for name in ("format", "setparams"):
        if name in options:
            picture = picture.filter(name, **_arguments(options.pop(name)))
    await run_ffmpeg(ffmpeg.output(picture, address(into), f="mp4", **options))
    return into


def _arguments(text: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in text.split(":"))


async def test_turned_clips_come_out_upright(turned: Path, tmp_path: Path) -> None:
    info = await concat([turned, turned], tmp_path / "film.mp4")

    assert read_codes(tmp_path / "film.mp4") == codes(4, range(20)) * 2
    assert (info.width, info.height, info.rotation) == (180, 320, 0)


async def test_stretched_clips_come_out_square(tmp_path: Path) -> None:
    flat = write_clip(tmp_path / "x.mp4", clip=8, frames=9, size=(240, 180), aspect=Fraction(4, 3))

    info = await concat([flat, flat], tmp_path / "film.mp4")

    assert read_codes(tmp_path / "film.mp4") == codes(8, range(9)) * 2
    assert (info.width, info.height) == (320, 180)
    assert info.sample_aspect_ratio == 1


async def test_uneven_clips_come_out_even(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "x.mp4", clip=7, frames=8, times=[0, 1, 3, 4, 5, 6, 7, 9])

    info = await concat([clip, clip], tmp_path / "film.mp4")

    # Most of its frames last a thirtieth of a second.
    assert info.frame_rate == 30
    assert info.constant_frame_rate
    assert read_codes(tmp_path / "film.mp4") == codes(7, [0, 1, 1, 2, 3, 4, 5, 6, 6, 7]) * 2


async def test_what_an_edit_hid_stays_hidden(first: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mp4"
    await run_ffmpeg(ffmpeg.output(source(first, ss=0.5), address(cut), c="copy", f="mp4"))

    await concat([cut, cut], tmp_path / "film.mp4")

    assert read_codes(tmp_path / "film.mp4") == codes(1, range(15, 40)) * 2


async def test_what_a_list_hides_at_the_end_stays_hidden(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "x.mp4", clip=1, frames=40)
    edited = bytearray(clip.read_bytes())
    # The first duration in the edit list, in milliseconds (ISO/IEC 14496-12, 8.6.6).
    place = edited.index(b"elst") + 12
    assert int.from_bytes(edited[place : place + 4], "big") == 1334
    edited[place : place + 4] = (500).to_bytes(4, "big")
    clip.write_bytes(edited)
    shown = read_codes(clip)

    await concat([clip, clip], tmp_path / "film.mp4")

    assert len(shown) < 20
    assert read_codes(tmp_path / "film.mp4") == shown * 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("container", "codec"), [("webm", "libvpx"), ("matroska", "libx264"), ("mp4", "mpeg4")]
)
async def test_other_files_come_out_as_mp4(container: str, codec: str, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "x", clip=9, frames=15, container=container, codec=codec)

    info = await concat([clip, clip], tmp_path / "film.mp4")

    assert (info.container, info.codec) == ("mp4", "h264")
    assert read_codes(tmp_path / "film.mp4") == codes(9, range(15)) * 2


async def test_the_last_frame_is_held_as_long_as_the_clip_lasts(tmp_path: Path) -> None:
    # Six a second, says the gap; but the file lets the second one go after a thirtieth.
    clip = write_clip(tmp_path / "x.mp4", clip=5, frames=2, times=[0, 5])
    long = write_clip(tmp_path / "long.mp4", clip=6, frames=30)

    await concat([long, clip], tmp_path / "film.mp4")

    assert read_codes(tmp_path / "film.mp4")[30:] == codes(5, [0] * 5 + [1] * 5)


@pytest.mark.slow
async def test_other_codings_of_colour_come_out_common(first: Path, tmp_path: Path) -> None:
    fine = await recode(first, tmp_path / "fine.mp4", format="pix_fmts=yuv444p", vcodec="libx264")

    info = await concat([fine, fine], tmp_path / "film.mp4")

    assert info.pixel_format == "yuv420p"
    assert read_codes(tmp_path / "film.mp4") == codes(1, range(40)) * 2


async def test_full_range_comes_out_as_it_is_seen(tmp_path: Path) -> None:
    clip = tmp_path / "x.mp4"
    node = ffmpeg.input("color=c=gray:s=64x36:r=30:d=0.5", f="lavfi")
    node = node.filter("scale", out_range="pc").filter("format", "yuv420p")
    node = node.filter("setparams", range="pc")
    await run_ffmpeg(ffmpeg.output(node, address(clip), f="mp4", vcodec="libx264"))

    await concat([clip, clip], tmp_path / "film.mp4")

    with av.open(str(tmp_path / "film.mp4")) as media:
        frame = next(media.decode(video=0))
        assert int(frame.color_range) == 1
        # 128 of 0 to 255 is 126 of 16 to 235.
        assert bytes(frame.planes[0])[0] == pytest.approx(126, abs=1)


async def test_a_high_range_is_brought_down(tmp_path: Path) -> None:
    clip = tmp_path / "x.mp4"
    # 203 cd/m2, the white of a page, is 0.58 of the range of SMPTE ST 2084.
    node = ffmpeg.input("color=c=0x949494:s=320x180:r=30:d=0.5", f="lavfi")
    node = node.filter("scale", out_color_matrix="bt2020").filter("format", "yuv420p10le")
    node = node.filter(
        "setparams",
        color_primaries="bt2020",
        color_trc="smpte2084",
        colorspace="bt2020nc",
        range="tv",
    )
    await run_ffmpeg(ffmpeg.output(node, address(clip), f="mp4", vcodec="libx264"))

    info = await concat([clip, clip], tmp_path / "film.mp4")

    assert info.pixel_format == "yuv420p"
    # Left as it is, it would be 143, and dull; 255 would leave no room for what is brighter.
    level = next(read_lumas(tmp_path / "film.mp4")).getpixel((100, 100))
    assert level == pytest.approx(235, abs=4)
    with av.open(str(tmp_path / "film.mp4")) as media:
        assert int(media.streams.video[0].codec_context.color_trc) == 1


async def test_colours_that_say_nothing_are_taken_by_the_size(tmp_path: Path) -> None:
    clip = tmp_path / "x.mp4"
    with av.open(str(clip), "w") as media:
        stream = media.add_stream("libx264", rate=30, options={"crf": "4", "preset": "ultrafast"})
        stream.width, stream.height = 1280, 720
        red = av.VideoFrame.from_image(Image.new("RGB", (1280, 720), (200, 60, 30)))  # type: ignore[no-untyped-call]
        frame = red.reformat(format="yuv420p", dst_colorspace="ITU709")
        planes = [bytes(plane)[0] for plane in frame.planes]
        frame.colorspace = 2
        frame.pts = 0
        media.mux(stream.encode(frame))
        media.mux(stream.encode(None))
    small = write_clip(tmp_path / "small.mp4", clip=1, frames=1)

    await concat([clip, small], tmp_path / "film.mp4")

    with av.open(str(tmp_path / "film.mp4")) as media:
        shown = next(media.decode(video=0))
        assert [bytes(plane)[0] for plane in shown.planes] == pytest.approx(planes, abs=2)


async def test_a_picture_that_comes_late_keeps_its_sound(first: Path, tmp_path: Path) -> None:
    late = write_clip(
        tmp_path / "late.mp4",
        clip=5,
        frames=30,
        times=range(6, 36),
        sound=Sound(tone_at=Fraction(1, 2)),
    )

    await concat([first, late], tmp_path / "film.mp4")

    assert read_codes(tmp_path / "film.mp4") == codes(1, range(40)) + codes(5, range(30))
    assert tone_onsets_s(tmp_path / "film.mp4") == pytest.approx([0, 40 / 30 + 0.3], abs=0.001)


@pytest.mark.parametrize("change", ["profile", "headers"])
async def test_pictures_with_other_headers_are_coded_anew(
    change: str, first: Path, tmp_path: Path
) -> None:
    options = {"profile": {"preset": "veryfast"}, "headers": {"refs": "5"}}[change]
    other = write_clip(tmp_path / "other.mp4", clip=2, frames=20, options=options)

    await concat([first, other], tmp_path / "film.mp4")

    assert read_codes(tmp_path / "film.mp4") == codes(1, range(40)) + codes(2, range(20))
    headers = [headers_of(path) for path in (first, other, tmp_path / "film.mp4")]
    assert len(set(headers)) == 3


async def test_pictures_on_another_clock_are_coded_anew(first: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.mp4"
    await run_ffmpeg(
        ffmpeg.output(
            source(first)["v:0"], address(other), c="copy", f="mp4", video_track_timescale=90_000
        )
    )
    assert headers_of(other) == headers_of(first)

    info = await concat([first, other], tmp_path / "film.mp4")

    assert read_codes(tmp_path / "film.mp4") == codes(1, range(40)) * 2
    assert info.frame_rate == 30


async def test_slow_pictures_stay_slow(first: Path, tmp_path: Path) -> None:
    slow = tmp_path / "slow.mp4"
    node = source(first, itsscale=2)["v:0"]
    await run_ffmpeg(ffmpeg.output(node, address(slow), c="copy", f="mp4"))
    assert headers_of(slow) == headers_of(first)

    info = await concat([slow, first], tmp_path / "film.mp4")

    assert info.frame_rate == 15
    assert read_codes(tmp_path / "film.mp4")[:40] == codes(1, range(40))
    assert info.frames == 60


def headers_of(path: Path) -> bytes | None:
    with av.open(str(path)) as media:
        return media.streams.video[0].codec_context.extradata
