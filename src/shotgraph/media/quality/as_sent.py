"""The measures of a video → its measures at the frame rate that a model gets.

A video with an uneven or too low rate is sent at an even rate: added frames repeat the frame
before. An edit has these repeats too, and they are not its faults.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from shotgraph.media.quality.measures import GRID, Measures, SeenFrame

_STILL = bytes(GRID[0] * GRID[1])
_HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Sent:
    """A video as a model gets it.

    Attributes:
        measures: The video's measures.
        held_s: The times of its repeated frames, in seconds on its clock, in order.
    """

    measures: Measures
    held_s: Sequence[Fraction]

    def holds(self, frame: SeenFrame, frame_s: Fraction) -> bool:
        """Whether the video has a repeated frame at the time of an edit's frame.

        Args:
            frame: The edit's frame.
            frame_s: The length of the edit's frames in seconds.
        """
        place = bisect_left(self.held_s, frame.at_s - frame_s / 2)
        return place < len(self.held_s) and self.held_s[place] <= frame.at_s + frame_s / 2


def as_sent(
    source: Measures,
    rate: Fraction,
    *,
    shift: Fraction,
    frames: int,
    even: Fraction | None = None,
) -> Sent:
    """Bring a video to an even rate, as ffmpeg does: each frame at the nearest place.

    Args:
        source: The video's measures.
        rate: Frames per second that the model gets.
        shift: Seconds that are added to its times.
        frames: The number of frames that the model gets.
        even: Frames per second to which it is brought first; None if there is no such step.
    """
    due: dict[int, list[SeenFrame]] = {}
    for one in source.frames:
        at_s = one.at_s + shift
        if even is not None:
            at_s = int(at_s * even + _HALF) / even
        due.setdefault(int(at_s * rate + _HALF), []).append(one)
    shown: list[SeenFrame] = []
    held_s: list[Fraction] = []
    for number in range(frames):
        at_s = number / rate
        if number in due:
            shown.append(_new(due[number], at_s, after_held=bool(held_s[-1:] == [at_s - 1 / rate])))
        elif shown:
            before = shown[-1]
            shown.append(
                replace(before, at_s=at_s, change=0.0, most=0, over=before.change, motion=_STILL)
            )
            held_s.append(at_s)
    return Sent(replace(source, frames=tuple(shown), frame_s=1 / rate), held_s)


def _new(due: Sequence[SeenFrame], at_s: Fraction, *, after_held: bool) -> SeenFrame:
    """Take the last of the frames with one place; the earlier ones are not shown."""
    last = replace(due[-1], at_s=at_s)
    if len(due) > 1:
        change = max(one.change for one in (*due, replace(last, change=last.over)))
        last = replace(last, change=change, over=max(change, last.over))
    return replace(last, over=last.change) if after_held else last
