"""The even frame rate at which an uneven clip is shown, without losing a frame of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import median_low

from shotgraph.media.info import STANDARD

# Of a usual gap: shorter ones are slips of a recorder's clock, which nobody sees.
_SLIP = Fraction(1, 8)
_USUAL = Fraction(1, 4)
# A clock that runs a hair fast loses a frame now and then; twice the rate is worse. Of a short
# clip, each frame counts.
_SURELY_KEPT = 200
_FRAMES_A_LOSS = 100
# How many pairs of frames are looked at: more than an hour of a usual clip has.
_MOST_PAIRS = 20_000
# Where between two frames of a film the next of a clip is taken to begin, in parts of a frame: half
# way first, and last of all next to the frames themselves, for slips of a millisecond.
_PARTS = 512
_BOUNDS = (_PARTS // 2, *range(8, _PARTS, 16), 2, _PARTS - 2)


@dataclass(frozen=True)
class EvenRate:
    """An even rate, and how an uneven clip is brought to it.

    Attributes:
        rate: Frames per second; a standard rate.
        shift: Seconds that are added to the clip's times, less than half a frame, so that two of
            its frames do not fall into one of the film.
    """

    rate: Fraction
    shift: Fraction


def even_rate(times: Sequence[int], time_base: Fraction) -> EvenRate:
    """The standard rate nearest to that of most frames, or the next that loses none of them.

    Args:
        times: When each frame is shown, in order, in ticks; at least two.
        time_base: Seconds per tick.
    """
    # In a damaged file most frames may be due at one time.
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
    """How few frames are lost at a rate, of those that count and of slips; and by which shift."""
    # Only these can fall into one frame of the film.
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
