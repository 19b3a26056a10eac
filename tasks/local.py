"""The body of every local task."""

from typing import Any

from prefect import get_run_logger

from shotgraph.clock import SystemClock
from shotgraph.errors import ShotgraphError
from shotgraph.inputs.intake import Intake
from shotgraph.making.local_jobs import LocalJob
from shotgraph.making.make import Maker
from shotgraph.spec import STEP_KINDS
from shotgraph.tasks.made import Made, finished, made
from shotgraph.tasks.paid import cache_key, checked, step_name, with_known_media
from shotgraph.tasks.run_settings import RunSettings
from shotgraph.tasks.stopping import stopping_as_one


async def make(kind: str, given: dict[str, Any], settings: RunSettings | None) -> Made:
    """Get one local step's clip or image: found, or made.

    Raises:
        ShotgraphError: In one of its three words.
    """
    run, clock = settings or RunSettings(), SystemClock()
    store = run.open_store()
    arguments = checked(kind, STEP_KINDS[kind].arguments, given)
    with stopping_as_one():
        taken = await Intake(run.bases(), store, clock).take_in(arguments)
        job = LocalJob(step_name(kind), kind, taken)
        result, was_there = await Maker(store, clock, get_run_logger().info).get(job)
    return await finished(made(result, "cached" if was_there else "ran"))


def local_key(kind: str, inputs: dict[str, Any]) -> str | None:
    """Compute a local task's content key; None unless the store holds the result."""
    given = dict(inputs)
    settings = given.pop("settings") or RunSettings()
    try:
        store = settings.open_store()
        arguments = with_known_media(checked(kind, STEP_KINDS[kind].arguments, given), store)
        if arguments is None:
            return None
        key = LocalJob(kind, kind, arguments).key
        return cache_key(key, store)
    except (ShotgraphError, OSError):
        # The task itself will say what is wrong.
        return None
