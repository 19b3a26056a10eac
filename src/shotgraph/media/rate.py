"""How many frames a second, told from when each is shown."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

# What cameras, screens and models use; rates that can't be read exactly are taken for the nearest.
STANDARD = tuple(
    Fraction(rate)
    for rate in (12, 15, "24000/1001", 24, 25, "30000/1001", 30, 48, 50, "60000/1001", 60, 120)
)
# Of one frame: a clock of milliseconds can't say 1/30 s better.
_JITTER = Fraction(5, 100)
_SNAP = Fraction(1, 2000)


def is_constant(times: Sequence[int]) -> bool:
    """Whether frames shown at `times` (ticks, in order) are equally far apart.

    One tick of difference is the clock's rounding, not the film's.
    """
    gaps = [later - earlier for earlier, later in pairwise(times)]
    if not gaps:
        return True
    spread = max(gaps) - min(gaps)
    mean = Fraction(times[-1] - times[0], len(gaps))
    return min(gaps) > 0 and (spread <= 1 or spread <= mean * _JITTER)


def constant_rate(times: Sequence[int], time_base: Fraction) -> Fraction | None:
    """Frames per second of equally spaced `times`; None for fewer than two."""
    if len(times) < 2:
        return None
    gap = Fraction(times[-1] - times[0], len(times) - 1)
    exact = 1 / (gap * time_base)
    if gap.denominator == 1 and exact.denominator <= 1001:
        return exact
    nearest = min(STANDARD, key=lambda rate: abs(rate - exact))
    if abs(nearest - exact) <= exact * _SNAP:
        return nearest
    return exact.limit_denominator(1001)


def standard_at_least(rate: Fraction) -> Fraction:
    """The lowest standard rate that loses no frame of an uneven one."""
    return min((each for each in STANDARD if each >= rate), default=max(STANDARD))


def frames_in(seconds: Fraction, rate: Fraction) -> int:
    """Whole frames in a span, to the nearest, halves up; at least one."""
    return max(1, int(seconds * rate + Fraction(1, 2)))
