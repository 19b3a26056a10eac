"""A run that crashed is started again by an automation; one that always crashes is left alone."""

from typing import Any

from prefect.client.orchestration import get_client
from prefect.states import Failed

from shotgraph.flows.this_run import this_run

MOST_CRASHES = 5


async def crashed_too_often() -> Any | None:
    """Tell whether this run has crashed so often that it is left alone: the state that it ends in.

    What it had bought stays on record, and another run takes it up.
    """
    run = this_run()
    if run is None or run.run_count <= MOST_CRASHES:
        return None
    async with get_client() as client:
        states = await client.read_flow_run_states(run.id)
    crashes = sum(state.is_crashed() for state in states)
    if crashes < MOST_CRASHES:
        # It has waited for people, or was run again by one.
        return None
    return Failed(
        message=f"It has crashed {crashes} times, and is not started again by itself. What was "
        "bought is on record: when its worker's log says why, run it again, and nothing is bought "
        "twice"
    )
