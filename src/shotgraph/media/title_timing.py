"""The time of a title: in seconds, in frames, in words."""

from dataclasses import dataclass
from fractions import Fraction

from shotgraph.errors import MediaError
from shotgraph.media.info import frames_in


@dataclass(frozen=True)
class TitleTiming:
    """The time of a text, in seconds of the film.

    Attributes:
        start: The time at which the text begins.
        seconds: The length of the text; None until the film's end.
        fade_in: The length of the fade at its beginning.
        fade_out: The length of the fade at its end.
    """

    start: Fraction = Fraction(0)
    seconds: Fraction | None = None
    fade_in: Fraction = Fraction(0)
    fade_out: Fraction = Fraction(0)


@dataclass(frozen=True)
class TitleFrames:
    """The time of a text, in frames of the film.

    Attributes:
        first: The number of the first frame with the text.
        count: The number of frames with the text.
        fade_in: The number of frames of the fade at its beginning.
        fade_out: The number of frames of the fade at its end.
    """

    first: int
    count: int
    fade_in: int
    fade_out: int


def frames_of(timing: TitleTiming, rate: Fraction, length: int | None) -> TitleFrames:
    """Convert a title's times to frames; each time is rounded to the nearest frame.

    Args:
        timing: The time of the title, in seconds.
        rate: Frames per second.
        length: The film's length in frames; None if the film ends with the title.

    Raises:
        MediaError: The title reaches past the film's end, or is shorter than its fades.
    """
    first = _nearest(timing.start * rate)
    rest = (length or 0) - first
    count = rest if timing.seconds is None else frames_in(timing.seconds, rate)
    if length is not None and (count < 1 or first + count > length):
        until = (
            "its end" if timing.seconds is None else f"{float(timing.start + timing.seconds):g} s"
        )
        raise MediaError(
            f"a title from {float(timing.start):g} s to {until} doesn't fit: the film lasts "
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
    """A title's lines, frames and fades, in words."""
    what = "a title" if lines is None else f"a title of {lines} line{'' if lines == 1 else 's'}"
    first, until = frames.first, frames.first + frames.count - 1
    fades = []
    if frames.fade_in:
        # In the first frame of a fade, ffmpeg shows nothing yet; in the last, still a little.
        fades.append(f"{frames.fade_in} frames to come from frame {first} on")
        first += 1
    if frames.fade_out:
        fades.append(f"{frames.fade_out} frames to go")
    if first > until:
        return [f"{what} is never seen: it comes in frame {until}, and ends there"]
    said = f"{what} is laid on frames {first} to {until}"
    return [f"{said}, {' and '.join(fades)}" if fades else said]
