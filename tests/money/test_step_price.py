"""The price in a file beside what is known: which one counts, and when a file is refused."""

from decimal import Decimal
from typing import Any

import pytest

from shotgraph.money.step_price import KnownPrice, WrongPrice, reckoned, wrong_price

TRUSTED = {"is_trusted": True}


def known(unit_usd: str = "50", unit: str = "units", billed: tuple[str, ...] = ()) -> KnownPrice:
    units = [Decimal(one) for one in billed]
    return KnownPrice("someone/expensive", Decimal(unit_usd), unit, "2026-11-30", units)


def wrong(
    price_usd: str, of: KnownPrice | None, *, is_trusted: bool = False, **arguments: Any
) -> WrongPrice | None:
    return wrong_price(Decimal(price_usd), of, arguments, is_trusted=is_trusted)


@pytest.mark.parametrize("of", [None, known(), known(billed=("20",))])
@pytest.mark.parametrize("is_trusted", [False, True])
def test_nothing_is_free(of: KnownPrice | None, is_trusted: bool) -> None:
    found = wrong("0", of, is_trusted=is_trusted)
    assert found is not None
    assert found.what.startswith("$0 is given, and ")
    assert ("$50" in found.what) == (of is not None)


def test_a_price_below_one_unit_is_refused_unless_somebody_vouches_for_it() -> None:
    found = wrong("0.05", known())
    assert found is not None
    assert found.what == (
        '$0.05 is given, and fal takes $50 for each unit ("units") of someone/expensive (its '
        "pricing API, 2026-11-30)"
    )
    assert found.allowed == (
        "the most that one job costs, at least 50; or --trust-prices, if a job costs less"
    )
    assert wrong("0.05", known(), **TRUSTED) is None
    assert wrong("50", known()) is None


def test_a_price_below_what_jobs_were_billed_is_refused_whoever_vouches_for_it() -> None:
    found = wrong("60", known(billed=("20", "4", "10")), **TRUSTED)
    assert found is not None
    assert found.what.endswith("jobs here were billed $500 as the median of 3, and $1000 at most")
    assert found.allowed == "the most that one job costs, at least 500"
    assert wrong("500", known(billed=("20", "4", "10"))) is None
    one = wrong("60", known(billed=("20",)))
    assert one is not None
    assert one.what.endswith("and the last job here was billed $1000")


@pytest.mark.parametrize(
    ("unit", "duration", "least"),
    [
        ("seconds", "10", "1.68"),
        ("Second", 5, "0.84"),
        ("seconds", "8s", "1.344"),
        ("seconds", "auto", "0.168"),
        ("seconds", None, "0.168"),
        ("seconds", "-3", "0.168"),
        ("seconds", "1e9", "0.168"),
        ("videos", "10", "0.168"),
    ],
)
def test_of_seconds_as_many_count_as_the_step_chooses(unit: str, duration: Any, least: str) -> None:
    of = known("0.168", unit)
    assert wrong(least, of, duration=duration) is None
    below = str(Decimal(least) - Decimal("0.001"))
    found = wrong(below, of, duration=duration)
    assert found is not None
    assert f"at least {least}" in found.allowed


def test_what_is_not_known_speaks_against_no_price() -> None:
    assert wrong("0.05", None) is None


def test_a_job_is_reckoned_at_the_most_that_one_was_billed() -> None:
    assert reckoned(Decimal("0.05"), None).usd_per_second == Decimal("0.05")
    assert reckoned(Decimal("0.05"), None).unit_usd is None
    assert reckoned(Decimal("60"), known()).usd_per_second == Decimal("60")
    assert reckoned(Decimal("600"), known(billed=("20", "4"))).usd_per_second == Decimal("1000")
    assert reckoned(Decimal("2000"), known(billed=("20",))).usd_per_second == Decimal("2000")
    assert reckoned(Decimal("60"), known()).unit_usd == Decimal("50")


def test_the_time_of_a_machine_says_nothing_of_a_bill() -> None:
    for unit in ("compute seconds", "gpu_second"):
        of = known("0.00017", unit, billed=("2",))
        assert of.is_by_compute
        assert reckoned(Decimal("0.05"), of).unit_usd is None
    assert not known("0.1", "seconds").is_by_compute
