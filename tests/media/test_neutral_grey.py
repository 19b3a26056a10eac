"""Grey stays grey in each step of this machine whose result no paid step uses."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import ffmpeg
import pytest

from shotgraph.media.framing import Framing, Window
from shotgraph.media.held import Push
from shotgraph.media.hold import hold_frame
from shotgraph.media.info import MediaInfo
from shotgraph.media.lettering import Lettering
from shotgraph.media.mastering import deliver
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.profiles import PROFILES
from shotgraph.media.reshape import crop, speed
from shotgraph.media.smart.join import concat
from shotgraph.media.soundtrack import soundtrack
from shotgraph.media.source import address
from shotgraph.media.target_format import FINAL, Coding, WantedFormat
from shotgraph.media.title import title
from shotgraph.media.title_timing import TitleTiming
from shotgraph.media.transition import Transition
from shotgraph.media.trim import trim

pytestmark = pytest.mark.media

_PRORES = Coding("prores", "yuv422p10le").as_final()
_TALL = WantedFormat(180, 320)
_SECOND = Fraction(1)
_REEL = PROFILES["instagram-reel"]
Step = Callable[[Path, Path], Awaitable[MediaInfo]]


async def _with_sound(clip: Path, film: Path) -> MediaInfo:
    sound = film.with_name("sound.wav")
    await run_ffmpeg(ffmpeg.output(ffmpeg.input("sine=d=1", f="lavfi"), address(sound)))
    return await soundtrack(clip, sound, film, coding=FINAL)


_STEPS: dict[str, Step] = {
    "trim": lambda clip, film: trim(clip, film, start=Fraction(0), seconds=_SECOND, coding=FINAL),
    "larger": lambda clip, film: concat([clip], film, usual=FINAL, wanted=WantedFormat(1280, 720)),
    "blurred": lambda clip, film: concat(
        [clip], film, usual=FINAL, wanted=_TALL, framing=Framing("blur")
    ),
    "cut to fill": lambda clip, film: concat(
        [clip], film, usual=FINAL, wanted=_TALL, framing=Framing("crop")
    ),
    "prores": lambda clip, film: concat([clip], film, wanted=WantedFormat(coding=_PRORES)),
    "dissolve": lambda clip, film: concat(
        [clip, clip],
        film,
        usual=FINAL,
        transition=Transition(kind="dissolve", seconds=_SECOND / 4),
    ),
    "crop": lambda clip, film: crop(clip, film, Window(160, 90), coding=FINAL),
    "speed": lambda clip, film: speed(clip, film, Fraction(2), coding=FINAL),
    "hold": lambda clip, film: hold_frame(clip, film, at=0, seconds=_SECOND, coding=FINAL),
    "push": lambda clip, film: hold_frame(
        clip, film, at=0, seconds=_SECOND, push=Push(Fraction(11, 10)), coding=FINAL
    ),
    "title": lambda clip, film: title(
        clip, film, Lettering("x"), TitleTiming(seconds=_SECOND / 2), coding=FINAL
    ),
    "soundtrack": _with_sound,
    "deliver": lambda clip, film: deliver(
        clip, film, replace(_REEL, coding=_REEL.coding.as_final())
    ),
}
_CLIPS = {
    "601": ("yuv420p", "smpte170m", "tv"),
    "601 in 10 bit": ("yuv422p10le", "bt470bg", "tv"),
    "709": ("yuv420p", "bt709", "tv"),
    "709 in 10 bit": ("yuv422p10le", "bt709", "tv"),
    "full range": ("yuv420p", "bt709", "pc"),
    "601 in full range": ("yuv444p", "smpte170m", "pc"),
    "rgb": ("gbrp", "gbr", "pc"),
}


async def _grey(path: Path, pixel_format: str, space: str, span: str) -> Path:
    """Three seconds of RGB grey, 128 of 255."""
    unit = 4 if "10" in pixel_format else 1
    levels = {"y": (126 if span == "tv" else 128) * unit, "u": 128 * unit, "v": 128 * unit}
    picture = ffmpeg.input("color=black:s=320x180:r=24:d=3", f="lavfi")
    picture = picture.filter("format", pixel_format)
    if pixel_format == "gbrp":
        picture = picture.filter("lutrgb", r=128, g=128, b=128)
    else:
        picture = picture.filter("lutyuv", **levels).filter(
            "setparams", colorspace=space, range=span
        )
    await run_ffmpeg(ffmpeg.output(picture, address(path), **{"c:v": "ffv1"}))
    return path


@pytest.mark.parametrize("step", _STEPS)
@pytest.mark.parametrize("clip", _CLIPS)
async def test_grey_stays_grey(clip: str, step: str, tmp_path: Path) -> None:
    given = await _grey(tmp_path / "clip.mkv", *_CLIPS[clip])
    film = tmp_path / "film"
    await _STEPS[step](given, film)
    with av.open(str(film)) as media:
        frame = next(media.decode(video=0))
    unit = 1 << (frame.format.components[0].bits - 8)
    for plane, due in zip(frame.planes, (126, 128, 128), strict=True):
        # Above the letters of a title, and above the middle of a picture between margins.
        for row in (2, plane.height * 2 // 5) if step != "deliver" else (plane.height * 2 // 5,):
            place = row * plane.line_size + plane.width // 2 * (1 if unit == 1 else 2)
            word = bytes(plane)[place : place + (1 if unit == 1 else 2)]
            found = int.from_bytes(word, "little") / unit
            slack = 1 if due == 126 else 0
            assert abs(found - due) <= slack, (frame.format.name, row, found, due)
