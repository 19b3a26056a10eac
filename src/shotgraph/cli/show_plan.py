"""``shotgraph plan FILE``: show what a run would do, and its cost."""

import asyncio
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shotgraph.cli.prefect_settings import check_prefect_settings
from shotgraph.cli.printing import (
    AsJson,
    File,
    Set,
    TrustPrices,
    errors_in,
    print_json,
    print_table,
)
from shotgraph.errors import InvalidInput

if TYPE_CHECKING:
    from shotgraph.cli.fal_of_run import FalOfRun
    from shotgraph.graph import Graph
    from shotgraph.money.prices import Prices
    from shotgraph.plan import Plan, PlannedStep
    from shotgraph.plan.retakes import Followed
    from shotgraph.plan.run_record import Diff, NodeChange
    from shotgraph.settings import Settings
    from shotgraph.store import Store


Rehearse = Annotated[
    bool, typer.Option("--rehearse", help="Plan a rehearsal; its clips are stored separately.")
]
WithDiff = Annotated[
    bool, typer.Option("--diff", help="Compare with the last run: what a changed file makes new.")
]

AsMarkdown = Annotated[
    bool,
    typer.Option("--markdown", help="Print Markdown, for a comment on a change of the file."),
]

_STYLES = {
    "have": "green",
    "in flight": "cyan",
    "to buy": "yellow",
    "to draw": "yellow",
    "not known": "magenta",
    "cancel asked": "magenta",
    "changed": "yellow",
    "new": "green",
    "gone": "red",
    "downstream": "cyan",
}


NO_PLAN: Mapping[str, Any] = {
    "steps": [], "cost_usd": 0, "saved_usd": 0, "seconds": 0, "upper_bound": False, "prices": [],
    "warnings": [],
}  # fmt: skip
"""The fields of the document if there is no plan."""

_SAID_OF = ("deliver", "continued")
"""Kinds that always get a line about their work, even if no clip is known to be changed."""


@dataclass(frozen=True)
class MadePlan:
    """A plan with its film.

    Attributes:
        diff: The plan compared with the last run; None if there was no run.
    """

    graph: "Graph"
    plan: "Plan"
    diff: "Diff | None" = None


def plan(
    file: File,
    values: Set = None,
    rehearse: Rehearse = False,
    diff: WithDiff = False,
    trust_prices: TrustPrices = False,
    as_markdown: AsMarkdown = False,
    as_json: AsJson = False,
) -> None:
    """Show what a run would do: what exists, is in flight, or must be bought, and the costs."""
    with errors_in(NO_PLAN, as_json=as_json):
        check_prefect_settings()
        if as_json and as_markdown:
            raise InvalidInput("--json and --markdown are two forms of one plan: give one of them")
        made = _make(file, values or [], rehearse=rehearse, trust_prices=trust_prices)
    if as_json:
        compared = {"diff": made.diff.as_json() if made.diff else None} if diff else {}
        print_json({**made.plan.as_json(), **compared})
        return
    if as_markdown:
        from shotgraph.cli.plan_markdown import plan_markdown

        graph = made.graph
        text = plan_markdown(
            graph.name, made.plan, graph.budget_usd, made.diff, is_rehearsal=rehearse
        )
        sys.stdout.write(text)
        return
    if rehearse:
        _say("A rehearsal: nothing is paid. The costs are what a run without --rehearse costs.\n")
    if diff and made.diff is not None:
        print_diff(made.diff, made.plan, is_rehearsal=rehearse)
        return
    if diff:
        print_no_run(made.graph.name)
    print_plan(made.plan, is_rehearsal=rehearse)


def _make(file: File, values: list[str], *, rehearse: bool, trust_prices: bool) -> MadePlan:
    from shotgraph.graph import graph_of_file
    from shotgraph.graph.bind import settings as given
    from shotgraph.settings import Settings

    graph, settings = graph_of_file(file, given(values)), Settings()
    trust_prices = trust_prices or settings.trust_prices
    return asyncio.run(_planned(graph, settings, rehearse=rehearse, trust_prices=trust_prices))


async def planned_now(file: Path, settings: "Settings") -> "Plan":
    """Plan a file as a run would do now, for the screening room.

    Raises:
        ShotgraphError: The file is wrong, or the store can't be read.
    """
    from shotgraph.graph import graph_of_file

    graph = await asyncio.to_thread(graph_of_file, file, {})
    made = await _planned(graph, settings, rehearse=False, trust_prices=settings.trust_prices)
    return made.plan


async def followed_now(
    graph: "Graph", fal: "FalOfRun", store: "Store", *, trust_prices: bool
) -> "Followed":
    """Plan a film at the fal of its run.

    Raises:
        ShotgraphError: A file does not fit its step, or the store can't be read.
    """
    from shotgraph.inputs.hosts import REHEARSAL
    from shotgraph.money.prices import Prices
    from shotgraph.plan.retakes import follow_retakes

    prices = Prices()
    if graph.is_paid and fal.backend != REHEARSAL:
        prices = await prices_for(graph, fal, store)
    return await follow_retakes(
        graph, store, backend=fal.backend, prices=prices, trust_prices=trust_prices
    )


async def _fal(graph: "Graph", settings: "Settings", *, rehearse: bool) -> "FalOfRun":
    from shotgraph.cli.fal_of_run import FalOfRun, fal_of_run
    from shotgraph.inputs.hosts import REHEARSAL, backend_of

    if rehearse:
        return FalOfRun(REHEARSAL)
    # Nothing is asked of Prefect's server for a film that needs no fal.
    return await fal_of_run(settings) if graph.is_paid else FalOfRun(backend_of(settings.bases))


async def _planned(
    graph: "Graph", settings: "Settings", *, rehearse: bool, trust_prices: bool
) -> MadePlan:
    from shotgraph.clock import SystemClock
    from shotgraph.making.url_places import check_urls
    from shotgraph.plan.budgets import with_day
    from shotgraph.plan.reasons import since_last_run, with_reasons
    from shotgraph.store import open_store

    store, fal = open_store(settings.store), await _fal(graph, settings, rehearse=rehearse)
    check_urls(graph, settings.bases)
    followed = await followed_now(graph, fal, store, trust_prices=trust_prices)
    made = await _with_damage(graph, _with_doubts(graph, followed.plan, settings, fal), store)
    if graph.is_paid and not rehearse:
        made = await with_day(made, store, settings.daily_budget_usd)
    compared = await since_last_run(followed.graph, made, store, fal.backend, SystemClock())
    return MadePlan(graph, with_reasons(made, followed.graph, compared), compared)


async def _with_damage(graph: "Graph", made: "Plan", store: "Store") -> "Plan":
    """Add the number of files that were not decoded yet.

    Raises:
        InvalidPipeline: A decoded file is damaged where the film uses it.
    """
    from shotgraph.making.inspections import problems_on_record
    from shotgraph.spec.problem import invalid

    names = [step.name for step in made.steps if step.state in ("buy", "local", "unknown")]
    wrong, undecoded = await problems_on_record(graph, names, store)
    if wrong:
        raise invalid(wrong, graph.document.text)
    return replace(made, undecoded=undecoded)


def _with_doubts(graph: "Graph", made: "Plan", settings: "Settings", fal: "FalOfRun") -> "Plan":
    """Add the warnings about prices that only the file has, and about a fal that is not known."""
    from shotgraph.plan.budgets import doubts_before_a_run

    limits = [graph.budget_usd, settings.daily_budget_usd]
    doubts = doubts_before_a_run(made, has_budget=any(limit is not None for limit in limits))
    not_known = [fal.doubt] if fal.doubt else []
    return replace(made, warnings=[*made.warnings, *not_known, *doubts])


async def prices_for(graph: "Graph", fal: "FalOfRun", store: "Store") -> "Prices":
    """Ask fal for prices, once a day, and only with the key of the run."""
    from shotgraph.clock import SystemClock
    from shotgraph.money.prices import latest_prices

    clock = SystemClock()
    known = await latest_prices(store, fal.backend)
    others = [node.endpoint.id for node in graph.nodes.values() if node.endpoint is not None]
    if known.is_of_today(clock.now()) and not known.lacking(others, clock.now()):
        return known
    connection = fal.connect()
    if connection is None:
        lacks = "no key for fal is known here" if fal.doubt else "FAL_KEY is not set"
        why = f"{lacks}, so fal was not asked today"
        if known.is_of_today(clock.now()):
            return replace(known, why_not_others=why)
        return known.but_not_today(why)
    from shotgraph.money.known_prices import current_prices

    return await current_prices(store, connection, clock, others)


def print_plan(plan: "Plan", *, is_rehearsal: bool = False) -> None:
    """Print a plan on stdout."""
    headings = ["step", "kind", "length", "state", "cost", "takes about", "why"]
    words = _words(is_rehearsal=is_rehearsal)
    rows = [_row(step, words) for step in plan.steps]
    print_table(headings, rows, {"length", "cost", "takes about"}, _STYLES)
    most = "at most " if plan.is_bounded else ""
    _say(f"\nA run would cost {most}${plan.cost_usd:.3f}; {plan.there}.")
    if plan.seconds:
        _say(f"It would take about {duration(plan.seconds)}{_learned(plan)}.")
    if plan.saved_usd:
        _say(f"The clips in the store would cost ${plan.saved_usd:.3f} to buy again.")
    if plan.undecoded:
        files = "1 given file was" if plan.undecoded == 1 else f"{plan.undecoded} given files were"
        _say(f"{files} not decoded yet; a run first checks such files for damage.")
    _say_changes(plan)
    _warn(plan)


def print_no_run(film: str) -> None:
    """Print that there is no earlier run to compare with."""
    _say(f'There is no earlier run of "{film}" in this store to compare with.\n')


def print_diff(diff: "Diff", plan: "Plan", *, is_rehearsal: bool = False) -> None:
    """Print, on stdout, what a change makes new."""
    words = _words(is_rehearsal=is_rehearsal)
    rows = [_diff_row(node, words) for node in diff.nodes]
    print_table(["step", "kind", "since then", "state", "cost", ""], rows, {"cost"}, _STYLES)
    before = diff.before
    counted = Counter(node.change for node in diff.nodes)
    said = ", ".join(f"{number} {change}" for change, number in counted.items())
    cost_usd = sum((node.cost_usd for node in diff.nodes), Decimal(0))
    who = "" if before.backend == "fal" else f" by {before.backend}"
    _say(f"\nSince the run of {before.at:%Y-%m-%d %H:%M} UTC{who}: {said}.")
    _say(f"A run would cost at most ${cost_usd:.3f}.")
    _warn(plan)


def duration(seconds: int) -> str:
    """Write a length of time: 40 s, 3 min, 1 h 20 min."""
    if seconds < 90:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{minutes} min"


def _words(*, is_rehearsal: bool) -> dict[str, str]:
    from shotgraph.plan.plan import STATE_WORDS

    return {**STATE_WORDS, **({"buy": "to draw"} if is_rehearsal else {})}


def _row(step: "PlannedStep", words: dict[str, str]) -> list[str]:
    cost = f"${step.cost_usd:.3f}" if step.cost_usd else ""
    most = "≤ " if cost and step.upper_bound and step.is_bounded else ""
    return [
        step.name,
        step.kind,
        _length(step),
        words[step.shown_state],
        f"{most}{cost}",
        _takes(step),
        "; ".join(filter(None, [step.why, step.note])),
    ]


def _length(step: "PlannedStep") -> str:
    if step.length_s is None:
        return ""
    length_s = float(step.length_s)
    return f"{length_s:.3g} s" if length_s < 100 else f"{length_s:,.0f} s"


def _takes(step: "PlannedStep") -> str:
    if not step.seconds:
        return ""
    return duration(step.seconds) + (f" ({step.seen} seen)" if step.seen else "")


def _learned(plan: "Plan") -> str:
    drawn = [step for step in plan.steps if step.state in ("buy", "in_flight", "unknown")]
    if not drawn:
        return ""
    if any(step.seen for step in drawn):
        return ", by the durations of the last jobs, or by the usual durations if there are none"
    return ", by the usual durations: this store has no such jobs yet"


def _diff_row(node: "NodeChange", words: dict[str, str]) -> list[str]:
    fields = "; ".join(f"{one.field}: {one.old or '–'} → {one.new or '–'}" for one in node.fields)
    cost = f"${node.cost_usd:.3f}" if node.cost_usd else ""
    state = words[node.state] if node.state else ""
    return [node.name, node.kind, node.change, state, cost, fields]


def _say_changes(plan: "Plan") -> None:
    """Print which clips are changed before use, and which further files are made of the film."""
    for step in plan.steps:
        is_changed = step.kind in _SAID_OF or any(line.startswith("clip") for line in step.does)
        if step.state == "local" and is_changed:
            for line in step.does:
                _say(f"{step.name}: {line}.")


def _warn(plan: "Plan") -> None:
    for warning in plan.warnings:
        _say(f"Note: {warning}.")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
