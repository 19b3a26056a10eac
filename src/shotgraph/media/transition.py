"""The transition from one clip to the next: a cut, or an effect that shows both clips."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field

Effect: TypeAlias = Literal[
    "dissolve", "fadeblack", "fadewhite", "fadegrays", "fadefast", "fadeslow",
    "wipeleft", "wiperight", "wipeup", "wipedown", "wipetl", "wipetr", "wipebl", "wipebr",
    "slideleft", "slideright", "slideup", "slidedown",
    "smoothleft", "smoothright", "smoothup", "smoothdown",
    "diagtl", "diagtr", "diagbl", "diagbr", "hlslice", "hrslice", "vuslice", "vdslice",
    "circleopen", "circleclose", "circlecrop", "rectcrop",
    "vertopen", "vertclose", "horzopen", "horzclose",
    "radial", "squeezeh", "squeezev", "zoomin", "pixelize", "hblur", "distance",
]  # fmt: skip
"""The effects of ffmpeg 5.1 and later. Our ``dissolve`` is ffmpeg's ``fade``: a mix of both
pictures. ffmpeg's own ``dissolve`` is a pattern of speckles, and isn't offered."""

TransitionKind: TypeAlias = Literal["cut", Effect]

EFFECTS: tuple[Effect, ...] = get_args(Effect)


class Transition(BaseModel):
    """The transition from one clip to the next.

    Attributes:
        kind: A cut, or an effect that shows both clips while their sounds are cross-faded.
        seconds: Seconds of overlap, by which the film is shorter at each join; 0 for a cut.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: TransitionKind = "cut"
    seconds: Fraction = Field(default=Fraction(0), ge=0)


def xfade_name(kind: Effect) -> str:
    """The name of an effect in the filter ``xfade``."""
    return "fade" if kind == "dissolve" else kind


@dataclass(frozen=True)
class TooShort:
    """A clip that is too short for its effects.

    Attributes:
        clip: The number of the clip, from 0.
        both: Whether it has an effect at each end.
        most: The most frames that can overlap at each end; 0 if no effect is possible.
    """

    clip: int
    both: bool
    most: int


def too_short(frames: Sequence[int], overlap: int) -> Iterator[TooShort]:
    """Find the clips that are too short for their effects.

    A clip between two effects must be at least as long as both together, so that the second effect
    doesn't begin before the first ends. A film never shows three clips at once, because editing
    programs can't represent that. A clip at the film's beginning or end must be longer than its
    effect.

    Args:
        frames: The number of frames of each clip, in order.
        overlap: The number of frames of each effect.
    """
    for number, one in enumerate(frames):
        both = 0 < number < len(frames) - 1
        most = one // 2 if both else one - 1
        if overlap > most and len(frames) > 1:
            yield TooShort(number, both, most)
