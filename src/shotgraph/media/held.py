"""Hold a picture for some seconds: the push, the format, the number of frames, and the words."""

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
"""The default frames per second of a still."""
LEAST_PUSH, MOST_PUSH = Fraction(1, 4), Fraction(4)


@dataclass(frozen=True)
class Push:
    """A slow move towards a point of a picture, or away from it.

    Attributes:
        scale: The size at the end divided by the size at the beginning. Below 1 the picture begins
            enlarged, and the whole picture is seen at the end.
        focus: The point; it doesn't move.
    """

    scale: Fraction = Fraction(1)
    focus: Point = MIDDLE

    @property
    def is_still(self) -> bool:
        """Whether nothing moves."""
        return self.scale == 1


STANDING = Push()


def still_format(info: MediaInfo, like: MediaInfo | None, wanted: WantedFormat) -> TargetFormat:
    """The format of an image's film: the format of the clip `like`, or the image's own size.

    Raises:
        MediaError: A film of the wanted size can't be made.
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
    """The held picture, its length and its push, in words."""
    what = "it" if at is None else f"frame {at}" if isinstance(at, int) else f"its {at} frame"
    said = [f"{what} is shown for {frames} frame{'' if frames == 1 else 's'}"]
    if not push.is_still:
        way = "towards" if push.scale > 1 else "away from"
        x, y = (number_text(part * 100) for part in push.focus)
        said.append(f"a push by {number_text(push.scale)} {way} {x} %, {y} % of it")
    return said


def held_frames(seconds: Fraction, rate: Fraction) -> int:
    """The number of frames in some seconds."""
    return frames_in(seconds, rate)


def frame_words(info: MediaInfo, background: str | None = None) -> list[str]:
    """The changes to a frame of a clip for a film of the clip's size, in words."""
    return of_still(picture_changes(info, format_of(info), background))


def still_words(
    info: MediaInfo, target: TargetFormat, framing: Framing, background: str | None
) -> list[str]:
    """The changes to an image for a film, in words."""
    return of_still(picture_changes(info, target, background, framing=framing))


def of_still(changes: list[str]) -> list[str]:
    """Remove the changes that every image needs: its frame rate and its pixel format."""
    return [each for each in changes if "frames a second" not in each and "4:2:0" not in each]
