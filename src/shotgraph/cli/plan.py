"""``shotgraph plan FILE``: show what a run would do, and its cost."""

import asyncio
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from shotgraph.cli.output import AsJson, File, Set, TrustPrices, error_json, print_json
from shotgraph.errors import ShotgraphError

if TYPE_CHECKING:
    from shotgraph.graph import Graph
    from shotgraph.money.prices import Prices
    from shotgraph.plan import Plan
    from shotgraph.plan.diff import Diff
    from shotgraph.settings import Settings
    from shotgraph.store import Store

Rehearse = Annotated[
    bool, typer.Option("--rehearse", help="Plan a rehearsal, whose clips are kept apart.")
]
WithDiff = Annotated[
    bool, typer.Option("--diff", help="Beside the last run: what a change of the file makes new.")
]


@dataclass(frozen=True)
class MadePlan:
    """A plan, and the film that it is of.

    Attributes:
        diff: The plan compared with the last run; None if there was none, or without --diff.
    """

    film: str
    plan: "Plan"
    diff: "Diff | None" = None


def plan(
    file: File,
    values: Set = None,
    rehearse: Rehearse = False,
    diff: WithDiff = False,
    trust_prices: TrustPrices = False,
    as_json: AsJson = False,
) -> None:
    """Show what a run would do: what is there, in flight, or to buy, and for how much."""
    try:
        made = _make(file, values or [], rehearse=rehearse, diff=diff, trust_prices=trust_prices)
    except ShotgraphError as error:
        if as_json:
            print_json({"steps": [], "cost_usd": 0, "error": error_json(error)})
            sys.exit(error.exit_code)
        raise
    if as_json:
        compared = {"diff": made.diff.as_json() if made.diff else None} if diff else {}
        print_json({**made.plan.as_json(), **compared})
        return
    from shotgraph.cli.plan_text import print_diff, print_no_run, print_plan

    if made.diff is not None:
        print_diff(made.diff, made.plan)
        return
    if diff:
        print_no_run(made.film)
    print_plan(made.plan)


def _make(
    file: File, values: list[str], *, rehearse: bool, diff: bool, trust_prices: bool
) -> MadePlan:
    from shotgraph.graph import graph_of_file
    from shotgraph.graph.bind import settings as given
    from shotgraph.settings import Settings

    graph, settings = graph_of_file(file, given(values)), Settings()
    trust_prices = trust_prices or settings.trust_prices
    return asyncio.run(
        _planned(graph, settings, rehearse=rehearse, diff=diff, trust_prices=trust_prices)
    )


async def _planned(
    graph: "Graph", settings: "Settings", *, rehearse: bool, diff: bool, trust_prices: bool
) -> MadePlan:
    from shotgraph.inputs.hosts import REHEARSAL, backend_of
    from shotgraph.money.prices import Prices
    from shotgraph.plan.retakes import follow_retakes
    from shotgraph.store import open_store

    store = open_store(settings.store)
    backend = REHEARSAL if rehearse else backend_of(settings.bases)
    is_paid = any(node.endpoint is not None for node in graph.nodes.values())
    prices = Prices()
    if is_paid and not rehearse:
        prices = await _prices(graph, settings, store, backend)
    followed = await follow_retakes(
        graph, store, backend=backend, prices=prices, trust_prices=trust_prices
    )
    made = _with_doubts(graph, followed.plan, settings)
    compared = await _diff(followed.graph, made, store, backend) if diff else None
    return MadePlan(graph.name, made, compared)


def _with_doubts(graph: "Graph", made: "Plan", settings: "Settings") -> "Plan":
    """Add a run's warnings about prices that only the file has."""
    from shotgraph.plan.budgets import doubts_before_a_run

    limits = [graph.budget_usd, settings.daily_budget_usd]
    doubts = doubts_before_a_run(made, has_budget=any(limit is not None for limit in limits))
    return replace(made, warnings=[*made.warnings, *doubts])


async def _prices(graph: "Graph", settings: "Settings", store: "Store", backend: str) -> "Prices":
    """Ask fal, if it was not asked today and there is a key in the environment."""
    from shotgraph.clock import SystemClock
    from shotgraph.money.prices import latest_prices

    clock = SystemClock()
    known = await latest_prices(store, backend)
    others = [node.endpoint.id for node in graph.nodes.values() if node.endpoint is not None]
    if known.is_of_today(clock.now()) and not known.lacking(others, clock.now()):
        return known
    connection = settings.connection()
    if connection is None:
        why = "FAL_KEY is not set, so fal was not asked today"
        if known.is_of_today(clock.now()):
            return replace(known, why_not_others=why)
        return known.but_not_today(why)
    from shotgraph.money.ask_prices import current_prices

    return await current_prices(store, connection, clock, others)


async def _diff(graph: "Graph", made: "Plan", store: "Store", backend: str) -> "Diff | None":
    from shotgraph.clock import SystemClock
    from shotgraph.plan.diff import compare
    from shotgraph.plan.run_record import last_run, record_of

    before = await last_run(store, graph.name)
    if before is None:
        return None
    now = SystemClock().now()
    after = record_of(graph, {}, run_id="", backend=backend, at=now)
    return compare(before, after, made, graph.nodes)
