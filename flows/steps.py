"""The steps of a graph, as Prefect tasks: each starts the moment that what it takes is there."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from prefect import Task
from pydantic import BaseModel

from shotgraph.errors import Retryable, ShotgraphError, Terminal
from shotgraph.flows.gates import GATES, Answers, pass_gate
from shotgraph.graph import Graph, Node
from shotgraph.media_ref import Asset, LocalFile, RemoteUrl, StepOutput
from shotgraph.report import StepReport, StepStatus
from shotgraph.tasks import (
    Made,
    RunSettings,
    concat,
    edit,
    fal,
    frame,
    image_to_video,
    reference,
    reference_to_video,
    soundtrack,
    trim,
)

TASKS: dict[str, Task[..., Any]] = {
    "edit": edit,
    "reference": reference,
    "image_to_video": image_to_video,
    "reference_to_video": reference_to_video,
    "fal": fal,
    "trim": trim,
    "frame": frame,
    "concat": concat,
    "soundtrack": soundtrack,
}


@dataclass
class Ended:
    """What became of every step of a run."""

    reports: Sequence[StepReport] = ()
    made: dict[str, Made] = field(default_factory=dict)


async def run_steps(graph: Graph, settings: RunSettings, answers: Answers) -> Ended:
    """Run every step.

    A step that fails stops those that take what it makes, and no others: what is paid for is
    seen through.
    """
    running: dict[str, asyncio.Task[StepReport]] = {}
    made: dict[str, Made] = {}
    for node in graph.nodes.values():
        upstream = [running[name] for name in sorted(node.upstream())]
        running[node.name] = asyncio.create_task(_step(node, upstream, made, settings, answers))
    await asyncio.gather(*running.values(), return_exceptions=True)
    return Ended([running[node.name].result() for node in graph.in_file_order()], made)


async def _step(
    node: Node,
    upstream: Sequence[asyncio.Task[StepReport]],
    made: dict[str, Made],
    settings: RunSettings,
    answers: Answers,
) -> StepReport:
    before = [await step for step in upstream]
    if any(step.status in ("failed", "skipped") for step in before):
        return StepReport(node.name, node.kind.name, "skipped")
    if node.kind.name in GATES:
        try:
            return await pass_gate(node, made, answers, settings)
        except ShotgraphError as error:
            return _failed(node, error)
    task = TASKS[node.kind.name].with_options(name=node.kind.name, task_run_name=node.name)
    state = await task(**_given(node, made), settings=settings, return_state=True)
    result = await state.aresult(raise_on_failure=False)
    if isinstance(result, BaseException):
        return _failed(node, result)
    made[node.name] = result
    how: StepStatus = "cached" if state.name == "Cached" else result["how"]
    cost_usd = Decimal(0) if how == "cached" else Decimal(result["cost_usd"])
    return StepReport(node.name, node.kind.name, how, cost_usd, result["request_id"])


def _given(node: Node, made: dict[str, Made]) -> dict[str, Any]:
    """Write a node's arguments as the task takes them; what is not set stays not set."""
    given = _plain(node.arguments, made)
    if node.kind.tiers and node.endpoint is not None:
        given["tier"] = node.endpoint.tier
    if node.endpoint is not None:
        given["take"] = node.take
    return dict(given)


def _plain(value: Any, made: dict[str, Made]) -> Any:
    if isinstance(value, StepOutput):
        step = made[value.step]
        return step if value.output is None else step["outputs"][value.output]
    if isinstance(value, LocalFile):
        return str(value.file)
    if isinstance(value, RemoteUrl):
        return value.url
    if isinstance(value, Asset):
        return value.model_dump()
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name), made) for name in value.model_fields_set}
    if isinstance(value, list):
        return [_plain(item, made) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item, made) for name, item in value.items()}
    return value


def _failed(node: Node, error: BaseException) -> StepReport:
    if isinstance(error, TimeoutError):
        shown: ShotgraphError = Retryable(
            f"{node.name} took too long, and was given up by this run. What was bought is on "
            "record: run again to take it up; nothing is bought twice"
        )
    elif isinstance(error, ShotgraphError):
        shown = error
    else:
        shown = Terminal(f"{node.name}: an unexpected {type(error).__name__}: {error}")
    return StepReport(
        node.name, node.kind.name, "failed", shown.cost_usd, shown.request_id, error=shown
    )
