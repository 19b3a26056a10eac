"""How one clip becomes the next: a cut, or an effect in which both are seen."""

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
