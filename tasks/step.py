"""Run one step in a task: find, make or buy its result."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from prefect import Task, get_run_logger
from prefect.context import TaskRunContext
from pydantic import BaseModel

from shotgraph.clock import SystemClock
from shotgraph.endpoints import Endpoint, Output
from shotgraph.errors import ShotgraphError
from shotgraph.inputs.intake import Intake
from shotgraph.inputs.known_media import known_asset
from shotgraph.making.given_arguments import checked
from shotgraph.making.make import Maker
from shotgraph.making.quality_check import LookedAt
from shotgraph.making.retaking import CheckedResult, draw_checked
from shotgraph.making.shots import draw, draw_fal
from shotgraph.making.step_jobs import CheckedStep, LocalJob
from shotgraph.media.quality.flaw import Flaws
from shotgraph.model.fields import media_in, with_media
from shotgraph.model.references import Asset, LocalFile, RemoteUrl
from shotgraph.money.job import Job
from shotgraph.money.job_progress import ProgressAtFal
from shotgraph.money.results import Result, Results
from shotgraph.spec import ContinuedArguments
from shotgraph.spec.fal_arguments import FalArguments
from shotgraph.store import Store
from shotgraph.tasks.made import Made, finished, made
from shotgraph.tasks.policy import LOCAL_TIMEOUT_S, paid_options, step_task
from shotgraph.tasks.progress_bar import bar_of
from shotgraph.tasks.run_settings import RunSettings
from shotgraph.tasks.semaphore import pass_on
from shotgraph.tasks.stopping import stopping_as_one

Arguments = TypeVar("Arguments", bound=BaseModel)

_OF_PAID = ("request_id", "cost_usd", "lengths", "flaws")


async def run_step(
    step: CheckedStep,
    settings: RunSettings | None,
    *,
    then: Callable[[Made], CheckedStep] | None = None,
) -> Made:
    """Get the result of a step: find it, continue its job, make it, or buy it once.

    Args:
        step: The step.
        settings: The store and fal of the run.
        then: Returns a local step to run on the result of a paid step, in the same task.

    Raises:
        ShotgraphError: Retryable, Terminal or Ambiguous; see `shotgraph.errors`.
    """
    run = settings or RunSettings()
    context = TaskRunContext.get()
    name = context.task_run.name if context else step.kind
    try:
        with stopping_as_one():
            if step.endpoint is None:
                pass_on()
                return await finished(await _make(step, name, run))
            drawn = await _bought(step, step.endpoint, name, run)
            bought, flaws = drawn.bought, drawn.flaws
            found = made(bought.result, bought.how, _outputs(step), flaws, cost_usd=bought.cost_usd)
            if then is not None:
                found = _behind(found, await _make(then(found), name, run))
        return await finished(found)
    finally:
        pass_on()  # Prefect may retry the step after a pause


async def run_local(kind: str, given: dict[str, Any]) -> Made:
    """Run a local step with the parameters of its task; ``settings`` is one of them.

    Raises:
        ShotgraphError: Retryable, Terminal or Ambiguous; see `shotgraph.errors`.
    """
    fields = {name: value for name, value in given.items() if name != "settings"}
    return await run_step(checked(kind, fields), given["settings"])


def _behind(drawn: Made, local: Made) -> Made:
    """The clip that a local step made from a paid clip, with the paid clip's cost and faults."""
    how = local["how"] if drawn["how"] == "cached" else drawn["how"]
    kept: dict[str, Any] = {name: drawn[name] for name in _OF_PAID if name in drawn}  # type: ignore[literal-required]
    return cast(Made, {**local, **kept, "how": how})


async def _bought(
    step: CheckedStep, endpoint: Endpoint, name: str, run: RunSettings
) -> CheckedResult:
    async with bar_of(name) as watch:

        def heard(progress: ProgressAtFal) -> None:
            pass_on()
            watch(progress)

        session = await run.open_session(get_run_logger().info, heard)
        if isinstance(step.arguments, FalArguments):
            return CheckedResult(await draw_fal(session, name, step.arguments, step.take))
        intake = Intake(session.fal.bases, session.store, session.clock)
        taken = await intake.take_in(step.arguments)
        job = Job(name, endpoint, taken, step.take, session.fal.backend)
        return await draw_checked(
            session,
            job,
            step.checking,
            lambda one: draw(session, one, step.on_length),
            _given(step.arguments, taken),
        )


def _given(arguments: BaseModel, taken: BaseModel) -> list[Asset]:
    """Return, as assets, the media that come from no other step."""
    pairs = zip(media_in(arguments), media_in(taken), strict=True)
    return [
        asset
        for (_, _, ref), (_, _, asset) in pairs
        if isinstance(ref, LocalFile | RemoteUrl) and isinstance(asset, Asset)
    ]


async def _make(step: CheckedStep, name: str, run: RunSettings) -> Made:
    store, clock = run.open_store(), SystemClock()
    taken = await Intake(run.bases(), store, clock).take_in(step.arguments)
    job = LocalJob(name, step.kind, taken, step.is_final)
    result, was_there = await Maker(store, clock, get_run_logger().info).get(job)
    if isinstance(step.arguments, ContinuedArguments):
        # The inspection of a cut compares the clip's first picture with the picture before it.
        await LookedAt(store).measures(result.asset, result.info)
    return made(result, "cached" if was_there else "ran")


def _outputs(step: CheckedStep) -> Sequence[Output]:
    """Return the files that a `fal` step takes from its reply."""
    return step.arguments.output if isinstance(step.arguments, FalArguments) else ()


def found_now(step: CheckedStep, settings: RunSettings | None) -> Made | None:
    """Find the result of a step, without a task; this blocks, as it reads files and the store.

    Returns:
        The result, if the backend of the run and the bytes of every input are known, and the store
        has the result; else None.
    """
    run = settings or RunSettings()
    if step.endpoint is not None and run.backend is None:
        return None
    if step.checking.mode in ("retake", "stop"):
        return None  # the step may choose another take than the one in the store
    outputs, flaws = _outputs(step), None
    try:
        store = run.open_store()
        job = step.job(step.kind, _with_known_media(step.arguments, store), run.backend or "")
        if job is None:
            return None
        keys = job.found_as if isinstance(job, LocalJob) else (job.key,)
        paths = [output.path for output in outputs] or None
        found = (Results(store).get_now(key, paths) for key in keys)
        result = next((one for one in found if one is not None), None)
        if result is not None:
            flaws = _known_flaws(step, result, store)
    except (ShotgraphError, OSError):
        # The task itself will report the problem.
        return None
    if result is None or flaws is None or (step.on_length == "fail" and result.lengths):
        return None
    return made(result, "cached", outputs, flaws)


def _with_known_media(arguments: Arguments, store: Store) -> Arguments:
    kinds = {ref: wanted for _, wanted, ref in media_in(arguments)}
    return with_media(arguments, lambda ref: known_asset(ref, kinds[ref], store))


def _known_flaws(step: CheckedStep, result: Result, store: Store) -> Flaws | None:
    """Return the faults of a result; None if it was not inspected yet, so that its task does it."""
    is_seen = step.endpoint is not None and step.checking.mode != "off"
    if not is_seen or isinstance(step.arguments, FalArguments) or result.asset.kind != "video":
        return ()
    return LookedAt(store).known_now(result)


@step_task(**paid_options("step"))
async def _pipeline_step(
    step: CheckedStep,
    settings: RunSettings,
    found: Made | None,
) -> Made:
    return await run_step(step, settings) if found is None else await finished(found)


def task_of(step: CheckedStep, name: str) -> Task[..., Any]:
    """Return the task that runs a step, with the names that Prefect's pages show.

    Args:
        name: The step's name in the file.
    """
    named = _pipeline_step.with_options(name=step.kind, task_run_name=name)
    if step.endpoint is not None:
        return named
    return named.with_options(timeout_seconds=LOCAL_TIMEOUT_S)
