"""The start timecode of a clip: the time of day or of a tape that its camera gave the first frame.

SMPTE ST 12-1: timecode counts whole frames. At 30000/1001 frames a second it counts 30, so its hour
is 3.6 s longer than an hour. Drop-frame timecode skips two numbers in each minute, except for every
tenth, and so keeps to the clock.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

_WRITTEN = re.compile(r"(\d\d):([0-5]\d):([0-5]\d)([:;])(\d{2,3})")
_SHARES = (1, 2, 4)
"""The frames of a clip for one frame of its timecode: at 60 a second it may count 30."""
_DROPPING = 30
_SLOWED = 1001


@dataclass(frozen=True)
class StartTimecode:
    """The start of a medium as its file states it.

    Attributes:
        text: The timecode, such as ``01:00:10:12``; drop-frame if the last sign is ``;``. For a
            sound the number of samples since midnight, in words.
        number: The number of the frame, counted from 00:00:00:00; None if the file does not state
            it.
    """

    text: str
    number: int | None = None


@dataclass(frozen=True)
class SourceStart:
    """A start timecode with the rate at which it counts.

    Attributes:
        text: The timecode.
        frame: The number of its frame, counted from 00:00:00:00 at `rate`.
        rate: Timecode frames per second, such as 30000/1001; a share of the clip's rate.
        is_drop: Whether it is drop-frame.
    """

    text: str
    frame: int
    rate: Fraction
    is_drop: bool

    def at(self, rate: Fraction) -> Fraction:
        """The same time in frames of another rate."""
        return self.frame / self.rate * rate


def counted(said: StartTimecode, fps: Fraction | None) -> SourceStart | None:
    """Find the rate at which a start timecode counts, and its frame.

    Args:
        said: The start timecode.
        fps: The clip's frames per second; None for a sound.

    Returns:
        None if the timecode does not fit the clip's rate.
    """
    parts = _WRITTEN.fullmatch(said.text)
    if parts is None or fps is None:
        return None
    is_drop = parts[4] == ";"
    for share in _SHARES if said.number is not None else _SHARES[:1]:
        rate = fps / share
        numbers = whole_rate(rate)
        if rate.denominator not in (1, _SLOWED) or int(parts[5]) >= numbers:
            continue
        if is_drop and (numbers % _DROPPING or rate.denominator != _SLOWED):
            continue
        minutes = int(parts[1]) * 60 + int(parts[2])
        frame = (minutes * 60 + int(parts[3])) * numbers + int(parts[5])
        if is_drop:
            frame -= numbers // _DROPPING * 2 * (minutes - minutes // 10)
        if said.number in (None, frame):
            return SourceStart(said.text, frame, rate, is_drop)
    return None


def written_timecode(frame: int, rate: Fraction, *, is_drop: bool = False) -> str:
    """Format a frame as timecode, ``HH:MM:SS:FF``, or ``HH:MM:SS;FF`` for drop-frame.

    Args:
        frame: The frame, counted from 00:00:00:00.
        rate: Frames per second.
        is_drop: Whether numbers are skipped, which is possible at 30000/1001 and 60000/1001.
    """
    numbers = whole_rate(rate)
    if is_drop:
        skipped = numbers // _DROPPING * 2
        in_ten_minutes, in_minute = numbers * 600 - 9 * skipped, numbers * 60 - skipped
        tens, left = divmod(frame, in_ten_minutes)
        # The first of ten minutes skips nothing, so it has more frames.
        after_first = max(0, left - skipped) // in_minute
        frame += skipped * (9 * tens + after_first)
    seconds, frames = divmod(frame, numbers)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{';' if is_drop else ':'}{frames:02}"


def whole_rate(rate: Fraction) -> int:
    """The frame numbers of a second: the rate, rounded up."""
    return -(-rate.numerator // rate.denominator)
