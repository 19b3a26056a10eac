"""A part of a clip, a crop, another speed: whether it is possible, its frames, and its words."""

from fractions import Fraction
from typing import Literal, TypeAlias

from shotgraph.errors import MediaError
from shotgraph.media.framing import Window
from shotgraph.media.info import MediaInfo, frames_in
from shotgraph.media.target_format import (
    format_of,
)
from shotgraph.media.treatment import (
    number_text,
    picture_changes,
)

SLOWEST_SPEED, FASTEST_SPEED = Fraction(1, 20), Fraction(20)
"""The lowest and the highest factor of a clip's speed."""
_MOST_FRAMES = 432_000  # an hour at 120 frames a second

SpeedSound: TypeAlias = Literal["keep", "drop"]


def crop_words(info: MediaInfo, window: Window, background: str | None = None) -> list[str]:
    """The changes that a crop makes to a picture, in words.

    Raises:
        MediaError: The rectangle reaches past the picture.
    """
    given = format_of(info)
    box = window.box(given.width, given.height)
    cut = f"{box.width} x {box.height} px are cut out of it, from {box.left}, {box.top} on"
    return [*picture_changes(info, given, background), cut]


def why_no_crop(info: MediaInfo, name: str, window: Window) -> str | None:
    """The reason why a rectangle can't be cut out of a picture; None if it can."""
    given = format_of(info)
    try:
        window.box(given.width, given.height)
    except MediaError as error:
        return f"{name}: {error.message}"
    return None


def speed_words(
    info: MediaInfo, factor: Fraction, *, keeps_sound: bool, background: str | None = None
) -> list[str]:
    """The changes that another speed makes to a clip, in words."""
    given = format_of(info)
    before, after = info.frames_at(given.frame_rate), frames_at_speed(info, factor)
    own = f"its {info.frames} frames are" if info.frames != 1 else "its one frame is"
    if before != info.frames:  # a variable rate: some frames are shown longer than others
        at = f"{before} at {number_text(given.frame_rate)} a second"
        own = f"its {info.frames} frames, {at}, are"
    said = f"{own} made {after}, {number_text(factor)} times as fast"
    changes = [*picture_changes(info, given, background), said]
    if info.audio is not None:
        changes.append("its sound keeps its pitch" if keeps_sound else "its sound is removed")
    return changes


def frames_at_speed(info: MediaInfo, factor: Fraction) -> int:
    """The number of a clip's frames at another speed and its own rate."""
    rate = format_of(info).frame_rate
    return frames_in((info.duration + info.shift_at(rate)) / factor, rate)


def why_no_speed(info: MediaInfo, name: str, factor: Fraction) -> str | None:
    """The reason why a clip can't be shown at a speed; None if it can."""
    if not SLOWEST_SPEED <= factor <= FASTEST_SPEED:
        return (
            f"{name} can't be shown {number_text(factor)} times as fast; "
            f"{number_text(SLOWEST_SPEED)} to {FASTEST_SPEED} are allowed"
        )
    frames = frames_at_speed(info, factor)
    if frames > _MOST_FRAMES:
        return f"{name} would have {frames} frames at that speed; at most {_MOST_FRAMES} are made"
    return None


def why_no_part(info: MediaInfo, name: str, *, start: Fraction, seconds: Fraction) -> str | None:
    """The reason why a part can't be cut out of a video; None if it can."""
    rate = format_of(info).frame_rate
    length = info.frames_at(rate)
    first, frames = part_of(rate, start, seconds)
    if start >= 0 and seconds > 0 and first + frames <= length:
        return None
    return (
        f"can't take {float(seconds):g} s from {float(start):g} s on: {name} lasts "
        f"{float(info.duration):g} s ({length} frames at {rate} per second)"
    )


def part_of(rate: Fraction, start: Fraction, seconds: Fraction) -> tuple[int, int]:
    """The first frame of a part of a clip, and its number of frames; both rounded."""
    return int(start * rate + Fraction(1, 2)), frames_in(seconds, rate)


def why_no_frame(at: Literal["first", "last"] | int, frames: int, name: str) -> str | None:
    """The reason why a video of `frames` frames has no frame `at`; None if it has the frame."""
    if isinstance(at, str) or 0 <= at < frames:
        return None
    return f"{name} has no frame {at}: it has {frames}, numbered 0 to {frames - 1}"
