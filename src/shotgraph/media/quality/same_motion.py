"""The measures of a clip and of its source → whether the one moves as the other does.

An edit changes what is seen and keeps how it moves. So where in the picture something changes, and
when, must go together with where and when it does in the source, whatever the colours are.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from math import sqrt
from statistics import fmean

from shotgraph.media.quality.flaw import Flaw
from shotgraph.media.quality.measures import GRID, Measures
from shotgraph.media.quality.thresholds import MOTION_ALIKE

_CELLS = GRID[0] * GRID[1]
# Of `SeenFrame.motion`: half a step of brightness. Where less changes, coding is what moves.
_LEAST = 2.0


def likeness(clip: Measures, source: Measures) -> float | None:
    """The correlation of their motion, -1 to 1; None where too little moves to tell."""
    moves, moved = _sampled(clip, clip), _sampled(source, clip)
    length = min(len(moves), len(moved))
    if length < 2 * _CELLS:
        return None
    moves, moved = moves[:length], moved[:length]
    if fmean(moved) < _LEAST or fmean(moves) < _LEAST / 4:
        return None
    return _correlation(moves, moved)


def other_motion(clip: Measures, source: Measures) -> Iterator[Flaw]:
    """What is wrong where an edit moves otherwise than its source."""
    found = likeness(clip, source)
    if found is not None and found < MOTION_ALIKE.value:
        yield Flaw(
            kind="motion",
            begin_s=clip.frames[0].at_s,
            end_s=clip.end_s,
            what=f"it does not move as its source does: their motion goes together by {found:.2f}, "
            f"and should by {MOTION_ALIKE.value:g}",
        )


def _sampled(measures: Measures, like: Measures) -> list[int]:
    """The motion at the times of another clip's frames."""
    times = [frame.at_s for frame in measures.frames]
    found: list[int] = []
    for frame in like.frames[1:]:
        if frame.at_s >= measures.end_s:
            break
        place = bisect_right(times, frame.at_s + measures.frame_s / 4) - 1
        found += measures.frames[max(1, place)].motion if len(times) > 1 else bytes(_CELLS)
    return found


def _correlation(some: Sequence[int], others: Sequence[int]) -> float | None:
    one, other = fmean(some), fmean(others)
    apart = [value - one for value in some]
    aparts = [value - other for value in others]
    spread = sqrt(sum(x * x for x in apart) * sum(y * y for y in aparts))
    return sum(x * y for x, y in zip(apart, aparts, strict=True)) / spread if spread else None
