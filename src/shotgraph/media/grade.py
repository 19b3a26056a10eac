"""Shift the colours of a shot's beginning to match the end of another shot, then fade that out."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

import ffmpeg

from shotgraph.media.source import Stream
from shotgraph.media.target_format import Coding

Match: TypeAlias = Literal["colour"]
"""The property of a shot that is matched to the end of the shot before."""

BLACK, LEVELS, GREY, CHROMA_LEVELS = 16, 219, 128, 224
"""For 8 bit in limited range: Y is 16 to 235, Cb and Cr are 16 to 240, and 128 is grey."""
_FINE, _FINE_BITS = "yuv444p12le", 12
"""The format for grading: ``xfade`` rounds down, which would darken 8 bit by half a step."""


@dataclass(frozen=True)
class Turn:
    """The change of one component of a colour, in its range: 0 to 1, or -0.5 to 0.5.

    Attributes:
        gain: The gain around the mean.
        was: The mean before.
        becomes: The mean after.
    """

    gain: float
    was: float
    becomes: float

    def formula(self, black: float, levels: float) -> str:
        """The formula for ``lutyuv``."""
        was, becomes = black + levels * self.was, black + levels * self.becomes
        return f"clip({self.gain:.5f}*(val-{was:.3f})+{becomes:.3f},minval,maxval)"


@dataclass(frozen=True)
class Grade:
    """The change of a picture's Y, Cb and Cr."""

    luma: Turn
    blue: Turn
    red: Turn


def graded(stream: Stream, grade: Grade, coding: Coding, *, frames: int, rate: Fraction) -> Stream:
    """Grade the beginning of a shot, and fade to the ungraded shot until its end.

    Args:
        stream: Exactly the shot's frames, in YUV of limited range.
        grade: The grade of the first frame; it gets weaker with each frame.
        coding: How the film is coded; transparency is kept if the coding has it.
        frames: The number of frames.
        rate: Frames per second.
    """
    is_fine = not coding.keeps_alpha
    stream = stream.filter("format", _FINE if is_fine else coding.pixel_format)
    unit = 1 << ((_FINE_BITS if is_fine else coding.bits) - 8)
    changed = {
        "y": grade.luma.formula(BLACK * unit, LEVELS * unit),
        "u": grade.blue.formula(GREY * unit, CHROMA_LEVELS * unit),
        "v": grade.red.formula(GREY * unit, CHROMA_LEVELS * unit),
    }
    if frames == 1:
        return _in_format(stream.filter("lutyuv", **changed), coding)
    timed = stream.filter("settb", f"{rate.denominator}/{rate.numerator}")
    copies = timed.filter_multi_output("split")
    mixed = ffmpeg.filter(
        [copies[0].filter("lutyuv", **changed), copies[1]],
        "xfade",
        transition="fade",
        duration=f"{float(frames / rate):.6f}",
        offset=0,
    )
    mixed = mixed.filter("trim", end_frame=frames).filter("setpts", "PTS-STARTPTS")
    return _in_format(mixed, coding)


def _in_format(stream: Stream, coding: Coding) -> Stream:
    """Convert a stream to the film's pixel format; ffmpeg's own conversion isn't exact enough."""
    if not coding.is_exact:
        return stream
    return stream.filter("scale", **coding.scaling()).filter("format", coding.pixel_format)
