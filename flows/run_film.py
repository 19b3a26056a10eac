"""A graph → a film: plan, check the budget, run every step as soon as it can, export, report."""

from decimal import Decimal
from math import isfinite
from typing import Any

from prefect import get_run_logger

from shotgraph.blocks.fal_credentials import fal_connection
from shotgraph.errors import InvalidInput, OverBudget, ShotgraphError, Terminal
from shotgraph.flows.export_films import export_films
from shotgraph.flows.gates import Answers
from shotgraph.flows.steps import run_steps
from shotgraph.graph import Graph
from shotgraph.ledger import Budget
from shotgraph.plan import Plan, make_plan
from shotgraph.report import FilmFile, Report
from shotgraph.report.report import worst
from shotgraph.tasks import RunSettings


class FilmFailed(Terminal):
    """A run that did not end with its film; carries its report."""

    code = "film_failed"

    def __init__(self, report: Report) -> None:
        super().__init__(report.error.message if report.error else "the film was not made")
        self.report = report

    def __reduce__(self) -> Any:
        return type(self), (self.report,)


async def run_film(
    graph: Graph,
    settings: RunSettings,
    *,
    run_id: str,
    answers: Answers,
    max_usd: float | None,
) -> Report:
    """Make a graph's film.

    Raises:
        InvalidPipeline: A file does not fit the step that takes it; nothing was sent.
        InvalidInput: `max_usd` is no number of dollars.
        MissingKey: There is something to buy, and no key.
    """
    store = settings.open_store()
    connected = await _connected(graph, settings)
    plan = await make_plan(graph, store, backend=connected.backend or "")
    budget = _budget(graph, max_usd)
    if budget is not None:
        if plan.cost_usd > budget.limit_usd:
            return Report(run_id=run_id, error=over_budget(plan, budget))
        reserved = Budget(name=f"run {run_id}", limit_usd=budget.limit_usd)
        connected = connected.model_copy(update={"budgets": (reserved,)})
    ended = await run_steps(graph, connected, answers)
    error = worst([step.error for step in ended.reports if step.error is not None])
    films: list[FilmFile] = []
    if error is None:
        try:
            films = await export_films(graph, ended.made, store, answers.folder)
        except ShotgraphError as failed:
            error = failed
    report = Report(run_id=run_id, steps=ended.reports, films=films, error=error)
    get_run_logger().info("%s: %s, $%.2f", graph.name, report.status, report.cost_usd)
    return report


async def _connected(graph: Graph, settings: RunSettings) -> RunSettings:
    """Look who draws, before anything starts: a missing key is said once, and at once."""
    if settings.backend is not None or all(node.endpoint is None for node in graph.nodes.values()):
        return settings
    connection = await fal_connection(settings.credentials)
    return settings.model_copy(update={"backend": connection.backend})


def _budget(graph: Graph, max_usd: float | None) -> Budget | None:
    """Choose the strictest budget of a run, by the name that people give it by."""
    if max_usd is not None and not isfinite(max_usd):
        raise InvalidInput(f"--max-usd is {max_usd}; allowed: dollars, from 0 up")
    given = {
        "budget_usd": graph.budget_usd,
        "--max-usd": None if max_usd is None else Decimal(str(max_usd)),
    }
    budgets = [Budget(name=name, limit_usd=usd) for name, usd in given.items() if usd is not None]
    return min(budgets, key=lambda budget: budget.limit_usd, default=None)


def over_budget(plan: Plan, budget: Budget) -> OverBudget:
    """Make the error of a plan that costs more than its budget."""
    costs = ", ".join(
        f"{step.name} ${step.cost_usd:.2f}" for step in plan.steps if step.cost_usd > 0
    )
    return OverBudget(
        f"this run would cost ${plan.cost_usd:.2f} ({costs}), and its {budget.name} is "
        f"${budget.limit_usd:.2f}: that is ${plan.cost_usd - budget.limit_usd:.3f} too much. "
        f"Nothing was sent. Raise {budget.name}, or rehearse it for nothing with --rehearse"
    )
