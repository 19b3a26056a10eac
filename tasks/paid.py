"""The body of every paid task."""

from typing import Any

from prefect import get_run_logger

from shotgraph.endpoints import KINDS, Endpoint, Tier
from shotgraph.errors import InvalidInput, ShotgraphError
from shotgraph.inputs.intake import Intake
from shotgraph.making.shots import draw
from shotgraph.money.job import Job, fal_job
from shotgraph.spec.fal_arguments import FalArguments
from shotgraph.store import Store
from shotgraph.tasks.arguments import cache_key, checked, step_name, with_known_media
from shotgraph.tasks.made import Made, finished, made
from shotgraph.tasks.progress import bar_of
from shotgraph.tasks.run_settings import RunSettings
from shotgraph.tasks.stopping import stopping_as_one


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
