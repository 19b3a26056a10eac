"""fal has billed a job of Kling above its estimate: the next plan counts that, and says so."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from shotgraph.endpoints import ENDPOINTS
from shotgraph.money.events import Ended
from shotgraph.money.past_jobs import PastJob
from shotgraph.money.prices import Prices
from shotgraph.plan.purchase import Durations, unseen
from shotgraph.store import Store
from tests.plan.films import paid_job_of, plan_of, step_of
from tests.plan.records import ACCEPTED, AT, put_attempt
from tests.rehearsal.client import EDIT

NEXT = "film: {reference: {video: clip.mp4, prompt: Go on, duration: %s}}"
RAIN = "film: {reference: {video: clip.mp4, prompt: Let it rain, duration: %s}}"


async def billed(units: str, usd: str, folder: Path, store: Store) -> None:
    """Have a job of 5 s on record, for which $0.63 were estimated."""
    bill = {"billed_units": Decimal(units), "cost_usd": Decimal(usd)}
    ended = Ended(at=AT, succeeded=True, output={}, **bill)
    await put_attempt(store, paid_job_of(NEXT % 5, folder, store), ACCEPTED, ended)


@pytest.mark.parametrize(("seconds", "cost_usd"), [(5, "0.756"), (3, "0.504"), (10, "1.512")])
async def test_a_higher_bill_counts_the_next_time(
    seconds: int, cost_usd: str, folder: Path, store: Store
) -> None:
    await billed("6", "0.756", folder, store)
    plan = await plan_of(RAIN % seconds, folder, store)
    assert plan.cost_usd == Decimal(cost_usd)
    (said,) = (one for one in plan.warnings if "were expected" in one)
    assert said == (
        "fal billed 6 s for a job of fal-ai/kling-video/o1/standard/video-to-video/reference on "
        "2026-11-23, and 5 s were expected: this plan counts 1.2 times the seconds of each such job"
    )


@pytest.mark.parametrize(
    ("units", "usd"),
    [
        ("5", "0.63"),  # as estimated
        ("4", "0.504"),  # less
        ("5", "0.70"),  # the price has changed since the estimate
    ],
)
async def test_any_other_bill_changes_nothing(
    units: str, usd: str, folder: Path, store: Store
) -> None:
    await billed(units, usd, folder, store)
    plan = await plan_of(RAIN % 5, folder, store)
    assert plan.cost_usd == Decimal("0.63")
    assert not any("were expected" in one for one in plan.warnings)


async def test_it_counts_for_its_own_endpoint_only(folder: Path, store: Store) -> None:
    await billed("6", "0.756", folder, store)
    step = await step_of("film: {edit: {video: clip.mp4, prompt: Paint it}}", folder, store)
    assert step.cost_usd == Decimal("0.504")


def past(billed_units: int) -> PastJob:
    return PastJob(EDIT, AT, Decimal(billed_units), None, Decimal(3))


def test_the_highest_bill_counts_to_the_second() -> None:
    prices = Prices().with_bills([past(4), past(5), past(3)])
    rule = prices.rule(ENDPOINTS[EDIT])
    # 5/3 has no end as a decimal number, and must not become one second more.
    assert rule.cost_usd(Fraction(3)) == 5 * rule.usd_per_second
    assert rule.cost_usd(Fraction(6)) == 10 * rule.usd_per_second


def test_the_most_that_a_long_shot_costs_holds_for_each_of_its_pieces() -> None:
    endpoint = Prices().with_bills([past(4)]).priced(ENDPOINTS[EDIT])
    shot = Fraction(30)
    most = unseen(endpoint, shot, Fraction(0), durations=Durations())
    pieces = [Fraction(304, 100)] * 9 + [Fraction(264, 100)]
    assert sum(endpoint.price.cost_usd(one) for one in pieces) <= most.cost_usd
    unknown = unseen(endpoint, None, Fraction(0), durations=Durations())
    assert "a longer video costs $0.168 more for each second" in unknown.note
