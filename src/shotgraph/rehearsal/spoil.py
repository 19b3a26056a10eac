"""Give a drawing one of the faults that models make: black, frozen, flickering, cut, silent.

The spoilt clip has the frame count and the rate of the drawing, except for `jump` and `short`. Most
picture faults are in the middle of the clip, so that its first and last frames stay as drawn.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import ffmpeg

from shotgraph.media.info import MediaInfo
from shotgraph.media.output import target
from shotgraph.media.probe import probe
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.source import Stream, address, source

Spoilt: TypeAlias = Literal[
    "black",
    "frozen",
    "flicker",
    "cut",
    "repeated",
    "jump",
    "backwards",
    "short",
    "silent",
    "mute",
    "clipped",
]
SPOILS: tuple[Spoilt, ...] = get_args(Spoilt)
_TIMEOUT_S = 120
_JUMP_FRAMES = 12


async def spoil(path: Path, into: Path, how: Spoilt) -> None:
    """Write a spoilt copy of a clip.

    Args:
        path: The clip.
        into: Path of the copy.
        how: The fault. In a clip without sound, `silent`, `mute` and `clipped` change nothing.

    Raises:
        MediaError: ffmpeg could not write the copy.
    """
    info = await probe(path)
    opened = source(path)
    picture = _PICTURES.get(how, _as_it_is)(opened[info.selector], info)
    streams = [picture]
    if info.audio is not None and how != "mute":
        sound = opened[info.audio.selectors[0]]
        streams.append(_SOUNDS.get(how, _as_it_is)(sound, info))
    rate = info.frame_rate or Fraction(24)
    with target(into) as part:
        output = ffmpeg.output(
            *streams,
            address(part),
            format="mp4",
            vcodec="libx264",
            preset="superfast",
            crf=20,
            threads=2,
            pix_fmt="yuv420p",
            r=f"{rate.numerator}/{rate.denominator}",
            fps_mode="cfr",
            movflags="+faststart",
            **({"acodec": "aac"} if len(streams) > 1 else {}),
        )
        await run_ffmpeg(output, timeout_s=_TIMEOUT_S)


def _as_it_is(stream: Stream, info: MediaInfo) -> Stream:
    return stream


def _middle(info: MediaInfo, share: Fraction = Fraction(2, 5)) -> str:
    begin, end = info.duration * (1 - share) / 2, info.duration * (1 + share) / 2
    return f"between(t,{float(begin):.3f},{float(end):.3f})"


def _numbered(stream: Stream, info: MediaInfo) -> Stream:
    rate = info.frame_rate or Fraction(24)
    return stream.filter("setpts", f"N*{rate.denominator}/({rate.numerator}*TB)")


def _black(stream: Stream, info: MediaInfo) -> Stream:
    boxed = {"x": 0, "y": 0, "w": "iw", "h": "ih", "color": "black", "t": "fill"}
    return stream.filter("drawbox", **boxed, enable=_middle(info))


def _frozen(stream: Stream, info: MediaInfo) -> Stream:
    held = info.frames * 2 // 5
    looped = stream.filter("loop", loop=held, size=1, start=info.frames * 3 // 10)
    return _numbered(looped, info).filter("trim", end_frame=info.frames)


def _flicker(stream: Stream, info: MediaInfo) -> Stream:
    brightness = f"if({_middle(info)},0.08*(mod(n,2)*2-1),0)"
    return stream.filter("eq", brightness=brightness, eval="frame")


def _cut(stream: Stream, info: MediaInfo) -> Stream:
    after = f"gte(t,{float(info.duration / 2):.3f})"
    turned = stream.filter("hflip", enable=after).filter("vflip", enable=after)
    return turned.filter("negate", enable=after)


def _repeated(stream: Stream, info: MediaInfo) -> Stream:
    """Replace each fifth frame by a copy of the fourth: 24 frames show only 19.2 pictures."""
    return stream.filter("shuffleframes", "0 1 2 3 3")


def _jump(stream: Stream, info: MediaInfo) -> Stream:
    begin = (info.frames - _JUMP_FRAMES) // 2
    left = stream.filter("select", f"not(between(n,{begin},{begin + _JUMP_FRAMES - 1}))")
    return _numbered(left, info)


def _backwards(stream: Stream, info: MediaInfo) -> Stream:
    return _numbered(stream.filter("reverse"), info)


def _short(stream: Stream, info: MediaInfo) -> Stream:
    return stream.filter("trim", end_frame=info.frames * 3 // 5)


def _silent(stream: Stream, info: MediaInfo) -> Stream:
    return stream.filter("volume", 0)


def _clipped(stream: Stream, info: MediaInfo) -> Stream:
    louder = stream.filter("loudnorm", I=-5, TP=0).filter("aresample", 48_000)
    return louder.filter("volume", "24dB").filter("aformat", sample_fmts="s16")


_PICTURES: Mapping[str, Callable[[Stream, MediaInfo], Stream]] = {
    "black": _black,
    "frozen": _frozen,
    "flicker": _flicker,
    "cut": _cut,
    "repeated": _repeated,
    "jump": _jump,
    "backwards": _backwards,
    "short": _short,
}
_SOUNDS: Mapping[str, Callable[[Stream, MediaInfo], Stream]] = {
    "silent": _silent,
    "clipped": _clipped,
}
