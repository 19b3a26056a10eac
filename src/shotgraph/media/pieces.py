"""Find where to cut a shot into pieces if it is too long for an endpoint."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import TypeAlias

# The extra cost of a bound inside a shot, compared with a bound at a cut: the model repaints the
# same scene in two jobs, and the seam may be visible. Seconds are billed rounded up.
_SEAM = 4
_SECOND = 1

_Cost: TypeAlias = tuple[int, int]  # seams and seconds; then unevenness


@dataclass(frozen=True)
class PieceLimits:
    """The lengths that a piece may have, in seconds."""

    shortest: Fraction
    longest: Fraction


def split(
    frames: int, rate: Fraction, limits: PieceLimits, cuts: Iterable[int] = ()
) -> list[tuple[int, int]]:
    """Cut a shot into pieces, at its cuts if possible.

    Of all divisions within the limits, it takes the division with the lowest cost of seams inside
    shots and billed seconds; of equals, the most even division. Pieces that don't end at a cut
    last whole seconds where possible, because a part of a second is billed as a whole second.

    Args:
        frames: The number of frames in the shot.
        rate: Frames per second.
        limits: The limits of a piece.
        cuts: The first frames after each cut in the shot.

    Returns:
        The pieces, in order: the first frame of each, and the frame after its last.

    Raises:
        ValueError: No division is within the limits: the shot is shorter than the shortest piece,
            or longer than the longest piece and shorter than two of the shortest.
    """
    shortest, longest = ceil(limits.shortest * rate), int(limits.longest * rate)
    if shortest <= frames <= longest:
        return [(0, frames)]
    known = frozenset(cut for cut in cuts if 0 < cut < frames)
    best: dict[int, tuple[_Cost, int]] = {0: ((0, 0), 0)}
    reached = [0]
    parts = ceil(frames / longest)
    for end in _candidates(frames, rate, limits, known, parts):
        at_cut = end in known or end == frames
        near = reached[bisect_left(reached, end - longest) : bisect_right(reached, end - shortest)]
        ways = [
            (_sum(best[begin][0], _cost(end - begin, rate, frames // parts, at_cut)), begin)
            for begin in near
        ]
        if ways:
            best[end] = min(ways)
            reached.append(end)
    if frames not in best:
        raise ValueError(f"{frames} frames at {rate} per second can't be cut within the limits")
    bounds = [frames]
    while bounds[-1]:
        bounds.append(best[bounds[-1]][1])
    return list(pairwise(reversed(bounds)))


def _candidates(
    frames: int, rate: Fraction, limits: PieceLimits, cuts: frozenset[int], parts: int
) -> list[int]:
    """Frames before which a piece may end: cuts, whole seconds, even parts, the end."""
    found = {round(Fraction(part * frames, parts)) for part in range(1, parts)}
    starts = [(0, frames)]
    for cut, following in pairwise([*sorted(cuts), frames]):
        if following - cut > limits.shortest * rate:  # a shorter shot needs no bound inside
            starts.append((cut, min(frames, following + int(limits.longest * rate))))
    for start, last in starts:
        seconds = int((last - start) / rate)
        found.update(start + int(second * rate) for second in range(1, seconds + 1))
    return sorted(each for each in found | cuts | {frames} if 0 < each <= frames)


def _cost(length: int, rate: Fraction, ideal: int, at_cut: bool) -> _Cost:
    started = -(-length * rate.denominator // rate.numerator)
    return _SECOND * started + (0 if at_cut else _SEAM), (length - ideal) ** 2


def _sum(one: _Cost, other: _Cost) -> _Cost:
    return one[0] + other[0], one[1] + other[1]
