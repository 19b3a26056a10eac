"""How one clip becomes the next: a cut, or an effect in which both are seen."""

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
pictures. ffmpeg's own ``dissolve`` is speckled, and is left out."""

TransitionKind: TypeAlias = Literal["cut", Effect]

EFFECTS: tuple[Effect, ...] = get_args(Effect)


class Transition(BaseModel):
    """How one clip becomes the next.

    Attributes:
        kind: A cut, or an effect in which both are seen, and heard through each other.
        seconds: Of overlap; a cut has none. The film is shorter by it at each join.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: TransitionKind = "cut"
    seconds: Fraction = Field(default=Fraction(0), ge=0)


def xfade_name(kind: Effect) -> str:
    """What the filter ``xfade`` calls an effect."""
    return "fade" if kind == "dissolve" else kind


@dataclass(frozen=True)
class TooShort:
    """A clip that is too short for its effects.

    Attributes:
        clip: Its place among the clips, from 0.
        both: Whether it has an effect at each end.
        most: How many frames can overlap at each end; 0 for a clip that takes no effect.
    """

    clip: int
    both: bool
    most: int


def too_short(frames: Sequence[int], overlap: int) -> Iterator[TooShort]:
    """Find the clips in which the effects leave no picture alone, or overlap each other.

    A clip between two effects is as long as both, or longer: the second begins where the first
    ends, on a frame that is the clip's own. Three clips are never seen at once, and editing
    programs have no form for that.

    Args:
        frames: Of each clip, in order.
        overlap: Frames of each effect.
    """
    for number, one in enumerate(frames):
        both = 0 < number < len(frames) - 1
        most = one // 2 if both else one - 1
        if overlap > most and len(frames) > 1:
            yield TooShort(number, both, most)
