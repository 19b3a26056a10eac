"""Plans of films, by the text of their steps."""

from pathlib import Path
from typing import Any

from shotgraph.endpoints import KlingArguments
from shotgraph.inputs.known_media import known_asset
from shotgraph.making.step_jobs import LocalJob
from shotgraph.model.fields import with_media
from shotgraph.model.references import Asset, MediaRef, StepOutput
from shotgraph.money.job import Job, fal_job
from shotgraph.plan import Plan, PlannedStep, make_plan
from shotgraph.spec import InvalidPipeline
from shotgraph.spec.fal_arguments import FalArguments
from shotgraph.store import Store
from tests.graph.films import graph_of


async def plan_of(
    steps: str, folder: Path, store: Store, *, backend: str = "fal", **more: Any
) -> Plan:
    return await make_plan(graph_of(steps, folder, **more), store, backend=backend)


async def step_of(
    steps: str, folder: Path, store: Store, name: str = "film", **more: Any
) -> PlannedStep:
    """Plan a film and give one step of the plan."""
    plan = await plan_of(steps, folder, store, **more)
    (found,) = (step for step in plan.steps if step.name == name)
    return found


async def refused(steps: str, folder: Path, store: Store, **more: Any) -> list[str]:
    """Plan a film that can't be made, and say why: places and words."""
    try:
        await plan_of(steps, folder, store, **more)
    except InvalidPipeline as error:
        return [problem.headline() for problem in error.problems]
    return []


def job_of(
    steps: str,
    folder: Path,
    store: Store,
    name: str = "film",
    made: dict[str, Asset] | None = None,
    **more: Any,
) -> Job | LocalJob:
    """Give the job that a run would do for a step, with what the steps before it made."""
    node = graph_of(steps, folder, **more).nodes[name]
    kinds = {ref: kind for _, kind, ref in node.media()}

    def known(ref: MediaRef) -> MediaRef:
        if isinstance(ref, StepOutput):
            return (made or {})[ref.step]
        return known_asset(ref, kinds[ref], store)

    arguments = with_media(node.arguments, known)
    if node.endpoint is None:
        return LocalJob(name, node.kind.name, arguments)
    if isinstance(arguments, FalArguments):
        return fal_job(name, arguments, node.take, "fal")
    assert isinstance(arguments, KlingArguments)
    return Job(name, node.endpoint, arguments, node.take, "fal")


def paid_job_of(steps: str, folder: Path, store: Store, name: str = "film", **more: Any) -> Job:
    job = job_of(steps, folder, store, name, **more)
    assert isinstance(job, Job)
    return job
