"""Run one step in a task: find, make or buy its result."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

from prefect import get_run_logger
from prefect.context import TaskRunContext
from pydantic import BaseModel

from shotgraph.clock import SystemClock
from shotgraph.endpoints import Output
from shotgraph.errors import ShotgraphError
from shotgraph.inputs.intake import Intake
from shotgraph.inputs.known_media import known_asset
from shotgraph.keys import Key
from shotgraph.making.free_step import draw_fal
from shotgraph.making.make import Maker
from shotgraph.making.shots import draw
from shotgraph.making.step_jobs import CheckedStep, LocalJob
from shotgraph.model.fields import media_in, with_media
from shotgraph.money.job import Job
from shotgraph.money.results import Results
from shotgraph.spec import OnLength
from shotgraph.spec.fal_arguments import FalArguments
from shotgraph.store import Store
from shotgraph.tasks.made import Made, finished, made
from shotgraph.tasks.progress_bar import bar_of
from shotgraph.tasks.run_settings import RunSettings
from shotgraph.tasks.stopping import stopping_as_one

Arguments = TypeVar("Arguments", bound=BaseModel)


async def run_step(step: CheckedStep, settings: RunSettings | None) -> Made:
    """Get the result of a step: find it, take up its job, make it, or buy it once.

    Raises:
        ShotgraphError: Retryable, Terminal or Ambiguous; see `shotgraph.errors`.
    """
    run = settings or RunSettings()
    context = TaskRunContext.get()
    name = context.task_run.name if context else step.kind
    with stopping_as_one():
        if step.endpoint is None:
            return await finished(await _make(step, name, run))
        async with bar_of(name) as watch:
            session = await run.open_session(get_run_logger().info, watch)
            if isinstance(step.arguments, FalArguments):
                bought = await draw_fal(session, name, step.arguments, step.take)
            else:
                intake = Intake(session.fal.bases, session.store, session.clock)
                taken = await intake.take_in(step.arguments)
                job = Job(name, step.endpoint, taken, step.take, session.fal.backend)
                bought = await draw(session, job, step.on_length)
    return await finished(made(bought.result, bought.how, _outputs(step)))


async def _make(step: CheckedStep, name: str, run: RunSettings) -> Made:
    store, clock = run.open_store(), SystemClock()
    taken = await Intake(run.bases(), store, clock).take_in(step.arguments)
    job = LocalJob(name, step.kind, taken)
    result, was_there = await Maker(store, clock, get_run_logger().info).get(job)
    return made(result, "cached" if was_there else "ran")


def _outputs(step: CheckedStep) -> Sequence[Output]:
    """The files that a `fal` step takes from its reply."""
    return step.arguments.output if isinstance(step.arguments, FalArguments) else ()


def cached_as(step: CheckedStep, settings: RunSettings | None) -> str | None:
    """Name the result of a step in Prefect's cache. Reads files and the store, so it blocks.

    Returns:
        None unless the run says who draws, the bytes of every input are known, and the store
        holds the result.
    """
    run = settings or RunSettings()
    if step.endpoint is not None and run.backend is None:
        return None
    try:
        store = run.open_store()
        job = step.job(step.kind, _with_known_media(step.arguments, store), run.backend or "")
        if job is None:
            return None
        return _cache_name(job.key, store, _outputs(step), step.on_length)
    except (ShotgraphError, OSError):
        # The task itself will say what is wrong.
        return None


def _with_known_media(arguments: Arguments, store: Store) -> Arguments:
    kinds = {ref: wanted for _, wanted, ref in media_in(arguments)}
    return with_media(arguments, lambda ref: known_asset(ref, kinds[ref], store))


def _cache_name(
    key: Key, store: Store, outputs: Sequence[Output], on_length: OnLength
) -> str | None:
    """The name of a job's stored result in Prefect's cache; None if there is no result.

    The result's own hash is in the name: another store may hold another film for the same job,
    and Prefect's cache is not part of any store. So are the paths and names of several outputs.
    """
    paths = [output.path for output in outputs] or None
    result = Results(store).get_now(key, paths)
    if result is None or (on_length == "fail" and result.lengths):
        return None
    several = "\n".join(f"{one.name} {one.path}" for one in outputs) if len(outputs) > 1 else ""
    apart = f"-{hashlib.sha256(several.encode()).hexdigest()[:16]}" if several else ""
    return f"shotgraph-{key}{apart}-{result.asset.sha256[:16]}"
