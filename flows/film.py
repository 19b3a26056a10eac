"""One flow that runs any pipeline: a file, its text, or a bundle in the store."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.runtime import deployment, flow_run
from prefect.states import Cancelled, Completed, Failed
from pydantic import JsonValue

from shotgraph.blocks.media_store import store_location
from shotgraph.bundle import is_reference, unpacked
from shotgraph.clock import SystemClock
from shotgraph.errors import ShotgraphError
from shotgraph.flows.asking import Stopped
from shotgraph.flows.due_day import check_day_in
from shotgraph.flows.gates import Answers
from shotgraph.flows.prefect_internals import outlives_its_lease
from shotgraph.flows.prefect_server import until_it_answers
from shotgraph.flows.run_film import FilmFailed, run_film
from shotgraph.flows.this_run import (
    HeardCancel,
    crashed_too_often,
    emit_over_budget,
    ends_in_order,
    hears_cancel,
    is_called,
    skipped,
    this_run,
    with_due_day,
)
from shotgraph.graph import build_graph
from shotgraph.model.file_memory import data_folder
from shotgraph.money.results import each_found_once
from shotgraph.money.session import OnAmbiguous
from shotgraph.plan.budgets import Limits
from shotgraph.plan.inputs import given_answers
from shotgraph.report import Report
from shotgraph.settings import Settings
from shotgraph.spec import Pipeline, load_pipeline, read_pipeline
from shotgraph.store import Store
from shotgraph.store.digest import recall
from shotgraph.tasks import RunSettings
from shotgraph.tasks.policy import PLAIN_JSON
from shotgraph.tasks.run_settings import rehearsing
from shotgraph.tasks.stopping import stopping_as_one


@dataclass(frozen=True)
class Opened:
    """A pipeline, ready to run.

    Attributes:
        given: Default values of the film's parameters.
        folder: The folder for relative paths in a run's values.
        films: The default folder for films.
    """

    pipeline: Pipeline
    given: Mapping[str, JsonValue] = field(default_factory=dict)
    folder: Path = field(default_factory=Path.cwd)
    films: Path = Path("films")


@asynccontextmanager
async def opened(pipeline: str, store: Store) -> AsyncIterator[Opened]:
    """Read a pipeline; its files stay available until the block ends.

    Raises:
        InvalidPipeline: Something in the file is wrong; the message lists every problem.
        ShotgraphError: The bundle can't be read.
    """
    if is_reference(pipeline):
        async with unpacked(pipeline, store) as bundle:
            declared = load_pipeline(bundle.file, called=bundle.file.name)
            # The run's own folder on a worker may be removed when the run ends.
            films = data_folder() / "films"
            yield Opened(declared, bundle.given, bundle.file.parent, films)
    elif "\n" in pipeline:
        yield Opened(read_pipeline(pipeline))
    else:
        yield Opened(load_pipeline(Path(pipeline)))


WAITS = "WaitsForAPerson"
"""The state of a run that ended with an open question for a person; it is not a failure."""


def _name() -> str:
    """Name the run after its film."""
    pipeline = str(flow_run.parameters.get("pipeline", ""))
    if is_reference(pipeline):
        return str(deployment.name or "film")
    return "film" if "\n" in pipeline else Path(pipeline).stem or "film"


@outlives_its_lease
@flow(name="film", flow_run_name=_name, result_serializer=PLAIN_JSON)
async def film(
    pipeline: str,
    params: dict[str, Any] | None = None,
    rehearse: bool = False,
    max_usd: float | None = None,
    out: str | None = None,
    on_ambiguous: OnAmbiguous | None = None,
    credentials: str = "default",
    store: str | None = None,
    approve: list[str] | None = None,
    pick: dict[str, int] | None = None,
    latest_start_s: int | None = None,
    day_in: str | None = None,
    day_zone: str = "UTC",
    allow_fallback: bool = False,
    trust_prices: bool = False,
    continues: str | None = None,
    most_usd: float | None = None,
    agreed_usd: float | None = None,
) -> dict[str, Any] | Any:
    """Run a pipeline file; every step starts as soon as its inputs exist.

    Args:
        pipeline: The path of a pipeline file, or its text, or the reference of a bundle.
        params: Values for its parameters; paths are relative to the working directory or bundle.
        rehearse: Draw with a local rehearsal, for free, in place of fal.
        max_usd: The most that the run may cost, in dollars; the file's own budget holds as well.
        out: The folder for the film; by default `films`, and for a bundle the folder `films` next
            to the default store.
        on_ambiguous: What to do after a lost reply to a submission: wait, fail or resubmit.
        credentials: The name of the FalCredentials block; "default" means FAL_KEY if no such block
            is saved.
        store: A folder, a bucket, or the name of a MediaStore block; by default the block
            "default", or SHOTGRAPH_STORE if no such block is saved.
        approve: The steps of kind approve that a person has approved; "all" for all of them.
        pick: The chosen take, from 1, for each step with `pick: ask`.
        latest_start_s: How late a run of a schedule or an event may start, in seconds; by default,
            an hour. A later run ends as Skipped, and buys nothing.
        day_in: The parameter that gets the day on which a scheduled run is due, as 2026-11-27.
        day_zone: The time zone of that day.
        allow_fallback: Let fal use an equivalent endpoint if a job's own endpoint keeps failing.
        trust_prices: Trust the `price_usd` of the file's steps where no other price is known.
        continues: The id of the run that this run continues, after a person answered its question
            at a terminal: both runs count as one sum, against one budget.
        most_usd: The most that a run of this deployment may cost, in dollars, even if `max_usd` is
            higher.
        agreed_usd: The most that a person at a terminal agreed to spend, in dollars.

    Returns:
        The report, as ``shotgraph run --json`` prints it. If the run ended with an open question,
        the report has no output, and ``error`` and ``waits_for`` describe the question.

    Raises:
        FilmFailed: A step failed for good, or its outcome is unknown; the error has the report. If
            another flow called this flow, also for an open question.
        InvalidPipeline: Something in the file is wrong; nothing was sent.
    """
    with ends_in_order():
        try:
            not_run = await skipped(latest_start_s) or await crashed_too_often()
            if not_run is not None:
                return not_run
            where = await store_location(store)
            settings = RunSettings(
                store=where,
                credentials=credentials,
                on_ambiguous=on_ambiguous,
                allow_fallback=allow_fallback or None,
                trust_prices=trust_prices or Settings().trust_prices,
            )
            async with hears_cancel(SystemClock()):
                report = await _report(
                    pipeline,
                    await with_due_day(params or {}, this_run(), day_in=day_in, day_zone=day_zone),
                    day_in=day_in,
                    rehearse=rehearse,
                    limits=Limits(max_usd, most_usd, agreed_usd),
                    out=out,
                    answers=Answers(approve or [], pick, rehearse),
                    settings=settings,
                    continues=continues,
                )
        except ShotgraphError as error:
            return failed(error)
        # Ask this run's context: Prefect's runtime.deployment would ask the server again.
        if (run := this_run()) is not None and run.deployment_id is not None:
            await until_it_answers(SystemClock())
        emit_over_budget(report.error)
        if report.waiting and not is_called():
            return Completed(
                name=WAITS,
                message=" ".join(one.message for one in report.waiting),
                data=report.as_json(),
            )
        return failed(FilmFailed(report)) if report.error is not None else report.as_json()


def failed(error: ShotgraphError) -> Any:
    """End a run with an error message, without Prefect's traceback."""
    if isinstance(error, Stopped | HeardCancel):
        return Cancelled(message=error.message)
    return Failed(message=error.message, data=error)


async def _report(
    pipeline: str,
    params: dict[str, Any],
    *,
    day_in: str | None,
    rehearse: bool,
    limits: Limits,
    out: str | None,
    answers: Answers,
    settings: RunSettings,
    continues: str | None,
) -> Report:
    with stopping_as_one(), each_found_once():
        store = settings.open_store()
        given = await given_answers(answers.approved, answers.picked or {}, store)
        async with opened(pipeline, store) as film:
            check_day_in(film.pipeline, day_in)
            graph = build_graph(
                film.pipeline, {**film.given, **params}, folder=film.folder, answers=given
            )
            await recall(store.records, graph.name)
            answers = replace(answers, folder=Path(out) if out else film.films, film=graph.name)
            async with rehearsing(rehearse, settings) as at:
                return await run_film(
                    graph,
                    at,
                    run_id=str(flow_run.id),
                    answers=answers,
                    limits=limits,
                    continues=continues,
                )
