"""A picture that is held for some seconds: its push, its format, its frames, and that in words."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from shotgraph.errors import MediaError
from shotgraph.media.framing import MIDDLE, Framing, Point
from shotgraph.media.info import MediaInfo, frames_in
from shotgraph.media.target_format import (
    LONGEST_SIDE,
    SHORTEST_SIDE,
    TargetFormat,
    WantedFormat,
    format_of,
    in_format,
)
from shotgraph.media.treatment import (
    number_text,
    picture_changes,
)

STILL_RATE = Fraction(24)
"""Frames per second of a still for which nothing is said."""
LEAST_PUSH, MOST_PUSH = Fraction(1, 4), Fraction(4)


@dataclass(frozen=True)
class Push:
    """A slow move towards a point of a picture, or away from it.

    Attributes:
        scale: How many times as large as at its beginning it is at its end; below 1 it begins
            large, and all of it is seen at the end.
        focus: The point, which stays where it is.
    """

    scale: Fraction = Fraction(1)
    focus: Point = MIDDLE

    @property
    def is_still(self) -> bool:
        """Whether nothing moves."""
        return self.scale == 1


STANDING = Push()


def still_format(info: MediaInfo, like: MediaInfo | None, wanted: WantedFormat) -> TargetFormat:
    """The format of a film of an image: of a clip that it is to be like, or its own size.

    Raises:
        MediaError: What is wanted can't be made.
    """
    if like is not None:
        return format_of(like)
    sides = (info.width // 2 * 2, info.height // 2 * 2)
    if (
        wanted.width is None
        and wanted.height is None
        and (min(sides) < SHORTEST_SIDE or max(sides) > LONGEST_SIDE)
    ):
        raise MediaError(
            f"a film of {sides[0]} x {sides[1]} px can't be made: sides are {SHORTEST_SIDE} to "
            f"{LONGEST_SIDE} px; say its width"
        )
    own = TargetFormat(max(2, sides[0]), max(2, sides[1]), STILL_RATE)
    return in_format(own, wanted)


def hold_words(
    frames: int, push: Push, *, at: Literal["first", "last"] | int | None = None
) -> list[str]:
    """What is held, in words."""
    what = "it" if at is None else f"frame {at}" if isinstance(at, int) else f"its {at} frame"
    said = [f"{what} is shown for {frames} frame{'' if frames == 1 else 's'}"]
    if not push.is_still:
        way = "towards" if push.scale > 1 else "away from"
        x, y = (number_text(part * 100) for part in push.focus)
        said.append(f"a push by {number_text(push.scale)} {way} {x} %, {y} % of it")
    return said


def held_frames(seconds: Fraction, rate: Fraction) -> int:
    """How many frames something that lasts so long has."""
    return frames_in(seconds, rate)


def frame_words(info: MediaInfo, background: str | None = None) -> list[str]:
    """What is changed in a frame of a clip to be shown in a film of the clip's size."""
    return of_still(picture_changes(info, format_of(info), background))


def still_words(
    info: MediaInfo, target: TargetFormat, framing: Framing, background: str | None
) -> list[str]:
    """What is changed in an image to be shown in a film."""
    return of_still(picture_changes(info, target, background, framing=framing))


def of_still(changes: list[str]) -> list[str]:
    """Without what is said of every image: it has no rate, and is no coded video."""
    return [each for each in changes if "frames a second" not in each and "4:2:0" not in each]
