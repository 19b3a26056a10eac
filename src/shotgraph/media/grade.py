"""Shift the colours of a shot so that it begins as another ended, and let that fade away."""

from dataclasses import dataclass
from fractions import Fraction

import ffmpeg

from shotgraph.media.source import Stream

_BLACK, _LEVELS, _GREY, _CHROMA_LEVELS = 16, 219, 128, 224


@dataclass(frozen=True)
class Turn:
    """How one part of a colour is changed; values are of its range, 0 to 1, or -0.5 to 0.5.

    Attributes:
        gain: Around the mean.
        was: The mean before.
        becomes: The mean after.
    """

    gain: float
    was: float
    becomes: float

    def formula(self, black: float, levels: float) -> str:
        """It as ``lutyuv`` takes it."""
        was, becomes = black + levels * self.was, black + levels * self.becomes
        return f"clip({self.gain:.5f}*(val-{was:.3f})+{becomes:.3f},minval,maxval)"


@dataclass(frozen=True)
class Grade:
    """How a picture is changed: its brightness, its Cb and its Cr."""

    luma: Turn
    blue: Turn
    red: Turn


def graded(stream: Stream, grade: Grade, *, frames: int, rate: Fraction, bits: int = 8) -> Stream:
    """A shot that begins graded, and ends as it was.

    Args:
        stream: Exactly its frames, in YUV of limited range.
        grade: Of its first frame; in each frame after it is a little less of it.
        frames: How many it has.
        rate: Frames per second.
        bits: Of each value.
    """
    unit = 1 << (bits - 8)
    changed = {
        "y": grade.luma.formula(_BLACK * unit, _LEVELS * unit),
        "u": grade.blue.formula(_GREY * unit, _CHROMA_LEVELS * unit),
        "v": grade.red.formula(_GREY * unit, _CHROMA_LEVELS * unit),
    }
    if frames == 1:
        return stream.filter("lutyuv", **changed)
    timed = stream.filter("settb", f"{rate.denominator}/{rate.numerator}")
    copies = timed.filter_multi_output("split")
    mixed = ffmpeg.filter(
        [copies[0].filter("lutyuv", **changed), copies[1]],
        "xfade",
        transition="fade",
        duration=f"{float(frames / rate):.6f}",
        offset=0,
    )
    return mixed.filter("trim", end_frame=frames).filter("setpts", "PTS-STARTPTS")
