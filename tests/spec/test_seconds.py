"""Seconds are exact, whatever way they are written."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from shotgraph.spec.exact_numbers import exact_seconds, seconds_text


@given(
    st.integers(0, 10**9 - 1),
    st.text(st.sampled_from("0123456789"), min_size=1, max_size=9),
)
def test_a_decimal_is_the_fraction_that_it_says(whole: int, part: str) -> None:
    exact = Fraction(whole * 10 ** len(part) + int(part), 10 ** len(part))
    assert exact_seconds(f"{whole}.{part}") == exact
    assert exact_seconds(Decimal(f"{whole}.{part}")) == exact


@given(st.integers(0, 10**9 - 1), st.integers(1, 10**9 - 1))
def test_a_fraction_is_that_fraction(above: int, below: int) -> None:
    exact = Fraction(above, below)
    assert exact_seconds(f"{above}/{below}") == exact
    assert exact_seconds(exact) is exact
    assert exact_seconds(str(exact)) == exact


@given(st.integers(min_value=0))
def test_a_whole_number_is_itself(seconds: int) -> None:
    assert exact_seconds(seconds) == seconds


NO_TIMES = ["-1", "+1", "1.", ".5", "1e3", "1/0", "1/2/3", "1 /2", "1:30", "2s", "", " 1", "1\n"]
NO_DIGITS = ["inf", "nan", "1_000", "0x10", "٣", "1234567890"]
NO_NUMBERS: list[Any] = [True, None, -1, Fraction(-1, 2), [], {}]
INEXACT = [0.5, 1.0, float("nan"), *map(Decimal, ("-0.1", "NaN", "sNaN", "Infinity"))]


@pytest.mark.parametrize("value", [*NO_TIMES, *NO_DIGITS, *NO_NUMBERS, *INEXACT])
def test_refuses(value: Any) -> None:
    with pytest.raises(PydanticCustomError, match="is not a time; write seconds"):
        exact_seconds(value)


@given(st.fractions(min_value=0, max_value=10**6, max_denominator=10**3))
def test_writes_seconds_that_it_reads_again(seconds: Fraction) -> None:
    assert exact_seconds(seconds_text(seconds)) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (Fraction(3), "3"),
        (Fraction(5, 2), "2.5"),
        (Fraction(1001, 24000), "1001/24000"),
        (Fraction(100), "100"),
    ],
)
def test_writes_a_decimal_where_it_is_exact(seconds: Fraction, text: str) -> None:
    assert seconds_text(seconds) == text
