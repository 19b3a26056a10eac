"""A graph → a film: plan, check the budget, run every step as soon as it can, export, report."""

from dataclasses import replace
from functools import partial
from typing import Any

from prefect import get_run_logger

from shotgraph.blocks.fal_credentials import check_block, fal_connection
from shotgraph.clock import SystemClock
from shotgraph.errors import Terminal, Undecided
from shotgraph.flows.asking import Asking, asks_by_form
from shotgraph.flows.finish import pictures_begun, write_outcome
from shotgraph.flows.gates import Answers
from shotgraph.flows.spending import Accounting, prices_of, rates_of, spending_of
from shotgraph.flows.steps import run_steps
from shotgraph.graph import Graph
from shotgraph.graph.takes import GivenAnswers, wrong_takes
from shotgraph.inputs.hosts import REHEARSAL
from shotgraph.money.accounts import Account
from shotgraph.plan.budgets import price_doubts
from shotgraph.plan.retakes import follow_retakes
from shotgraph.plan.run_record import put_run, record_of
from shotgraph.report import Report, billing_lines, cost_lines
from shotgraph.report.film_folder import films_folder
from shotgraph.report.report import worst
from shotgraph.spec.problem import invalid
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
    continues: str | None = None,
) -> Report:
    """Make a graph's film.

    Args:
        graph: The film.
        settings: Where the store and fal are.
        run_id: Prefect's id of the run.
        answers: What people have decided.
        max_usd: The most that the run may cost, in dollars.
        continues: The run that this one goes on with after a question, if there is one: what both
            cost is one sum, and one budget.

    Raises:
        InvalidPipeline: A file does not fit the step that takes it; nothing was sent.
        InvalidInput: `max_usd` is no number of dollars.
        MissingKey: There is something to buy, and no key.
    """
    store = settings.open_store()
    connected = await _connected(graph, settings)
    backend = connected.backend or ""
    spending = spending_of(graph, settings, max_usd)
    prices = await prices_of(graph, connected, store)
    plan_anew = partial(
        follow_retakes,
        graph,
        store,
        backend=backend,
        prices=prices,
        trust_prices=connected.trust_prices,
    )
    answers = replace(answers, by_form=asks_by_form())
    account = Account(film=graph.name, run_id=continues or run_id)
    asking = Asking(store, account, answers, plan_anew) if answers.by_form else None
    followed = await asking.take_up() if asking is not None else await plan_anew()
    graph, plan = followed.graph, followed.plan
    _check_takes(graph, answers)
    accounting = Accounting(store, account, plan, rates_of(graph, prices))
    refused = await spending.refusal(graph, plan, store, account.run_id)
    if refused is not None:
        return await accounting.report(Report(run_id=run_id, error=refused), {})
    for doubt in price_doubts(plan):
        get_run_logger().warning("%s. No budget was given, so it is bought all the same", doubt)
    connected = connected.model_copy(
        update={"budgets": spending.reserved_as(account.run_id), "account": account}
    )
    keys = {step.name: step.key for step in plan.steps}
    now = SystemClock().now()
    record = record_of(graph, keys, run_id=run_id, backend=backend, at=now)
    await put_run(store, record)
    async with pictures_begun(graph, store) as on_made:
        ended = await run_steps(graph, connected, answers, on_made)
        error = worst([step.error for step in ended.reports if step.error is not None])
    if asking is not None and isinstance(error, Undecided):
        await asking.ask(await plan_anew())
    report = Report(run_id=run_id, steps=ended.reports, error=error)
    report = await accounting.report(report, ended.made)
    folder = films_folder(answers.folder, rehearsal=settings.rehearsal is not None)
    report = await write_outcome(graph, record, report, ended.made, store, folder)
    _say_how_it_ended(graph, report, is_rehearsal=backend == REHEARSAL)
    return report


def _check_takes(graph: Graph, answers: Answers) -> None:
    """Check that each picked take exists, now that the takes that people added are known.

    Raises:
        InvalidPipeline: One is not; nothing was sent.
    """
    given = GivenAnswers(pick=answers.picked or {})
    wrong = list(wrong_takes(graph.nodes.values(), given))
    if wrong:
        raise invalid(wrong, graph.document.text)


def _say_how_it_ended(graph: Graph, report: Report, *, is_rehearsal: bool) -> None:
    log, document = get_run_logger(), report.as_json()
    for line in billing_lines(document):
        log.info("%s", line)
    ended = "waits for a person" if report.waiting else report.status
    costs = " ".join(cost_lines(document, is_rehearsal=is_rehearsal))
    log.info("%s: %s. %s", graph.name, ended, costs)


async def _connected(graph: Graph, settings: RunSettings) -> RunSettings:
    """Connect to fal before anything starts: a missing key is reported once, and at once."""
    if settings.backend is not None or all(node.endpoint is None for node in graph.nodes.values()):
        return settings
    await check_block(settings.credentials)
    connection = await fal_connection(settings.credentials)
    return settings.model_copy(update={"backend": connection.backend})
