"""Find an even frame rate for a clip of variable frame rate, so that no frame is lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import median_low

from shotgraph.media.info import STANDARD

# Parts of the usual gap between two frames. A gap shorter than a slip is an error of the
# recorder's clock, which nobody sees.
_SLIP = Fraction(1, 8)
_USUAL = Fraction(1, 4)
# With a clock that is slightly too fast, a frame is lost now and then; that is better than twice
# the rate. In a short clip no frame may be lost.
_SURELY_KEPT = 200
_FRAMES_A_LOSS = 100
# The most pairs of frames that are examined: more than an hour of a usual clip has.
_MOST_PAIRS = 20_000
# The bounds that are tried: a time at or after this part of a frame is rounded up to the next.
# The middle comes first, and the places next to the frames come last, for slips of a millisecond.
_PARTS = 512
_BOUNDS = (_PARTS // 2, *range(8, _PARTS, 16), 2, _PARTS - 2)


@dataclass(frozen=True)
class EvenRate:
    """An even rate, and the shift of the clip's times for it.

    Attributes:
        rate: Frames per second; a standard rate.
        shift: Seconds to add to the clip's times, less than half a frame, so that no two frames of
            the clip become one frame of the film.
    """

    rate: Fraction
    shift: Fraction


def even_rate(times: Sequence[int], time_base: Fraction) -> EvenRate:
    """The standard rate nearest to the rate of most frames, or the next rate that loses no frame.

    If each rate loses frames, it is the rate that loses the fewest.

    Args:
        times: The time of each frame, in order, in ticks; at least two.
        time_base: Seconds per tick.
    """
    # In a damaged file most frames may have the same time.
    gaps = [later - earlier for earlier, later in pairwise(times) if later > earlier] or [1]
    usual = median_low(gaps)
    alike = [gap for gap in gaps if abs(gap - usual) <= usual * _USUAL]
    meant = len(alike) / (sum(alike) * time_base)
    nearest = min(STANDARD, key=lambda rate: abs(rate / meant - 1))
    allowed = max(0, len(times) - _SURELY_KEPT) // _FRAMES_A_LOSS
    tried: list[tuple[int, int, EvenRate]] = []
    for rate in STANDARD:
        if rate < nearest:
            continue
        lost, slips, shift = _best(times, usual, rate * time_base)
        tried.append((lost, slips, EvenRate(rate, shift / rate)))
        if lost <= allowed:
            return tried[-1][2]
    return min(tried, key=lambda each: each[:2])[2]


def _best(times: Sequence[int], usual: int, frames_a_tick: Fraction) -> tuple[int, int, Fraction]:
    """The fewest frames lost at a rate: frames that count, then slips; and the shift for it."""
    # Only these pairs can become one frame of the film.
    near = [
        (earlier - times[0], later - times[0])
        for earlier, later in pairwise(times)
        if (later - earlier) * frames_a_tick < 1
    ][:_MOST_PAIRS]
    found: list[tuple[int, int, Fraction]] = []
    up, down = frames_a_tick.numerator, frames_a_tick.denominator
    for bound in _BOUNDS:
        ahead = (_PARTS - bound) * down
        lost = slips = 0
        for earlier, later in near:
            places = [(time * up * _PARTS + ahead) // (_PARTS * down) for time in (earlier, later)]
            if places[0] == places[1]:
                slips += later - earlier < usual * _SLIP
                lost += later - earlier >= usual * _SLIP
        found.append((lost, slips, Fraction(_PARTS // 2 - bound, _PARTS)))
        if not lost and not slips:
            break
    return min(found, key=lambda each: (*each[:2], abs(each[2])))
