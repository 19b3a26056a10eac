"""When a title is seen: in seconds, in frames, in words."""

from dataclasses import dataclass
from fractions import Fraction

from shotgraph.errors import MediaError
from shotgraph.media.info import frames_in


@dataclass(frozen=True)
class TitleTiming:
    """When a text is seen, in seconds of the film.

    Attributes:
        start: When it begins.
        seconds: How long it is seen; None for all that follows.
        fade_in: How long it comes.
        fade_out: How long it goes, at its end.
    """

    start: Fraction = Fraction(0)
    seconds: Fraction | None = None
    fade_in: Fraction = Fraction(0)
    fade_out: Fraction = Fraction(0)


@dataclass(frozen=True)
class TitleFrames:
    """When a text is seen, in frames.

    Attributes:
        first: The number of the first frame that has it.
        count: How many have it.
        fade_in: In how many of them it comes.
        fade_out: In how many it goes.
    """

    first: int
    count: int
    fade_in: int
    fade_out: int


def frames_of(timing: TitleTiming, rate: Fraction, length: int | None) -> TitleFrames:
    """Count a title's frames, each time to the nearest.

    Args:
        timing: When it is seen.
        rate: Frames per second.
        length: Of the film, in frames; None where the film ends with the title.

    Raises:
        MediaError: It reaches past the film's end, or does not last as long as it fades.
    """
    first = _nearest(timing.start * rate)
    rest = (length or 0) - first
    count = rest if timing.seconds is None else frames_in(timing.seconds, rate)
    if length is not None and (count < 1 or first + count > length):
        until = (
            "its end" if timing.seconds is None else f"{float(timing.start + timing.seconds):g} s"
        )
        raise MediaError(
            f"a title from {float(timing.start):g} s to {until} has no place: the film lasts "
            f"{float(length / rate):g} s ({length} frames at {rate} per second)"
        )
    fades = _nearest(timing.fade_in * rate), _nearest(timing.fade_out * rate)
    if sum(fades) > count:
        raise MediaError(
            f"a title of {count} frames can't fade for {fades[0]} frames in and {fades[1]} out"
        )
    return TitleFrames(first, count, *fades)


def _nearest(frames: Fraction) -> int:
    return int(frames + Fraction(1, 2))


def title_words(frames: TitleFrames, lines: int | None = None) -> list[str]:
    """What a title is, in words."""
    what = "a title" if lines is None else f"a title of {lines} line{'' if lines == 1 else 's'}"
    until = frames.first + frames.count - 1
    said = f"{what} is laid on frames {frames.first} to {until}"
    fades = [
        f"{count} frames to {way}"
        for way, count in (("come", frames.fade_in), ("go", frames.fade_out))
        if count
    ]
    return [f"{said}, {' and '.join(fades)}" if fades else said]
