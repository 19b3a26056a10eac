"""Small pictures show what their pictures show, in each size and pixel format."""

from itertools import product
from pathlib import Path

import ffmpeg
import pytest
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace

from shotgraph.media.process import run_ffmpeg
from shotgraph.media.smart.join import concat
from shotgraph.media.smart.small_picture import small_of
from shotgraph.media.source import address
from shotgraph.media.target_format import Coding, WantedFormat

_FORMATS = (
    "yuv420p", "yuvj420p", "nv12", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le",
    "yuv444p10le", "p010le", "yuv420p12le", "yuv444p12le", "gbrp", "rgb24", "gray",
)  # fmt: skip
_SIZES = (
    (320, 180), (352, 288), (640, 360), (720, 576), (1280, 720), (1920, 1080), (1080, 1920),
    (2560, 1440), (3840, 2160), (2160, 3840),
)  # fmt: skip


def _grey(width: int, height: int, pixel_format: str) -> VideoFrame:
    frame = VideoFrame(width, height, pixel_format)
    bits = frame.format.components[0].bits
    word = 128 << (bits - 8) << (6 if pixel_format == "p010le" else 0)
    for plane in frame.planes:
        pixel = bytes([128]) if bits == 8 else word.to_bytes(2, "little")
        plane.update(pixel * (plane.buffer_size // len(pixel)))
    return frame


@pytest.mark.parametrize("pixel_format", _FORMATS)
def test_grey_is_grey_in_each_size_and_format(pixel_format: str) -> None:
    for (width, height), matrix in product(_SIZES, (Colorspace.ITU709, Colorspace.ITU601)):
        frame = _grey(width, height, pixel_format)
        frame.colorspace = matrix
        small = small_of(frame)
        assert set(small.colours) == {128}, (width, height, matrix)
        # In full range this grey is half of white, in limited range a little more.
        assert set(small.grey) <= {125, 126, 127, 128}, (width, height, matrix)
        assert len(set(small.grey)) == 1


_PRORES = WantedFormat(coding=Coding("prores", "yuv422p10le"))


@pytest.mark.media
@pytest.mark.parametrize(
    ("drawn", "coder", "pixel_format"),
    [
        ("color=black", "prores_ks", "yuv422p10le"),
        ("color=gray", "dnxhd", "yuv422p"),
        ("testsrc2,fade=in:0:4", "ffv1", "yuv422p"),
        ("testsrc2,fade=in:0:4", "prores_ks", "yuv444p10le"),
        ("mandelbrot=maxiter=100,hue=s=0.15", "libx264", "yuv444p"),
        ("mandelbrot=maxiter=100,hue=s=0.15", "ffv1", "gbrp"),
        # A black-and-white film after a careless conversion: its Cr is one level below grey.
        ("testsrc2,format=gray,format=yuv420p,lutyuv=v=127", "libx264", "yuv420p"),
    ],
)
async def test_a_film_without_much_colour_passes_in_each_format(
    drawn: str, coder: str, pixel_format: str, tmp_path: Path
) -> None:
    clip = tmp_path / "clip.mov" if coder != "ffv1" else tmp_path / "clip.mkv"
    picture = ffmpeg.input(f"{drawn},scale=1280:720,trim=end_frame=3", f="lavfi")
    colours = {} if pixel_format == "gbrp" else {"colorspace": "bt709"}
    options = {"profile:v": "dnxhr_sq"} if coder == "dnxhd" else {}
    await run_ffmpeg(
        ffmpeg.output(
            picture, address(clip), **{"c:v": coder}, pix_fmt=pixel_format, **colours, **options
        )
    )
    for name, wanted in (("film.mp4", None), ("film.mov", _PRORES)):
        made = await concat([clip], tmp_path / name, wanted=wanted)
        assert made.frames == 3
    larger = WantedFormat(1920, 1080, coding=_PRORES.coding)
    assert (await concat([clip], tmp_path / "larger.mov", wanted=larger)).frames == 3
