"""The task of a step in a pipeline file: it takes the graph's own checked arguments."""

from typing import Any

from prefect import Task

from shotgraph.making.step_jobs import CheckedStep
from shotgraph.tasks.made import Made, finished
from shotgraph.tasks.policy import LOCAL_TIMEOUT_S, paid_options
from shotgraph.tasks.run_settings import RunSettings
from shotgraph.tasks.step import run_step
from shotgraph.tasks.step_task import step_task


@step_task(**paid_options("step"))
async def _pipeline_step(
    step: CheckedStep,
    settings: RunSettings,
    found: Made | None,
) -> Made:
    return await run_step(step, settings) if found is None else await finished(found)


def task_of(step: CheckedStep, name: str) -> Task[..., Any]:
    """Give the task that runs a step, under the names that Prefect's pages show.

    Args:
        name: Its name in the file.
    """
    named = _pipeline_step.with_options(name=step.kind, task_run_name=name)
    if step.endpoint is not None:
        return named
    return named.with_options(timeout_seconds=LOCAL_TIMEOUT_S)
