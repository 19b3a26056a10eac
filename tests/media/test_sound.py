"""Times as samples: the nearest one, and lengths that add up."""

from fractions import Fraction
from itertools import pairwise

import pytest

from shotgraph.media.sound import SAMPLE_RATE_HZ, sample_at

SAMPLE = Fraction(1, SAMPLE_RATE_HZ)


@pytest.mark.parametrize(
    ("samples", "nearest"),
    [
        (Fraction(0), 0),
        (Fraction(49, 100), 0),
        (Fraction(1, 2), 1),
        (Fraction(51, 100), 1),
        (Fraction(99, 100), 1),
        (Fraction(1), 1),
        (Fraction(149, 100), 1),
        (Fraction(3, 2), 2),
    ],
)
def test_a_time_is_that_of_the_nearest_sample(samples: Fraction, nearest: int) -> None:
    assert sample_at(samples * SAMPLE) == nearest


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(30000, 1001), Fraction(24)])
def test_the_sounds_of_pieces_are_as_long_as_the_whole(rate: Fraction) -> None:
    ends = [sample_at(frames / rate) for frames in range(2000)]
    for frames, end in enumerate(ends):
        assert abs(end * SAMPLE - frames / rate) <= SAMPLE / 2
    assert sum(later - earlier for earlier, later in pairwise(ends)) == ends[-1]
