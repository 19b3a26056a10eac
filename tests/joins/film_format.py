"""What a film of some clips should look like, told from the list of clips."""

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from statistics import median_low

from tests.joins.takes import RATES, Take

_USUAL = sorted(rate for name, rate in RATES.items() if name != "variable")

# Size in pixels, frames per second.
FilmFormat = tuple[tuple[int, int], Fraction]


def film_format(takes: Sequence[Take]) -> FilmFormat:
    """That of most seconds, the first if there are several; sides even, frames evenly spaced.

    An uneven clip has the usual rate that is nearest to that of most of its frames.
    """
    seconds: defaultdict[FilmFormat, Fraction] = defaultdict(Fraction)
    for take in takes:
        width, height = take.shown
        seconds[(width // 2 * 2, height // 2 * 2), _rate(take)] += take.duration
    return max(seconds, key=lambda each: seconds[each])


def _rate(take: Take) -> Fraction:
    if take.rate != "variable":
        return RATES[take.rate]
    gaps = [later - earlier for earlier, later in pairwise(take.starts)]
    return min(_USUAL, key=lambda rate: abs(rate - 1 / median_low(gaps)))
