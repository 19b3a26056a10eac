"""Run the steps of a graph as Prefect tasks; each starts when its inputs exist."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

from prefect.client.schemas.objects import State
from prefect.utilities.annotations import quote
from pydantic import BaseModel

from shotgraph.errors import Retryable, ShotgraphError, Terminal
from shotgraph.flows.gates import Answers, pass_gate
from shotgraph.graph import Graph, Node
from shotgraph.making.checked_step import CheckedStep
from shotgraph.model.fields import with_media
from shotgraph.model.references import MediaRef, StepOutput, media_ref
from shotgraph.plan.inputs import is_gate
from shotgraph.report import StepReport, StepStatus
from shotgraph.tasks import Made, RunSettings
from shotgraph.tasks.pipeline_step import task_of
from shotgraph.tasks.step import cached_as

States: TypeAlias = dict[str, list[State[Any]]]
"""The task runs of each step: its own, or for a gate those before it."""


@dataclass
class EndedSteps:
    """The reports of all steps, and their results."""

    reports: Sequence[StepReport] = ()
    made: dict[str, Made] = field(default_factory=dict)


async def run_steps(
    graph: Graph,
    settings: RunSettings,
    answers: Answers,
    on_made: Callable[[str, Made], None] | None = None,
) -> EndedSteps:
    """Run every step.

    A failed step stops only the steps that need its output: jobs that are paid for go on.

    Args:
        graph: The film.
        settings: Where the store and fal are.
        answers: What people have decided.
        on_made: Called with each result as soon as it exists.
    """
    running: dict[str, asyncio.Task[StepReport]] = {}
    made: dict[str, Made] = {}
    states: States = {}
    for node in graph.nodes.values():
        upstream = [running[name] for name in sorted(node.upstream())]
        running[node.name] = asyncio.create_task(
            _step(node, upstream, made, states, settings, answers, on_made)
        )
    await asyncio.gather(*running.values(), return_exceptions=True)
    return EndedSteps([running[node.name].result() for node in graph.in_file_order()], made)


async def _step(
    node: Node,
    upstream: Sequence[asyncio.Task[StepReport]],
    made: dict[str, Made],
    states: States,
    settings: RunSettings,
    answers: Answers,
    on_made: Callable[[str, Made], None] | None,
) -> StepReport:
    before = [await step for step in upstream]
    if any(step.status in ("failed", "skipped") for step in before):
        return StepReport(node.name, node.kind.name, "skipped")
    # Prefect draws an arrow for each of these, and no others: by itself it sees neither `needs` nor
    # one output of several, and it would take equal texts for the same value (so `quote`).
    after = [state for name in sorted(node.upstream()) for state in states[name]]
    if is_gate(node):
        states[node.name] = after
        try:
            return await pass_gate(node, made, answers, settings)
        except ShotgraphError as error:
            return _failed(node, error)
    step = CheckedStep(node.kind.name, _with_made(node, made), node.endpoint, node.take)
    cached = await asyncio.to_thread(cached_as, step, settings)
    state = await task_of(step, node.name)(
        quote(step), quote(settings), quote(cached), wait_for=after or None, return_state=True
    )
    states[node.name] = [state]
    result = await state.aresult(raise_on_failure=False)
    if isinstance(result, BaseException):
        return _failed(node, result)
    made[node.name] = result
    if on_made is not None:
        on_made(node.name, result)
    how: StepStatus = "cached" if state.name == "Cached" else result["how"]
    cost_usd = Decimal(0) if how == "cached" else Decimal(result["cost_usd"])
    return StepReport(node.name, node.kind.name, how, cost_usd, result["request_id"])


def _with_made(node: Node, made: dict[str, Made]) -> BaseModel:
    """Replace references in a node's arguments by the outputs of earlier steps."""

    def resolved(ref: MediaRef) -> MediaRef:
        if not isinstance(ref, StepOutput):
            return ref
        step = made[ref.step]
        return media_ref(step if ref.output is None else step["outputs"][ref.output])

    return with_media(node.arguments, resolved)


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
