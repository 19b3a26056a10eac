from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotgraph.media.info import STANDARD, constant_rate, frames_in, is_constant, standard_at_least


@pytest.mark.parametrize("ticks_a_second", [1000, 12800, 15360, 30000, 90000, 10**6])
@pytest.mark.parametrize("rate", STANDARD)
def test_every_standard_rate_is_read_on_every_clock(rate: Fraction, ticks_a_second: int) -> None:
    times = [round(number / rate * ticks_a_second) for number in range(120)]

    assert is_constant(times)
    assert constant_rate(times, Fraction(1, ticks_a_second)) == rate


def test_two_frames_by_milliseconds_have_a_standard_rate() -> None:
    assert constant_rate([0, 33], Fraction(1, 1000)) == 30
    for said in (Fraction(24), Fraction(24000, 1001)):
        assert constant_rate([0, 42], Fraction(1, 1000), said=said) == said


def test_one_frame_has_no_rate() -> None:
    assert constant_rate([0], Fraction(1, 1000)) is None


@pytest.mark.parametrize("times", [[0, 512, 1536], [0, 512, 512], [0, 512, 1024, 1600]])
def test_gaps_and_repeats_are_uneven(times: list[int]) -> None:
    assert not is_constant(times)


@given(
    st.lists(st.integers(1, 2000), min_size=1, max_size=400),
    st.sampled_from(STANDARD),
)
def test_a_whole_number_of_frames_comes_back(lengths: list[int], rate: Fraction) -> None:
    assert [frames_in(length / rate, rate) for length in lengths] == lengths


def test_lengths_are_to_the_nearest_frame() -> None:
    assert frames_in(Fraction(149, 100), Fraction(1)) == 1
    assert frames_in(Fraction(3, 2), Fraction(1)) == 2
    assert frames_in(Fraction(5, 2), Fraction(1)) == 3
    assert frames_in(Fraction(1, 1000), Fraction(24)) == 1


def test_an_uneven_rate_is_rounded_up_to_a_standard_one() -> None:
    assert standard_at_least(Fraction(1800, 89)) == Fraction(24000, 1001)
    assert standard_at_least(Fraction(29)) == Fraction(30000, 1001)
    assert standard_at_least(Fraction(500)) == 120
