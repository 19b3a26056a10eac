"""A price is dollars per second, and a part of a second counts as a whole one."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotgraph.endpoints import ENDPOINTS, KINDS

EDIT = KINDS["edit"]["standard"].price


@pytest.mark.parametrize(
    ("seconds", "cost_usd"),
    [
        (Fraction(0), "0"),
        (Fraction(1, 1000), "0.126"),
        (Fraction(3), "0.378"),
        (Fraction(3001, 1000), "0.504"),
        (Fraction(5), "0.630"),
        (Fraction(1005, 100), "1.386"),
        (Fraction(120, 24), "0.630"),
        (Fraction(121 * 1001, 24000), "0.756"),
    ],
)
def test_a_part_counts_as_a_whole(seconds: Fraction, cost_usd: str) -> None:
    assert EDIT.cost_usd(seconds) == Decimal(cost_usd)


@given(st.fractions(0, 20), st.sampled_from(sorted(ENDPOINTS)))
def test_the_cost_is_never_below_the_rate(seconds: Fraction, endpoint: str) -> None:
    price = ENDPOINTS[endpoint].price
    rate = Fraction(price.usd_per_second)
    cost = Fraction(price.cost_usd(seconds))
    assert rate * seconds <= cost < rate * (seconds + 1)


def test_a_rate_that_fal_has_just_named_comes_first() -> None:
    assert EDIT.cost_usd(Fraction(9, 2), usd_per_second=Decimal("0.2")) == Decimal("1.0")
    assert EDIT.cost_usd(Fraction(9, 2), usd_per_second=Decimal(0)) == 0
