"""The measures of a video → those of what a model gets of it, at another frame rate.

A video of an uneven rate, or of one that is too low, is sent at an even one: the frames between its
own show the one before again. An edit has those repeats too, and they are none of its faults.
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
        measures: Of it.
        held_s: When it shows a frame again, seconds on its clock, in order.
    """

    measures: Measures
    held_s: Sequence[Fraction]

    def holds(self, frame: SeenFrame, frame_s: Fraction) -> bool:
        """Whether it shows a frame again where an edit of it has a frame.

        Args:
            frame: Of the edit.
            frame_s: Seconds of each of the edit's frames.
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
    """Show a video at an even rate, as ffmpeg does: each frame where it is due, to the nearest.

    Args:
        source: Its measures.
        rate: Frames per second that the model gets.
        shift: Seconds that are added to its times.
        frames: How many the model gets.
        even: Frames per second to which it is brought first; None where it is not.
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
    """The last of the frames that are due in one; those before it are not seen."""
    last = replace(due[-1], at_s=at_s)
    if len(due) > 1:
        change = max(one.change for one in (*due, replace(last, change=last.over)))
        last = replace(last, change=change, over=max(change, last.over))
    return replace(last, over=last.change) if after_held else last
