"""Find out whether a person has cancelled the run; only then is a job at fal cancelled."""

import asyncio
from collections.abc import Iterable, Sequence
from uuid import UUID
from weakref import WeakKeyDictionary

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State, StateType
from prefect.runtime import flow_run

from shotgraph.tasks.stopping import run_of_process, told_by_person

ANSWER_S = 2.0
_CANCELLED = (StateType.CANCELLING, StateType.CANCELLED)
_BEFORE_AN_END = (
    StateType.SCHEDULED,
    StateType.PENDING,
    StateType.RUNNING,
    StateType.PAUSED,
)

_asking: WeakKeyDictionary[
    asyncio.AbstractEventLoop, dict[frozenset[UUID], asyncio.Task[bool | None]]
] = WeakKeyDictionary()


async def cancelled_by_person() -> bool | None:
    """Whether a person has cancelled this run.

    A person can send a signal, if the process is a run of its own: see `told_by_person`. Else a
    person uses Prefect's UI, command or API: then the run's state is Cancelling or Cancelled.
    Prefect itself ends runs for other reasons: a lease that it could not renew, a time-out, an
    error in the flow, a shut-down of the worker.

    Returns:
        None where Prefect could not be asked in time.
    """
    if told_by_person():
        return True
    # People see and cancel the run of the process; this code may be in a flow that it has called.
    known = {run_id for run_id in (run_of_process(), flow_run.id) if run_id}
    if not known:
        return False
    run_ids = frozenset(UUID(str(run_id)) for run_id in known)
    # All steps of a run stop in the same moment; they share one question.
    of_loop = _asking.setdefault(asyncio.get_running_loop(), {})
    if run_ids not in of_loop:
        of_loop[run_ids] = asyncio.create_task(_ask(run_ids))
        of_loop[run_ids].add_done_callback(lambda _: of_loop.pop(run_ids))
    return await asyncio.shield(of_loop[run_ids])


async def _ask(run_ids: Iterable[UUID]) -> bool | None:
    try:
        # Own settings give an own client: the flow's client may be closing.
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
        states: Of the run, in the order in which they were.
    """
    for state in reversed(states):
        if state.type in _CANCELLED:
            return True
        if state.type in _BEFORE_AN_END:
            return False
    return False
