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
_MILLISECOND = Fraction(1, 1000)


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


def constant_rate(
    times: Sequence[int], time_base: Fraction, *, said: Fraction | None = None
) -> Fraction | None:
    """Frames per second of equally spaced `times`; `said` if there are fewer than two.

    A clock of milliseconds leaves room for several rates. Then the one that the file states is
    taken if it is a standard one, else the nearest standard one.
    """
    if len(times) < 2:
        return said
    span = times[-1] - times[0]
    gaps = len(times) - 1
    measured = gaps / (span * time_base)
    if time_base != _MILLISECOND and span == gaps * (times[1] - times[0]):
        return measured.limit_denominator(1001)
    slack = max(measured * _SNAP, gaps / ((span - 1) * time_base) - measured if span > 1 else 0)
    standard = [rate for rate in STANDARD if abs(rate - measured) <= slack]
    if said in standard:
        return said
    return min(
        standard,
        key=lambda rate: abs(rate - measured),
        default=measured.limit_denominator(1001),
    )


def standard_at_least(rate: Fraction) -> Fraction:
    """The lowest standard rate that loses no frame of an uneven one."""
    return min((each for each in STANDARD if each >= rate), default=max(STANDARD))


def frames_in(seconds: Fraction, rate: Fraction) -> int:
    """Whole frames in a span, to the nearest, halves up; at least one."""
    return max(1, int(seconds * rate + Fraction(1, 2)))
