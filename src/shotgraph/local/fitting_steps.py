"""The arguments of what is done to media so that an endpoint takes them, and undone afterwards.

No file declares these steps: they follow from what a shot is and what fal lets in.
"""

from fractions import Fraction
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict

from shotgraph.model.references import Image, Video


class _FittingArguments(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ConformClipArguments(_FittingArguments):
    """A part of a clip in another form; as for `shotgraph.media.conform.conform_clip`."""

    video: Video
    width: int
    height: int
    frame_rate: Fraction
    first: int
    frames: int
    retime: Fraction | None = None
    with_sound: bool | None = None


class ConformImageArguments(_FittingArguments):
    """An image in another form; as for `shotgraph.media.conform.conform_image`."""

    image: Image
    width: int
    height: int
    inner_width: int
    inner_height: int
    most_bytes: int


class RejoinArguments(_FittingArguments):
    """Repainted pieces of a shot, and the shot's own length, rate and sound."""

    pieces: list[Video]
    frames: list[int]
    sent: list[int]
    frame_rate: Fraction
    sound_of: Video | None = None


Fitting: TypeAlias = ConformClipArguments | ConformImageArguments | RejoinArguments
