"""The flow run that this code is in: its name, its command, its crashes, its events."""

import json
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext
from prefect.events import emit_event
from prefect.runtime import flow_run
from prefect.states import Failed

from shotgraph.bundle import is_reference
from shotgraph.errors import OverBudget, ShotgraphError


def this_run() -> FlowRun | None:
    """The flow run; None outside of a flow, or if Prefect has no record of it."""
    context = FlowRunContext.get()
    return context.flow_run if context is not None else None


def is_called() -> bool:
    """Whether another flow has called this flow."""
    run = this_run()
    return run is not None and run.parent_task_run_id is not None


def as_command(parameters: Mapping[str, Any]) -> str | None:
    """Write the ``shotgraph run`` of a run, without its budget.

    Args:
        parameters: Those of the film flow.

    Returns:
        The command; None if the pipeline is a text or a bundle, and there is no file to name.
    """
    pipeline = str(parameters.get("pipeline") or "")
    if not pipeline or "\n" in pipeline or is_reference(pipeline):
        return None
    words = ["shotgraph", "run", _near(pipeline), *_options(parameters)]
    return shlex.join(words)


def _near(pipeline: str) -> str:
    here = Path.cwd()
    path = Path(pipeline)
    return str(path.relative_to(here)) if path.is_relative_to(here) else pipeline


def _options(parameters: Mapping[str, Any]) -> Iterator[str]:
    for name, value in (parameters.get("params") or {}).items():
        said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield from ("--set", f"{name}={said}")
    out = parameters.get("out")
    if out and out != "films":
        yield from ("--out", str(out))
    for step in parameters.get("approve") or ():
        yield from ("--approve", str(step))
    for step, take in (parameters.get("pick") or {}).items():
        yield from ("--pick", f"{step}={take}")
    if parameters.get("trust_prices"):
        yield "--trust-prices"
    if parameters.get("allow_fallback"):
        yield "--allow-fallback"
    if parameters.get("rehearse"):
        yield "--rehearse"


MOST_CRASHES = 5


async def crashed_too_often() -> Any | None:
    """The state in which a run ends that has crashed too often; None if it may run.

    Its purchases stay on record, and another run takes them up.
    """
    run = this_run()
    if run is None or run.run_count <= MOST_CRASHES:
        return None
    async with get_client() as client:
        states = await client.read_flow_run_states(run.id)
    crashes = sum(state.is_crashed() for state in states)
    if crashes < MOST_CRASHES:
        # It has waited for a person, or a person has run it again.
        return None
    return Failed(
        message=f"It has crashed {crashes} times, and is not started again by itself. What was "
        "bought is on record: when its worker's log says why, run it again, and nothing is bought "
        "twice"
    )


OVER_BUDGET = "shotgraph.over-budget"


def tell_over_budget(error: ShotgraphError | None) -> None:
    """Emit an event when a budget has stopped a run; automations can notify people."""
    if not isinstance(error, OverBudget):
        return
    emit_event(
        OVER_BUDGET,
        resource={
            "prefect.resource.id": f"prefect.flow-run.{flow_run.id}",
            "prefect.resource.name": str(flow_run.name),
        },
        payload={"film": str(flow_run.name), "message": error.message},
    )
