"""What a task is given → checked arguments, and what its cache key can know of them."""

import hashlib
from collections.abc import Sequence
from typing import Any, TypeVar

from prefect import get_run_logger
from prefect.context import TaskRunContext
from pydantic import BaseModel, ValidationError

from shotgraph.endpoints import KINDS, Endpoint, Output, Tier
from shotgraph.errors import InvalidInput, ShotgraphError
from shotgraph.inputs.intake import Intake
from shotgraph.inputs.known_media import known_now
from shotgraph.keys import Key
from shotgraph.making.shots import draw
from shotgraph.model.fields import media_in, with_media
from shotgraph.model.references import Asset
from shotgraph.money.job import Job, fal_job
from shotgraph.money.results import Results
from shotgraph.spec.fal_arguments import FalArguments
from shotgraph.store import Store
from shotgraph.tasks.made import Made, finished, made
from shotgraph.tasks.progress import bar_of
from shotgraph.tasks.run_settings import RunSettings
from shotgraph.tasks.stopping import stopping_as_one

Arguments = TypeVar("Arguments", bound=BaseModel)


def checked(kind: str, model: type[Arguments], given: dict[str, Any]) -> Arguments:
    """Check a task's arguments; None means that a field is not set.

    Raises:
        InvalidInput: One is wrong; the message names every field.
    """
    try:
        return model.model_validate(
            {name: value for name, value in given.items() if value is not None}
        )
    except ValidationError as error:
        raise InvalidInput(f"{kind}: {_findings(error)}") from None


def _findings(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False)
    return "; ".join(f"{_place(item)}: {item['msg']}" for item in found)


def _place(item: Any) -> str:
    path = ".".join(str(part) for part in item["loc"])
    return path or str(item.get("ctx", {}).get("field", "arguments"))


def step_name(kind: str) -> str:
    """The name of the step that runs: the task run's."""
    context = TaskRunContext.get()
    return context.task_run.name if context else kind


def cache_key(key: Key, store: Store, outputs: Sequence[Output] = ()) -> str | None:
    """Name what the store holds for a job in Prefect's cache; None if it holds nothing.

    The result's own hash is in the name: another store may hold another film for the same job,
    and Prefect's cache is not part of any store.

    Args:
        key: The job's.
        store: Where its result is.
        outputs: The files that a step takes from its reply, where it says so: several of them,
            and their names, are in the name too.
    """
    paths = [output.path for output in outputs] or None
    result = Results(store).get_now(key, paths)
    if result is None:
        return None
    several = "\n".join(f"{one.name} {one.path}" for one in outputs) if len(outputs) > 1 else ""
    apart = f"-{hashlib.sha256(several.encode()).hexdigest()[:16]}" if several else ""
    return f"shotgraph-{key}{apart}-{result.asset.sha256[:16]}"


def with_known_media(arguments: Arguments, store: Store) -> Arguments | None:
    """Put in the assets that can be known without fetching; None if one can't."""
    kinds = {ref: wanted for _, wanted, ref in media_in(arguments)}
    known = with_media(arguments, lambda ref: known_now(ref, kinds[ref], store))
    return known if all(isinstance(ref, Asset) for _, _, ref in media_in(known)) else None


def endpoint_of(kind: str, tier: Tier) -> Endpoint:
    """Find the endpoint of a kind of step.

    Raises:
        InvalidInput: There is no such tier.
    """
    endpoint = KINDS[kind].get(tier)
    if endpoint is None:
        raise InvalidInput(f'{kind}: "{tier}" is no tier; allowed: {", ".join(KINDS[kind])}')
    return endpoint


async def paid(
    kind: str, given: dict[str, Any], tier: Tier, take: int, settings: RunSettings | None
) -> Made:
    """Get one paid step's clip: found, taken up again, or bought once.

    Raises:
        ShotgraphError: In one of its three words.
    """
    endpoint = endpoint_of(kind, tier)
    arguments = checked(kind, endpoint.arguments, given)
    if take < 1:
        raise InvalidInput(f"{kind}: take is {take}; allowed: from 1 up")
    step = step_name(kind)
    with stopping_as_one():
        async with bar_of(step) as watch:
            session = await (settings or RunSettings()).open_session(get_run_logger().info, watch)
            intake = Intake(session.fal.bases, session.store, session.clock)
            taken = await intake.take_in(arguments)
            bought = await draw(session, Job(step, endpoint, taken, take, session.fal.backend))
    return await finished(made(bought.result, bought.how))


def paid_key(kind: str, inputs: dict[str, Any]) -> str | None:
    """Compute a paid task's content key.

    Returns:
        None unless the run says who draws, the bytes of every input are known, and the store
        holds the result.
    """
    given = dict(inputs)
    settings, take = given.pop("settings"), given.pop("take")
    if settings is None or settings.backend is None:
        return None
    try:
        store = settings.open_store()
        if kind == "fal":
            return _fal_key(given, take, store, settings.backend)
        endpoint = endpoint_of(kind, given.pop("tier"))
        arguments = with_known_media(checked(kind, endpoint.arguments, given), store)
        if arguments is None:
            return None
        key = Job(kind, endpoint, arguments, take, settings.backend).key
        return cache_key(key, store)
    except (ShotgraphError, OSError):
        # The task itself will say what is wrong.
        return None


def _fal_key(given: dict[str, Any], take: int, store: Store, backend: str) -> str | None:
    body = with_known_media(checked("fal", FalArguments, given), store)
    if body is None:
        return None
    return cache_key(fal_job("fal", body, take, backend).key, store, body.output)
