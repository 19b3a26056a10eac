"""Which frames of a film a sheet shows."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from shotgraph.media.clip import Clip, clip_of
from shotgraph.media.probe import reading


@dataclass(frozen=True)
class Moments:
    """When the frames of a film are shown.

    Attributes:
        clip: The film.
        times: Of each frame, in seconds from the first.
        key_times: Of those that can be decoded by themselves.
    """

    clip: Clip
    times: tuple[Fraction, ...]
    key_times: tuple[Fraction, ...]


@dataclass(frozen=True)
class Choice:
    """Frames of a film.

    Attributes:
        moments: Of the film.
        numbers: Which, in order; among the key frames if `is_of_keys`.
        is_of_keys: Whether only key frames are decoded, which is some 25 times faster.
    """

    moments: Moments
    numbers: tuple[int, ...]
    is_of_keys: bool = False

    @property
    def times(self) -> list[Fraction]:
        """When each is shown, in seconds from the first frame."""
        times = self.moments.key_times if self.is_of_keys else self.moments.times
        return [times[number] for number in self.numbers]


def read_moments(path: Path) -> Moments:
    """Read a video.

    Raises:
        MediaError: It is no video, or not a sound file of its kind.
    """
    with reading(path) as found:
        clip, (_, track) = clip_of(path, found), found.tracks[0]

    def seconds(times: Sequence[int]) -> tuple[Fraction, ...]:
        return tuple((time - track.times[0]) * track.time_base for time in times)

    return Moments(clip, seconds(track.times), seconds(track.key_times))


def evenly(moments: Moments, most: int) -> Choice:
    """The frames in the middle of equal parts; all, if there are fewer than `most`."""
    return Choice(moments, middles(len(moments.times), most))


def of_keys(moments: Moments, most: int, *, least: int) -> Choice:
    """Key frames, evenly, if there are `least` of them; else as `evenly`.

    A film that was joined has one at each cut: such a sheet shows every shot.
    """
    keys = len(moments.key_times)
    if keys < least:
        return evenly(moments, most)
    return Choice(moments, middles(keys, most), is_of_keys=True)


def at_times(moments: Moments, wanted: Sequence[Fraction]) -> tuple[Choice, list[int]]:
    """What is on the screen at some times, in order; and how often in a row each is wanted."""
    shown = [max(0, bisect_right(moments.times, time) - 1) for time in wanted]
    numbers = sorted(set(shown))
    return Choice(moments, tuple(numbers)), [shown.count(number) for number in numbers]


def middles(total: int, most: int) -> tuple[int, ...]:
    """The number in the middle of each of `most` equal parts of 0, 1, … `total` - 1."""
    parts = min(total, most)
    return tuple((2 * part + 1) * total // (2 * parts) for part in range(parts))
