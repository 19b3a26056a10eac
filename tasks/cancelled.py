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
    """Tell whether a person has cancelled the run that the code is in.

    By a signal, where the process is a run of its own: see `told_by_person`. Else by the button in
    Prefect's UI, its command or its API: then the run's state is Cancelling or Cancelled. Prefect
    itself ends runs for other reasons: a lease that it could not renew, a time-out, an error in
    the flow, a worker that is shut down.

    Returns:
        None where Prefect could not be asked in time.
    """
    if told_by_person():
        return True
    # That of the process is the one that people see and cancel; the code may be in a flow that
    # this one has called.
    known = {run_id for run_id in (run_of_process(), flow_run.id) if run_id}
    if not known:
        return False
    run_ids = frozenset(UUID(str(run_id)) for run_id in known)
    # All steps of a run are stopped in the same moment, and ask once.
    of_loop = _asking.setdefault(asyncio.get_running_loop(), {})
    if run_ids not in of_loop:
        of_loop[run_ids] = asyncio.create_task(_ask(run_ids))
        of_loop[run_ids].add_done_callback(lambda _: of_loop.pop(run_ids))
    return await asyncio.shield(of_loop[run_ids])


async def _ask(run_ids: Iterable[UUID]) -> bool | None:
    try:
        # With settings of its own it is a client of its own: the flow's may be closing.
        async with (
            asyncio.timeout(ANSWER_S),
            get_client(httpx_settings={"timeout": ANSWER_S}) as client,
        ):
            histories = [await client.read_flow_run_states(run_id) for run_id in run_ids]
    except Exception:
        return None
    return any(map(ends_as_cancelled, histories))


def ends_as_cancelled(states: Sequence[State]) -> bool:
    """Tell whether a run was cancelled since it last ran.

    The latest state alone would not do: an engine that is being stopped may have said Crashed
    after a person has said Cancelling.

    Args:
        states: Of the run, in the order in which they were.
    """
    for state in reversed(states):
        if state.type in _CANCELLED:
            return True
        if state.type in _BEFORE_AN_END:
            return False
    return False
