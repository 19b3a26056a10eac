"""Make a deployment with a form from a pipeline file, or a flow with the film's parameters."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from prefect import Flow, flow
from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions
from prefect.deployments.runner import RunnerDeployment
from prefect.events import DeploymentEventTrigger
from prefect.schedules import Schedule
from prefect.types.entrypoint import EntrypointType
from pydantic import BaseModel, ConfigDict, Field, create_model

from shotgraph.blocks.media_store import pinned_store
from shotgraph.bundle import pack
from shotgraph.clock import SystemClock
from shotgraph.errors import InvalidInput
from shotgraph.flows.changed import FOLDER
from shotgraph.flows.due_day import check_day_in, day_of
from shotgraph.flows.film import film
from shotgraph.flows.form import (
    FormSchema,
    GivenValues,
    all_defaults,
    check_complete,
    form_of,
    given_values,
)
from shotgraph.flows.prefect_internals import UNVERSIONED, outlives_its_lease, set_form
from shotgraph.flows.schedules import next_runs, triggers_of, with_slug
from shotgraph.flows.this_run import A_YEAR_S
from shotgraph.spec import Param, Pipeline, load_pipeline
from shotgraph.tasks.policy import PLAIN_JSON

POOL = "shotgraph"
TAG = "shotgraph"

Collision = Literal["enqueue", "cancel_new"]
"""What happens to a run above the limit: it waits, or it is cancelled. It is cancelled by default;
with several schedules, a gate, a due day, or values from events, it waits."""


class FilmDeployment(RunnerDeployment):
    """A deployment of a film.

    Attributes:
        next_runs: The next due times of each schedule, by slug; not sent to Prefect.
        folder: The folder of the film; Prefect has it in the form.
    """

    folder: str | None = Field(default=None, exclude=True)
    next_runs: dict[str, list[datetime]] = Field(default_factory=dict, exclude=True)


async def deployment_of(
    file: str | Path,
    *,
    name: str | None = None,
    params: Mapping[str, Any] | None = None,
    schedules: Sequence[Schedule] = (),
    on_event: Sequence[str] | Mapping[str, Mapping[str, str]] = (),
    rehearse: bool = False,
    max_usd: float | None = None,
    credentials: str = "default",
    store: str | None = None,
    out: str | None = None,
    latest_start_s: int | None = None,
    day_in: str | None = None,
    at_once: int = 1,
    collision: Collision | None = None,
    pool: str | None = POOL,
    tags: Sequence[str] = (),
    trust_prices: bool = False,
) -> FilmDeployment:
    """Make a deployment of a pipeline file; the file and its media go into the store.

    Prefect does not know the deployment yet: pass it to `prefect.serve`, or `apply` it for a pool.

    Args:
        file: The path of the pipeline file.
        name: The deployment's name; the film's by default.
        params: Default values of the film's parameters.
        schedules: Prefect's schedules; their `parameters` are parameters of the flow `film`.
        on_event: Events that start runs, or the templates for each event; see `triggers_of`.
        rehearse: Whether runs are rehearsals by default.
        max_usd: The most that a run may cost, in dollars; a run may set a lower limit.
        credentials: The default FalCredentials block of runs.
        store: As for the flow. It is fixed, because this store has the bundle.
        out: The folder for films, on the machine of the run.
        latest_start_s: How late a run of a schedule or an event may start, in seconds.
        day_in: The text parameter that gets the day on which such a run is due, as 2026-11-27.
        at_once: The most runs at the same time.
        collision: What happens to a run above `at_once`; see `Collision`.
        pool: The work pool; None for a deployment that is served.
        tags: Tags in addition to ``shotgraph``.
        trust_prices: Trust the prices of the file's `fal` steps where no other price is known. This
            is fixed, and not on the form: a person who starts a run may not have seen the file.

    Raises:
        InvalidInput: Something in the file is wrong, a value does not fit, or a value is missing.
        Retryable: The store could not be written to.
    """
    pipeline = load_pipeline(Path(file))
    _check_options(max_usd, latest_start_s, at_once, name, pool)
    given = given_values(pipeline, params or {}, below="given")
    defaults = all_defaults(pipeline, given)
    triggers = triggers_of(pipeline, name or pipeline.name, on_event, defaults)
    due, files = _due(pipeline, schedules, given)
    upcoming = await next_runs(due, SystemClock().now())
    pinned, opened = await pinned_store(store)
    bundle = await pack(Path(file), opened, given=given.values, extra_files=files)
    shown: dict[str, Any] = {"rehearse": rehearse, "max_usd": max_usd, "credentials": credentials}
    late = {"latest_start_s": latest_start_s, **_day(pipeline, day_in, due)}
    fixed = {
        "pipeline": bundle,
        "store": pinned,
        "out": out,
        "trust_prices": trust_prices or None,
        "most_usd": max_usd,
        **late,
    }
    deployment = _made(pipeline, name or pipeline.name, bundle, due, triggers)
    deployment.next_runs = upcoming
    deployment.parameters = _parameters(fixed, defaults, shown)
    deployment.folder = str(Path(file).absolute().parent)
    form = form_of(pipeline, defaults, **shown)
    set_form(deployment, FormSchema(**form, **{FOLDER: deployment.folder}))
    return _with_pool(
        deployment, pool, tags, at_once, _strategy(collision, due, triggers, pipeline, day_in)
    )


def _made(
    pipeline: Pipeline,
    name: str,
    bundle: str,
    due: Sequence[Schedule],
    triggers: Sequence[DeploymentEventTrigger],
) -> FilmDeployment:
    made = FilmDeployment.from_flow(
        film,
        name,
        schedules=list(due),
        triggers=list(triggers),
        description=pipeline.description or None,
        version=bundle.removeprefix("bundle:")[:12],
        version_type=UNVERSIONED,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    assert isinstance(made, FilmDeployment)  # noqa: S101  it is made by its own class
    return made


def _with_pool(
    deployment: FilmDeployment,
    pool: str | None,
    tags: Sequence[str],
    at_once: int,
    strategy: ConcurrencyOptions,
) -> FilmDeployment:
    """Set the work pool, and the limit on concurrent runs."""
    deployment.work_pool_name = pool
    deployment.concurrency_limit, deployment.concurrency_options = at_once, strategy
    deployment.tags = [TAG, *(tag for tag in tags if tag != TAG)]
    return deployment


def _parameters(
    fixed: Mapping[str, Any], defaults: Mapping[str, Any], options: Mapping[str, Any]
) -> dict[str, Any]:
    """The parameters of runs: fixed ones, and those on the form."""
    said = {name: value for name, value in {**fixed, **options}.items() if value is not None}
    return {**said, **({"params": dict(defaults)} if defaults else {})}


def _due(
    pipeline: Pipeline, schedules: Sequence[Schedule], given: GivenValues
) -> tuple[list[Schedule], dict[str, Path]]:
    """Check the values of scheduled runs; return the files of all values."""
    due: list[Schedule] = []
    files = dict(given.files)
    for number, schedule in enumerate(schedules, start=1):
        own = schedule.parameters.get("params") or {}
        values = given_values(pipeline, own, below=f"given/schedule-{number}")
        check_complete(pipeline, "a schedule", given.values, values.values)
        files |= values.files
        parameters = dict(schedule.parameters)
        if values.values:
            # A schedule's values replace all values of the deployment.
            parameters["params"] = {**all_defaults(pipeline, given), **values.values}
        due.append(with_slug(replace(schedule, parameters=parameters)))
    return due, files


def _day(
    pipeline: Pipeline, day_in: str | None, schedules: Sequence[Schedule]
) -> dict[str, str | None]:
    """The parameter that gets the due day, and the time zone of the schedules."""
    if day_in is None:
        return {}
    check_day_in(pipeline, day_in)
    zones = {schedule.timezone for schedule in schedules if schedule.timezone}
    if len(zones) > 1:
        raise InvalidInput(
            f"the schedules are in several time zones ({', '.join(sorted(zones))}), but the day "
            "of a run needs one time zone; deploy the schedules of each zone under a name of "
            "their own"
        )
    return {"day_in": day_in, "day_zone": next(iter(zones), None)}


MOST_AT_ONCE = 10_000
_NO_NAME = "/%&><"
"""Prefect refuses these in names."""


def _check_options(
    max_usd: float | None,
    latest_start_s: int | None,
    at_once: int,
    name: str | None,
    pool: str | None,
) -> None:
    if max_usd is not None and not 0 <= max_usd < float("inf"):
        raise InvalidInput(f"--max-usd is {max_usd}; allowed: dollars, from 0 up")
    if latest_start_s is not None and not 0 <= latest_start_s <= A_YEAR_S:
        raise InvalidInput(
            f"--latest-start is {latest_start_s}; allowed: seconds, from 0 to {A_YEAR_S} (a year)"
        )
    for option, value in (("--name", name), ("--pool", pool)):
        if value is not None and (not value.strip() or set(value) & set(_NO_NAME)):
            raise InvalidInput(f'{option} "{value}": allowed: a name without {" ".join(_NO_NAME)}')
    if not 1 <= at_once <= MOST_AT_ONCE:
        raise InvalidInput(f"--at-once is {at_once}; allowed: runs, from 1 to {MOST_AT_ONCE}")


def _strategy(
    collision: Collision | None,
    schedules: Sequence[Schedule],
    triggers: Sequence[DeploymentEventTrigger],
    pipeline: Pipeline,
    day_in: str | None,
) -> ConcurrencyOptions:
    differ = len(schedules) > 1 or any(trigger.parameters for trigger in triggers)
    waits = differ or day_in is not None or _may_ask(pipeline)
    chosen = collision or ("enqueue" if waits else "cancel_new")
    return ConcurrencyOptions(collision_strategy=ConcurrencyLimitStrategy(chosen.upper()))


def _may_ask(pipeline: Pipeline) -> bool:
    """Whether a run may wait for a person; a `use` step counts, because its file may have a gate.

    After the answer the run resumes; if another run is active then, the resumed run is above the
    limit, and a cancellation would lose the answer.
    """
    return any(
        step.kind.name in ("approve", "use") or step.pick == "ask"
        for step in pipeline.steps.values()
    )


_ARGS = """
Args:
    params: The values of the film's parameters.
    rehearse: Make a free preview: simple pictures stand for fal's clips, and nothing is bought.
    max_usd: The most that the run may cost, in dollars. A budget in the film's file counts too.
    credentials: The name of the "fal Credentials" block with the key. Without a block of the name
        "default", FAL_KEY on the worker's machine counts.
"""
_TYPES: dict[str, type] = {"number": float, "integer": int, "boolean": bool}


def flow_of(
    file: str | Path,
    *,
    trust_prices: bool = False,
    day_in: str | None = None,
    day_zone: str = "UTC",
) -> Flow[..., Any]:
    """Make the flow of a pipeline file, for `prefect deploy`; the file stays where it is.

    Prefect's own command makes the form of a deployment from a flow's signature. `shotgraph deploy`
    writes the form itself, and its runs need no file.

    Args:
        file: The pipeline file.
        trust_prices: Trust the prices of its `fal` steps where no other price is known.
        day_in: The text parameter that gets the day on which a scheduled run is due.
        day_zone: The time zone of that day: the schedules' time zone.

    Returns:
        A flow with the parameters ``params``, ``rehearse``, ``max_usd`` and ``credentials``; it
        returns the same result as the flow `film`.

    Raises:
        InvalidPipeline: Something in the file is wrong.
        InvalidInput: `day_in` is not a text parameter, or the time zone does not exist.
    """
    path = Path(file).resolve()
    pipeline = load_pipeline(path)
    check_day_in(pipeline, day_in)
    day_of(SystemClock().now(), day_zone)
    model = _model(pipeline)

    async def run(params: Any, rehearse: Any, max_usd: Any, credentials: Any) -> Any:
        return await film.fn(
            str(path),
            params=_without_defaults(pipeline, params.model_dump()),
            rehearse=rehearse,
            max_usd=max_usd,
            credentials=credentials,
            trust_prices=trust_prices,
            day_in=day_in,
            day_zone=day_zone,
        )

    run.__doc__ = f"{pipeline.description}\n{_ARGS}"
    run.__name__ = run.__qualname__ = pipeline.name.replace("-", "_").replace(".", "_")
    run.__annotations__ |= {
        "params": model,
        "rehearse": bool,
        "max_usd": float | None,
        "credentials": str,
    }
    complete = not any(field.is_required() for field in model.model_fields.values())
    run.__defaults__ = (*([model()] if complete else []), False, None, "default")
    named = flow(name="film", flow_run_name=pipeline.name, result_serializer=PLAIN_JSON)
    return outlives_its_lease(named(run))


def _without_defaults(pipeline: Pipeline, values: dict[str, Any]) -> dict[str, Any]:
    """Leave out values that equal the file's defaults: their paths are relative to the file."""
    defaults = all_defaults(pipeline, GivenValues())
    return {
        name: value
        for name, value in values.items()
        if name not in defaults or value != defaults[name]
    }


def _model(pipeline: Pipeline) -> type[BaseModel]:
    defaults = all_defaults(pipeline, GivenValues())
    fields: dict[str, Any] = {
        name: (
            _type(param),
            Field(defaults.get(name, ...), title=name, description=param.description or None),
        )
        for name, param in pipeline.params.items()
    }
    forbidding = ConfigDict(extra="forbid", title="The film's parameters")
    return create_model("Params", __config__=forbidding, **fields)


def _type(param: Param) -> Any:
    one: Any = _TYPES.get(param.item, str)
    if param.choices is not None:
        one = Literal[param.choices]
    return list[one] if param.list is not None else one
