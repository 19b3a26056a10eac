"""Clips whose coded pictures can't be copied, even beside others of their kind."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import ffmpeg
import pytest
from PIL import Image
from tests.media.coded_clips import (
    Sound,
    codes,
    read_codes,
    read_lumas,
    tone_onsets_s,
    write_clip,
)

from shotgraph.media.concat import concat
from shotgraph.media.process import address, run_ffmpeg, source


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

    # Ten thirtieths of a second with eight frames: 24 a second are enough.
    assert info.frame_rate == 24
    assert info.constant_frame_rate
    assert info.frames == 16


async def test_what_an_edit_hid_stays_hidden(first: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mp4"
    await run_ffmpeg(ffmpeg.output(source(first, ss=0.5), address(cut), c="copy", f="mp4"))

    await concat([cut, cut], tmp_path / "film.mp4")

    assert read_codes(tmp_path / "film.mp4") == codes(1, range(15, 40)) * 2


async def test_webm_comes_out_as_mp4(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "x", clip=9, frames=15, container="webm", codec="libvpx")

    info = await concat([clip, clip], tmp_path / "film.mp4")

    assert (info.container, info.codec) == ("mp4", "h264")
    assert read_codes(tmp_path / "film.mp4") == codes(9, range(15)) * 2


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
    # Left as it is, it would be 143, and dull: ffmpeg's curve leaves room for what is brighter.
    level = next(read_lumas(tmp_path / "film.mp4")).getpixel((100, 100))
    assert level == pytest.approx(154, abs=4)
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


@pytest.mark.parametrize("change", ["rate", "profile", "headers"])
async def test_each_difference_ends_the_copying(change: str, first: Path, tmp_path: Path) -> None:
    changes: dict[str, Callable[[Path], Path]] = {
        "rate": lambda path: write_clip(path, clip=2, frames=20, rate=60),
        "profile": lambda path: write_clip(path, clip=2, frames=20, options={"preset": "veryfast"}),
        "headers": lambda path: write_clip(path, clip=2, frames=20, options={"refs": "5"}),
    }
    other = changes[change](tmp_path / "other.mp4")
    if change == "rate":
        assert (await concat([first, other], tmp_path / "film.mp4")).frames == 50
        return

    await concat([first, other], tmp_path / "film.mp4")

    assert read_codes(tmp_path / "film.mp4") == codes(1, range(40)) + codes(2, range(20))
    with av.open(str(tmp_path / "film.mp4")) as media:
        headers = media.streams.video[0].codec_context.extradata
    for path in (first, other):
        with av.open(str(path)) as media:
            assert media.streams.video[0].codec_context.extradata != headers
