"""Whether a person has cancelled a flow run, according to Prefect's server."""

import asyncio
import os
from collections.abc import Iterable, Sequence
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State, StateType
from prefect.runtime import flow_run

ANSWER_S = 2.0
_CANCELLED = (StateType.CANCELLING, StateType.CANCELLED)
_BEFORE_AN_END = (
    StateType.SCHEDULED,
    StateType.PENDING,
    StateType.RUNNING,
    StateType.PAUSED,
)


def run_of_process() -> str | None:
    """Return the id of the flow run that this process was started for by a worker or ``serve``."""
    return os.environ.get("PREFECT__FLOW_RUN_ID")


def runs_here() -> frozenset[UUID]:
    """Return the flow runs of this code, as a person sees and cancels them.

    Prefect shows the run of the process; this code may be in another flow that this run called.
    """
    known = (run_of_process(), flow_run.id)
    return frozenset(UUID(str(run_id)) for run_id in known if run_id)


async def cancelled_in_prefect(run_ids: Iterable[UUID]) -> bool | None:
    """Whether one of these runs was cancelled since it last ran; None if unknown."""
    try:
        # Own settings give a separate client: the flow's client may be closing.
        async with (
            asyncio.timeout(ANSWER_S),
            get_client(httpx_settings={"timeout": ANSWER_S}) as client,
        ):
            histories = [await client.read_flow_run_states(run_id) for run_id in run_ids]
    except Exception:
        return None
    return any(map(ends_as_cancelled, histories))


def ends_as_cancelled(states: Sequence[State]) -> bool:
    """Whether a run was cancelled since it last ran.

    The latest state is not enough: an engine that is being stopped may report Crashed after a
    person chose Cancelling.

    Args:
        states: The states of the run, in their order.
    """
    for state in reversed(states):
        if state.type in _CANCELLED:
            return True
        if state.type in _BEFORE_AN_END:
            return False
    return False
