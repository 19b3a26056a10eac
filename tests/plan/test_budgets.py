"""A plan that costs too much: what is said, and that what is said to fit does fit."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from shotgraph.errors import InvalidInput, OverBudget
from shotgraph.graph import Graph
from shotgraph.money.budget import Budget
from shotgraph.plan import Plan, make_plan
from shotgraph.plan.budgets import (
    AGREED_USD,
    Limits,
    budget_words,
    over_budget,
    over_the_day,
    spending_of,
    with_day,
)
from shotgraph.settings import Settings
from shotgraph.store import Store
from tests.graph.films import graph_of

FILM = """
dusk: {edit: {video: clip.mp4, prompt: Dusk}}
film: {edit: {video: $dusk, prompt: Night}}
"""
TAKES = "film: {edit: {video: clip.mp4, prompt: Dusk}, takes: 4}"


async def planned(steps: str, folder: Path, store: Store) -> tuple[Graph, Plan]:
    graph = graph_of(steps, folder)
    return graph, await make_plan(graph, store, backend="fal")


def budget(name: str, usd: str) -> Budget:
    return Budget(name=name, limit_usd=Decimal(usd))


async def refused(steps: str, folder: Path, store: Store, *budgets: Budget) -> list[str]:
    command = "shotgraph run film.yaml"
    error = over_budget(*await planned(steps, folder, store), list(budgets), command)
    assert isinstance(error, OverBudget)
    assert error.exit_code == 3
    return error.message.splitlines()


async def test_the_command_that_would_fit(folder: Path, store: Store) -> None:
    said, *fitting = await refused(FILM, folder, store, budget("--max-usd", "1"))
    assert said == (
        "this run would cost $1.01 (dusk $0.50, film $0.50), and its --max-usd is $1.00: that is "
        "$0.008 too much. Nothing was sent. What would fit:"
    )
    assert fitting == [
        "  shotgraph run film.yaml --max-usd 1.01",
        "  shotgraph run film.yaml --rehearse   (for nothing)",
    ]
    graph, plan = await planned(FILM, folder, store)
    assert over_budget(graph, plan, [budget("--max-usd", "1.01")]) is None


async def test_what_was_agreed_to_is_called_so(folder: Path, store: Store) -> None:
    said, *fitting = await refused(FILM, folder, store, budget(AGREED_USD, "1"))
    assert "and you have agreed to $1.00: that is $0.008 too much" in said
    assert fitting[0] == "  shotgraph run film.yaml   (you are asked again)"
    lower = await refused(FILM, folder, store, budget(AGREED_USD, "1"), budget("budget_usd", "0.9"))
    assert lower[1] == "  budget_usd: 1.01 in film.yaml"
    assert not [line for line in (said, *fitting, *lower) if "--max-usd" in line]
    assert budget_words(budget(AGREED_USD, "2.1")) == "$2.10 that you agreed to"
    graph, _ = await planned(FILM, folder, store)
    wall = spending_of(graph, Limits(agreed_usd=2.1), None).wall
    assert wall == budget(AGREED_USD, "2.1")


async def test_what_the_run_has_spent_before_counts(folder: Path, store: Store) -> None:
    """A run that goes on after a question is one run, and has one budget."""
    graph, plan = await planned(FILM, folder, store)
    limit, spent_usd = [budget("--max-usd", "2")], Decimal("1.26")
    error = over_budget(graph, plan, limit, "shotgraph run film.yaml", spent_usd)
    assert error is not None
    said, *fitting = error.message.splitlines()
    assert said == (
        "this run has $1.26 spent or in flight, and would cost $1.01 (dusk $0.50, film $0.50) "
        "more, and its --max-usd is $2.00: that is $0.268 too much. Nothing more was sent. What "
        "would fit:"
    )
    assert fitting[0] == "  shotgraph run film.yaml --max-usd 2.27"
    # A run of a deployment can't be given more, and the next one has a budget of its own.
    waited = over_budget(graph, plan, limit, spent_usd=spent_usd)
    assert waited is not None
    assert waited.message.splitlines()[1:] == [
        "  another run of the film: it reuses the finished steps, and needs $1.01 of its own "
        "budget",
        "  the same run as a rehearsal   (for nothing)",
    ]
    assert (waited.left_usd, waited.needed_usd) == (Decimal("0.74"), Decimal("1.008"))
    assert over_budget(graph, plan, limit, spent_usd=Decimal("0.99")) is None
    # What is all there costs nothing, whatever was spent on it.
    assert over_budget(graph, Plan([]), limit, spent_usd=Decimal(9)) is None


@pytest.mark.parametrize(
    ("file", "command", "first"),
    [
        ("1", "5", "  budget_usd: 1.01 in film.yaml"),
        ("1", "0.5", "  budget_usd: 1.01 in film.yaml, and --max-usd 1.01"),
    ],
)
async def test_each_budget_that_is_too_low_is_named(
    file: str, command: str, first: str, folder: Path, store: Store
) -> None:
    budgets = budget("budget_usd", file), budget("--max-usd", command)
    assert (await refused(FILM, folder, store, *budgets))[1] == first


@pytest.mark.parametrize(
    ("usd", "fitting"),
    [
        ("1.6", "  takes: 3 at film   ($1.51)"),
        ("1.5", "  takes: 2 at film   ($1.01)"),
        ("0.504", "  takes: 1 at film   ($0.50)"),
        ("0.5", None),
    ],
)
async def test_fewer_takes_that_would_fit(
    usd: str, fitting: str | None, folder: Path, store: Store
) -> None:
    lines = await refused(TAKES, folder, store, budget("--max-usd", usd))
    assert lines[3:] == ([fitting] if fitting else [])


async def test_many_steps_are_summed_up(folder: Path, store: Store) -> None:
    steps = "".join(f"s{n}: {{edit: {{video: clip.mp4, prompt: Look {n}}}}}\n" for n in range(15))
    said, *_ = await refused(f"{steps}{TAKES}", folder, store, budget("--max-usd", "1"))
    assert "s11 $0.50, and 7 more $3.53)" in said


@pytest.mark.parametrize(
    ("limit", "spent", "too_much"),
    [("1.6", "1.008", "0.416"), ("2.016", "1.008", None), ("2.015", "1.008", "0.001")],
)
async def test_the_day_is_looked_at_before_anything_is_sent(
    limit: str, spent: str, too_much: str | None, folder: Path, store: Store
) -> None:
    _, plan = await planned(FILM, folder, store)
    error = over_the_day(plan, budget("day 2026-11-24", limit), Decimal(spent))
    if too_much is None:
        assert error is None
        return
    assert error is not None
    assert f"Of the budget day 2026-11-24 of ${Decimal(limit):.2f}, $1.01 is spent" in error.message
    assert f"so the budget is too small by ${too_much}. Nothing was sent" in error.message
    assert "\n  SHOTGRAPH_DAILY_BUDGET_USD=2.02\n" in error.message


@pytest.mark.parametrize(
    ("step", "cost_usd"),
    [
        ("{edit: {video: 'https://host.example/a.mp4', prompt: Paint it}}", "1.386"),
        ("{edit: {video: clip.mp4, prompt: Dusk}, check: retake, retake: {times: 2}}", "1.512"),
    ],
)
async def test_a_day_holds_all_that_a_step_may_cost(
    step: str, cost_usd: str, folder: Path, store: Store
) -> None:
    """A budget is a wall: a film that may not fit is not begun and left half made."""
    _, plan = await planned(f"film: {step}", folder, store)
    assert plan.cost_usd == Decimal(cost_usd)
    error = over_the_day(plan, budget("day", cost_usd), Decimal("0.001"))
    assert error is not None
    assert f"this run would cost ${plan.cost_usd:.2f} (film " in error.message
    assert (error.left_usd, error.needed_usd) == (plan.cost_usd - Decimal("0.001"), plan.cost_usd)
    assert over_the_day(plan, budget("day", cost_usd), Decimal(0)) is None


async def test_a_plan_says_what_is_left_of_the_day(folder: Path, store: Store) -> None:
    _, plan = await planned(FILM, folder, store)
    (said,) = (await with_day(replace(plan, warnings=[]), store, Decimal("1.008"))).warnings
    assert said.startswith("of the budget day 2")
    assert said.endswith(" of $1.01, $1.01 is left")
    (none_left,) = (await with_day(replace(plan, warnings=[]), store, Decimal(0))).warnings
    assert none_left.endswith("$0.00 is left: a run would be refused, and send nothing")
    assert (await with_day(plan, store, None)) == plan


@pytest.mark.parametrize("usd", ["1e400", "inf", "nan", "-1"])
def test_what_is_no_sum_is_no_daily_budget(usd: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOTGRAPH_DAILY_BUDGET_USD", usd)
    with pytest.raises(InvalidInput, match="SHOTGRAPH_DAILY_BUDGET_USD: "):
        Settings()


async def test_a_run_that_no_command_makes_is_told_what_to_change(
    folder: Path, store: Store
) -> None:
    graph, plan = await planned(FILM, folder, store)
    refused = over_budget(graph, plan, [budget("--max-usd", "1")])
    assert refused is not None
    assert refused.message.splitlines()[1:] == [
        "  the same run with max_usd 1.01",
        "  the same run as a rehearsal   (for nothing)",
    ]
    over = over_the_day(plan, budget("day 2026-11-27", "1"), Decimal(0))
    assert over is not None
    assert "  the same run as a rehearsal   (for nothing)" in over.message.splitlines()
