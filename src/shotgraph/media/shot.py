"""A clip, and the frames of the film that it fills."""

from dataclasses import dataclass
from fractions import Fraction

from shotgraph.media.clip import Clip
from shotgraph.media.rate import frames_in
from shotgraph.media.target_format import TargetFormat


@dataclass(frozen=True)
class Shot:
    """A run of frames of one clip, counted at the film's rate.

    Attributes:
        clip: The clip.
        frames: How many.
        first: The number of the first one.
        retime: What the clip's times are multiplied by, where it is to last longer or shorter.
    """

    clip: Clip
    frames: int
    first: int = 0
    retime: Fraction | None = None


def whole(clip: Clip, target_format: TargetFormat) -> Shot:
    """All of a clip; its length in frames of the film is to the nearest."""
    return Shot(clip, frames_in(clip.info.duration, target_format.frame_rate))
