"""What a film of some clips should look like, told from the list of clips."""

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

from tests.joins.takes import RATES, Take

_USUAL = sorted(rate for name, rate in RATES.items() if name != "variable")

# Size in pixels, frames per second.
FilmFormat = tuple[tuple[int, int], Fraction]


def film_format(takes: Sequence[Take]) -> FilmFormat:
    """That of most seconds, the first if there are several; sides even, frames evenly spaced."""
    seconds: defaultdict[FilmFormat, Fraction] = defaultdict(Fraction)
    for take in takes:
        width, height = take.shown
        seconds[(width // 2 * 2, height // 2 * 2), _rate(take)] += take.duration
    return max(seconds, key=lambda each: seconds[each])


def _rate(take: Take) -> Fraction:
    if take.rate != "variable":
        return RATES[take.rate]
    average = len(take.times) / take.duration
    return min(rate for rate in _USUAL if rate >= average)
