"""The prices that a file has of its own, in its plan: wrong ones, and those nobody vouches for."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shotgraph.making.file_prices import free_steps
from shotgraph.money.budget import Budget
from shotgraph.money.events import Accepted, Ended
from shotgraph.money.prices import ApiAnswer, ApiPrice, Prices
from shotgraph.money.results import KeptOutput, Results
from shotgraph.plan import Plan, make_plan
from shotgraph.plan.budgets import doubts_before_a_run, price_doubts, price_not_known
from shotgraph.spec import InvalidPipeline
from shotgraph.store import Store
from tests.graph.films import graph_of
from tests.plan.films import paid_job_of
from tests.plan.records import ACCEPTED, AT, put_attempt, put_result

OTHER = "someone/expensive"
FILM = """
film: {fal: {endpoint: someone/expensive, arguments: {prompt: sea}, price_usd: "%s"}}
"""


def listed(usd: str = "50", unit: str = "units") -> Prices:
    price = ApiPrice(endpoint_id=OTHER, unit_price=Decimal(usd), unit=unit, currency="USD")
    return Prices(others=ApiAnswer(asked_at=AT, prices=(price,)))


UNHEARD = Prices(others=ApiAnswer(asked_at=AT, prices=(), unknown=(OTHER,)))


async def put_bills(store: Store, folder: Path, units: Sequence[int]) -> None:
    """Put jobs of the endpoint on record that were billed so many units, one after the other."""
    job = paid_job_of(FILM % "1", folder, store)
    for number, billed in enumerate(units):
        began = AT + timedelta(hours=number)
        await put_attempt(
            store,
            type(job)(**{**vars(job), "take": 100 + number}),
            Accepted.model_validate({**ACCEPTED.model_dump(), "at": began}),
            Ended(at=began, succeeded=True, billed_units=Decimal(billed), output={}),
        )


async def plan_of(usd: str, folder: Path, store: Store, prices: Prices, **more: Any) -> Plan:
    graph = graph_of(FILM % usd, folder)
    return await make_plan(graph, store, prices=prices, **{"backend": "fal", **more})


async def refused(usd: str, folder: Path, store: Store, prices: Prices, **more: Any) -> str:
    with pytest.raises(InvalidPipeline) as caught:
        await plan_of(usd, folder, store, prices, **more)
    (problem,) = caught.value.problems
    assert problem.where == "steps.film.fal.price_usd"
    assert caught.value.exit_code == 2
    return f"{problem.what}; {problem.allowed}"


@pytest.mark.parametrize("trust_prices", [False, True])
@pytest.mark.parametrize("backend", ["fal", "rehearsal"])
async def test_nothing_is_free(
    trust_prices: bool, backend: str, folder: Path, store: Store
) -> None:
    more = {"trust_prices": trust_prices, "backend": backend}
    said = await refused("0", folder, store, listed(), **more)
    assert "$0 is given" in said
    assert "$50" in said
    assert "no job at fal is known to be free" in await refused("0", folder, store, Prices())
    graph = graph_of(FILM % "0", folder)
    assert [one.where for one in free_steps(graph)] == ["steps.film.fal.price_usd"]
    assert free_steps(graph, but=["film"]) == []
    assert free_steps(graph_of(FILM % "0.01", folder)) == []


async def test_a_price_below_fals_own_names_both(folder: Path, store: Store) -> None:
    said = await refused("0.05", folder, store, listed())
    assert "$0.05 is given, and fal takes $50 for each unit" in said
    assert "--trust-prices" in said
    plan = await plan_of("0.05", folder, store, listed(), trust_prices=True)
    assert plan.cost_usd == Decimal("0.05")
    assert (await plan_of("50", folder, store, listed())).cost_usd == 50


async def test_what_this_store_was_billed_counts(folder: Path, store: Store) -> None:
    await put_bills(store, folder, [20, 4, 10])
    for trust_prices in (False, True):
        said = await refused("60", folder, store, listed(), trust_prices=trust_prices)
        assert "$60 is given" in said
        assert "$500 as the median of 3, and $1000 at most" in said
        assert "trust" not in said
    plan = await plan_of("500", folder, store, listed())
    assert plan.cost_usd == 1000, "reckoned at the most that a job was billed"
    (step,) = plan.steps
    assert step.note == (
        "price_usd is $500, and a job was billed $1000 here: shotgraph counts the higher price"
    )


async def test_what_another_backend_billed_says_nothing(folder: Path, store: Store) -> None:
    await put_bills(store, folder, [20])
    plan = await plan_of("60", folder, store, listed(), backend="http://127.0.0.1:1")
    assert plan.cost_usd == 60


async def test_the_price_of_what_is_there_is_not_looked_at(folder: Path, store: Store) -> None:
    job = paid_job_of(FILM % "0.05", folder, store)
    await put_attempt(store, job, ACCEPTED)
    in_flight = await plan_of("0.05", folder, store, listed())
    assert [one.state for one in in_flight.steps] == ["in_flight"]
    assert price_doubts(await plan_of("0.05", folder, store, UNHEARD)) == []
    made = await put_result(store, job, folder / "clip.mp4")
    kept = {"video": KeptOutput(asset=made.asset, info=made.info)}
    await Results(store).put(made.model_copy(update={"outputs": kept}))
    have = await plan_of("0.05", folder, store, listed())
    assert [one.state for one in have.steps] == ["have"]


BUDGETS = [Budget(name="--max-usd", limit_usd=Decimal(1))]


@pytest.mark.parametrize(
    ("prices", "why"),
    [
        (UNHEARD, "fal's pricing API names no price in dollars for someone/expensive"),
        (
            Prices(why_not_others="it did not answer"),
            "fal's price for someone/expensive is not known, because it did not answer",
        ),
        (
            listed("0.00017", "compute seconds"),
            'fal\'s pricing API prices someone/expensive by "compute seconds", so the cost of a '
            "job is not known",
        ),
    ],
)
async def test_a_price_that_only_the_file_knows_passes_no_budget(
    prices: Prices, why: str, folder: Path, store: Store
) -> None:
    plan = await plan_of("0.05", folder, store, prices)
    error = price_not_known(plan, BUDGETS, "shotgraph run film.yaml")
    assert error is not None
    assert (error.exit_code, error.code) == (3, "price_not_known")
    assert error.message.splitlines() == [
        f"the price of film $0.05 is known only from the file: {why}. So shotgraph can't "
        "guarantee the --max-usd of $1.00, and nothing was sent. What would help:",
        "  shotgraph run film.yaml --max-usd 1 --trust-prices   (if you know that a job costs no "
        "more)",
        "  shotgraph run film.yaml --rehearse   (for nothing)",
    ]
    (step,) = plan.steps
    assert not step.is_bounded
    assert step.as_json()["price_is_known"] is False
    assert price_not_known(plan, [], None) is None
    (said,) = doubts_before_a_run(plan, has_budget=True)
    assert said.endswith(
        f"{why}; a run has a budget, and buys nothing unless it has --trust-prices"
    )


@pytest.mark.parametrize(
    ("prices", "more"),
    [
        (UNHEARD, {"trust_prices": True}),
        (listed("0.01"), {}),
        (Prices(), {"backend": "rehearsal"}),
    ],
)
async def test_a_price_that_is_known_or_vouched_for_does(
    prices: Prices, more: dict[str, Any], folder: Path, store: Store
) -> None:
    plan = await plan_of("0.05", folder, store, prices, **more)
    assert price_not_known(plan, BUDGETS) is None
    assert price_doubts(plan) == []
    (step,) = plan.steps
    assert step.is_bounded
    assert "price_is_known" not in step.as_json()


async def test_without_a_command_the_parameter_is_named(folder: Path, store: Store) -> None:
    error = price_not_known(await plan_of("0.05", folder, store, UNHEARD), BUDGETS)
    assert error is not None
    assert "the same run with trust_prices   (if you know" in error.message
