"""Where long shots are cut, whatever their length, rate and cuts."""

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotgraph.media.info import STANDARD
from shotgraph.media.pieces import PieceLimits, split

LIMITS = PieceLimits(Fraction(3), Fraction("10.05"))
RATES = st.sampled_from([rate for rate in STANDARD if 24 <= rate <= 60])

# Seconds of shots that can be cut; above 10.05 any can.
TENTHS = st.integers(30, 1500)


def lengths(bounds: list[tuple[int, int]]) -> list[int]:
    return [end - begin for begin, end in bounds]


@given(RATES, TENTHS, st.lists(st.integers(-5, 9000), max_size=20))
def test_pieces_are_all_frames_once_and_within_the_limits(
    rate: Fraction, tenths: int, cuts: list[int]
) -> None:
    frames = ceil(rate * tenths / 10)

    bounds = split(frames, rate, LIMITS, cuts)

    assert [begin for begin, _ in bounds] == [0, *(end for _, end in bounds[:-1])]
    assert bounds[-1][1] == frames
    assert all(LIMITS.shortest <= length / rate <= LIMITS.longest for length in lengths(bounds))


@given(st.sampled_from([24, 25, 30, 50, 60]), st.integers(11, 300))
def test_without_cuts_no_more_seconds_are_begun_than_the_shot_has(rate: int, seconds: int) -> None:
    bounds = split(seconds * rate, Fraction(rate), LIMITS)

    begun = [ceil(length / rate) for length in lengths(bounds)]

    assert sum(begun) == seconds
    assert max(begun) - min(begun) <= 1


def test_a_shot_is_cut_where_its_picture_changes() -> None:
    assert split(1041, Fraction(30), LIMITS, [123, 378, 630, 846]) == [
        (0, 123),
        (123, 378),
        (378, 630),
        (630, 846),
        (846, 1041),
    ]


def test_a_cut_that_leaves_too_short_a_piece_is_no_bound() -> None:
    bounds = split(360, Fraction(30), LIMITS, [10, 355])

    assert bounds == [(0, 180), (180, 360)]


@pytest.mark.parametrize(
    ("frames", "pieces"), [(90, 1), (301, 1), (302, 2), (951, 4), (2850, 10), (108_000, 360)]
)
def test_no_more_pieces_than_needed(frames: int, pieces: int) -> None:
    assert len(split(frames, Fraction(30), LIMITS)) == pieces


def test_what_is_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="89 frames at 30 per second"):
        split(89, Fraction(30), LIMITS)
