"""Make the film of a graph: plan, check the budget, run every step, export, report."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from prefect import get_run_logger
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.utilities.annotations import quote
from pydantic import BaseModel

from shotgraph.blocks.fal_credentials import check_block
from shotgraph.blocks.film_certificate import checked_film_certificate
from shotgraph.clock import SystemClock
from shotgraph.errors import OverBudget, ShotgraphError, Terminal, Undecided
from shotgraph.flows.asking import Asking, asks_by_form
from shotgraph.flows.finish import (
    Accounting,
    cannot_go_on,
    failed_step,
    keep_manifest,
    pictures_begun,
    write_outcome,
)
from shotgraph.flows.gates import Answers, pass_gate
from shotgraph.graph import Graph, Node
from shotgraph.graph.takes import GivenAnswers, wrong_takes
from shotgraph.inputs.hosts import REHEARSAL
from shotgraph.keys import Key
from shotgraph.making.inspections import problems_inside
from shotgraph.making.step_jobs import CheckedStep
from shotgraph.making.url_places import check_urls
from shotgraph.media.progress import listening
from shotgraph.model.fields import with_media
from shotgraph.model.references import MediaRef, StepOutput, media_ref
from shotgraph.money.accounts import Account
from shotgraph.money.connection import check_fal
from shotgraph.plan import Plan
from shotgraph.plan.budgets import Limits, price_doubts, rates_of, spending_of
from shotgraph.plan.inputs import is_gate
from shotgraph.plan.retakes import Followed, follow_retakes
from shotgraph.plan.run_command import as_command
from shotgraph.plan.run_record import RunRecord, put_run, record_of
from shotgraph.report import Report, StepReport, StepStatus, billing_lines, cost_lines
from shotgraph.report.film_folder import films_folder
from shotgraph.report.film_place import NoPlaceForFilms, check_place
from shotgraph.report.report import worst
from shotgraph.report.run_watch import run_watch
from shotgraph.report.so_far import run_so_far
from shotgraph.settings import Settings
from shotgraph.spec.problem import InvalidPipeline, invalid
from shotgraph.store import Store
from shotgraph.tasks import Made, RunSettings
from shotgraph.tasks.made import flaws_of, lengths_of, treatment_of
from shotgraph.tasks.semaphore import Turns
from shotgraph.tasks.step import found_now, task_of


class FilmFailed(Terminal):
    """A run that ended without its film; the error has the report."""

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
    limits: Limits,
    continues: str | None = None,
) -> Report:
    """Make the film of a graph.

    Args:
        graph: The film.
        settings: The store and fal of the run.
        run_id: Prefect's id of the run.
        answers: The decisions of people.
        limits: The most that the run may cost.
        continues: The id of the run that this run continues after a question, if any: both runs
            count as one sum, against one budget.

    Raises:
        InvalidPipeline: A file does not fit the step that takes it; nothing was sent, and this run
            does not continue a run with purchases.
        InvalidInput: A limit is not a number of dollars, or the film's folder can't be used.
            Or the fal is another one than the user of the run was told of.
        MissingKey: There is a job to buy, and no key.
    """
    store = settings.open_store()
    certificate = await checked_film_certificate()
    connected = await _connected(graph, settings)
    backend = connected.backend or ""
    if graph.is_paid:
        check_fal(backend)
    daily_usd = None if settings.rehearsal else Settings().daily_budget_usd
    spending = spending_of(graph, limits, daily_usd)
    prices = await connected.prices_of(graph)
    rehearsal_url = settings.bases().queue_url if settings.rehearsal else None
    plan_at = partial(follow_retakes, backend=backend, prices=prices, rehearsal_url=rehearsal_url)
    plan_anew = partial(plan_at, graph, store, trust_prices=connected.trust_prices)
    answers = replace(answers, by_form=asks_by_form())
    account = Account(film=graph.name, run_id=continues or run_id)

    async def refusal_of(followed: Followed) -> OverBudget | None:
        command = as_command(flow_run.parameters)
        return await spending.refusal(followed.graph, followed.plan, store, account.run_id, command)

    asking = Asking(store, account, answers, plan_anew, refusal_of) if answers.by_form else None
    folder = films_folder(answers.folder, rehearsal=settings.rehearsal is not None)
    goes_on = continues is not None
    followed = await _followed(asking, plan_anew, answers, folder, is_continued=goes_on)
    if isinstance(followed, ShotgraphError):
        # The earlier part of this run has purchases: the report must show them.
        accounting = Accounting(store, account, Plan([]), {})
        return await accounting.report(Report(run_id, error=cannot_go_on(followed)), {})
    graph, plan = followed.graph, followed.plan
    run_watch().planned(graph, plan, spending.wall)
    accounting = Accounting(store, account, plan, rates_of(graph, prices))
    run_so_far().planned(run_id, store, account, plan, accounting.rates)
    refused = await refusal_of(followed)
    if refused is not None:
        return await accounting.report(Report(run_id=run_id, error=refused), {})
    _say_doubts(plan)
    await _check_inside(graph, plan, store)
    budgets = spending.reserved_as(account.run_id)
    connected = connected.model_copy(update={"budgets": budgets, "account": account})
    record = await _recorded(graph, plan, store, run_id, backend)
    async with pictures_begun(graph, store) as on_made:
        ended = await run_steps(graph, connected, answers, on_made)
        error = worst([step.error for step in ended.reports if step.error is not None])
    report = Report(run_id=run_id, steps=ended.reports, error=error)
    report = await accounting.report(report, ended.made)
    if asking is not None and isinstance(error, Undecided):
        # The screening room shows the question; the run ends here until a person resumes it.
        await keep_manifest(graph, record, report, ended.made, store)
        report = await _asked(asking, report)
    report = await write_outcome(graph, record, report, ended.made, store, folder, certificate)
    _say_how_it_ended(graph, report, is_rehearsal=backend == REHEARSAL)
    return report


async def _recorded(graph: Graph, plan: Plan, store: Store, run_id: str, backend: str) -> RunRecord:
    keys = {step.name: step.key for step in plan.steps}
    record = record_of(graph, keys, run_id=run_id, backend=backend, at=SystemClock().now())
    await put_run(store, record)
    return record


async def _followed(
    asking: Asking | None,
    plan_anew: Callable[[], Awaitable[Followed]],
    answers: Answers,
    folder: Path,
    *,
    is_continued: bool,
) -> Followed | ShotgraphError:
    """Plan a film, with the answer that its run was resumed with. If the run has purchases,
    problems of the film and its folder are returned and not raised.

    Raises:
        InvalidPipeline: The film can't be made, and its run has no purchases.
        NoPlaceForFilms: The film can't be put into its folder, and its run has no purchases.
    """
    try:
        followed = await asking.take_up() if asking is not None else await plan_anew()
        _check_takes(followed.graph, answers)
        await asyncio.to_thread(check_place, followed.graph, folder)
    except (InvalidPipeline, NoPlaceForFilms) as error:
        if is_continued or (asking is not None and await asking.questions.latest() is not None):
            return error
        raise
    return followed


async def _asked(asking: Asking, report: Report) -> Report:
    """Suspend the run with its first open question. If that fails, keep the report: a clip
    from fal may differ from the plan, so that later steps don't fit it.

    Raises:
        Pause: The run is suspended; Prefect ends its process.
    """
    try:
        await asking.ask(await asking.plan())
    except ShotgraphError as error:
        return replace(report, error=cannot_go_on(error))
    except Exception as error:  # a run with purchases must keep its report
        what = Terminal(f"an unexpected {type(error).__name__}: {error}")
        return replace(report, error=cannot_go_on(what))
    return report


def _say_doubts(plan: Plan) -> None:
    for doubt in price_doubts(plan):
        get_run_logger().warning("%s. The run has no budget, so the step is bought", doubt)
    for doubt in plan.doubts:
        get_run_logger().warning("%s", doubt)


async def _check_inside(graph: Graph, plan: Plan, store: Store) -> None:
    """Decode the used parts of the film's files, before anything is bought.

    Raises:
        InvalidPipeline: A file is damaged, or its picture changes inside; nothing was sent.
    """
    made = [step.name for step in plan.steps if step.state in ("buy", "local", "unknown")]
    with listening(get_run_logger().info, SystemClock()):
        wrong = await problems_inside(graph, made, store)
    if wrong:
        raise invalid(wrong, graph.document.text)


def _check_takes(graph: Graph, answers: Answers) -> None:
    """Check that each picked take exists, now that the takes of people's decisions are known.

    Raises:
        InvalidPipeline: A take does not exist; nothing was sent.
    """
    given = GivenAnswers(pick=answers.picked or {})
    wrong = list(wrong_takes(graph.nodes.values(), given))
    if wrong:
        raise invalid(wrong, graph.document.text)


def _say_how_it_ended(graph: Graph, report: Report, *, is_rehearsal: bool) -> None:
    log, document = get_run_logger(), report.as_json()
    run_watch().over()
    for line in billing_lines(document):
        log.info("%s", line)
    ended = "waits for a person" if report.waiting else report.status
    costs = " ".join(cost_lines(document, is_rehearsal=is_rehearsal))
    log.info("%s: %s. %s", graph.name, ended, costs)


async def _connected(graph: Graph, settings: RunSettings) -> RunSettings:
    """Connect to fal before anything starts, so that a missing key gives one early error."""
    if settings.backend is not None or not graph.is_paid:
        check_urls(graph, settings.bases())
        return settings
    await check_block(settings.credentials)
    connection = await settings.connect()
    check_urls(graph, connection.bases)
    return settings.model_copy(update={"backend": connection.backend})


States: TypeAlias = dict[str, list[State[Any]]]
"""The task runs of each step: its own, or for a gate the task runs of the steps before it."""


@dataclass
class EndedSteps:
    """The reports of all steps, and their results."""

    reports: Sequence[StepReport] = ()
    made: dict[str, Made] = field(default_factory=dict)


async def run_steps(
    graph: Graph,
    settings: RunSettings,
    answers: Answers,
    on_made: Callable[[str, Made], None] | None = None,
) -> EndedSteps:
    """Run every step.

    A failed step stops only the steps that need its output: paid jobs continue.

    Args:
        graph: The film.
        settings: The store and fal of the run.
        answers: The decisions of people.
        on_made: Called with each result as soon as it exists.
    """
    running: dict[str, asyncio.Task[StepReport]] = {}
    made: dict[str, Made] = {}
    states: States = {}
    turns = Turns()
    for node in graph.nodes.values():
        upstream = [running[name] for name in sorted(node.upstream())]
        running[node.name] = asyncio.create_task(
            _watched(_step(node, upstream, made, states, settings, answers, turns, on_made))
        )
    await asyncio.gather(*running.values(), return_exceptions=True)
    return EndedSteps([running[node.name].result() for node in graph.in_file_order()], made)


async def _watched(step: Coroutine[Any, Any, StepReport]) -> StepReport:
    report = await step
    run_so_far().ended(report)
    run_watch().ended(report)
    return report


async def _step(
    node: Node,
    upstream: Sequence[asyncio.Task[StepReport]],
    made: dict[str, Made],
    states: States,
    settings: RunSettings,
    answers: Answers,
    turns: Turns,
    on_made: Callable[[str, Made], None] | None,
) -> StepReport:
    before = [await step for step in upstream]
    if any(step.status in ("failed", "skipped") for step in before):
        return StepReport(node.name, node.kind.name, "skipped")
    run_so_far().begun(node.name)
    run_watch().begun(node.name)
    # Prefect draws an arrow for each of these states, and no others: by itself it misses `needs`
    # and single outputs of a step, and takes equal texts for the same value (therefore `quote`).
    after = [state for name in sorted(node.upstream()) for state in states[name]]
    if is_gate(node):
        states[node.name] = after
        try:
            return await pass_gate(node, made, answers, settings)
        except ShotgraphError as error:
            return failed_step(node, error)
    step = _checked(node, _with_made(node, made))
    async with turns.turn():
        found = await asyncio.to_thread(found_now, step, settings)
        state = await task_of(step, node.name)(
            quote(step),
            quote(settings),
            quote(found),
            wait_for=after or None,
            return_state=True,
        )
    states[node.name] = [state]
    result = await state.aresult(raise_on_failure=False)
    if isinstance(result, BaseException):
        return failed_step(node, result)
    made[node.name] = result
    run_so_far().made(node.name, Key(result["key"]))
    if on_made is not None:
        on_made(node.name, result)
    how: StepStatus = "cached" if state.name == "Cached" else result["how"]
    cost_usd = Decimal(0) if how == "cached" else Decimal(result["cost_usd"])
    return StepReport(
        node.name,
        node.kind.name,
        how,
        cost_usd,
        result["request_id"],
        treatment=treatment_of(result),
        lengths=lengths_of(result),
        flaws=flaws_of(result),
    )


def _checked(node: Node, arguments: BaseModel) -> CheckedStep:
    return CheckedStep(
        node.kind.name,
        arguments,
        node.endpoint,
        node.take,
        node.on_length,
        node.checking,
        node.is_final,
    )


def _with_made(node: Node, made: dict[str, Made]) -> BaseModel:
    """Replace the references in a node's arguments with the outputs of earlier steps."""

    def resolved(ref: MediaRef) -> MediaRef:
        if not isinstance(ref, StepOutput):
            return ref
        step = made[ref.step]
        return media_ref(step if ref.output is None else step["outputs"][ref.output])

    return with_media(node.arguments, resolved)
