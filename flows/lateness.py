"""Runs that nobody is waiting for: those of a schedule or an event that come too late.

After a time without a server or a worker, everything that was due in between is started at once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterStartTime,
)
from prefect.client.schemas.objects import FlowRun
from prefect.states import Completed

from shotgraph.clock import SystemClock
from shotgraph.errors import InvalidInput
from shotgraph.flows.this_run import this_run

LATEST_START_S = 3600
"""How late a run of a schedule or an event may start, where it does not say, in seconds."""

SKIPPED = "Skipped"


async def skipped(latest_start_s: int | None) -> Any | None:
    """Tell whether this run is to end before it begins: the state that it ends in; None if not.

    Never so for a run that a person has asked for, nor for one that goes on after a pause, a crash
    or a retry.

    Args:
        latest_start_s: How late it may start, in seconds.

    Raises:
        InvalidInput: That is no number of seconds.
    """
    if latest_start_s is not None and latest_start_s < 0:
        raise InvalidInput(f"latest_start_s is {latest_start_s}; allowed: seconds, from 0 up")
    run = this_run()
    if run is None or not is_by_itself(run):
        return None
    limit = timedelta(seconds=LATEST_START_S if latest_start_s is None else latest_start_s)
    async with get_client() as client:
        run = await client.read_flow_run(run.id)
        others = await client.read_flow_runs(
            flow_run_filter=FlowRunFilter(
                deployment_id=FlowRunFilterDeploymentId(any_=[run.deployment_id]),
                start_time=FlowRunFilterStartTime(after_=run.expected_start_time),
            )
        )
    reason = why_skipped(run, others, limit=limit, now=SystemClock().now())
    return Completed(name=SKIPPED, message=reason) if reason else None


def why_skipped(
    run: FlowRun, others: Sequence[FlowRun], *, limit: timedelta, now: datetime
) -> str | None:
    """Say why a run of a schedule or an event is not carried out; None if it is.

    Args:
        run: The run, which has started.
        others: Runs of the same deployment.
        limit: How late it may start.
        now: The time.
    """
    due = run.expected_start_time
    if run.run_count > 1 or due is None or not is_by_itself(run):
        return None
    late = now - due
    if late > limit:
        return (
            f"It was due at {due:%Y-%m-%d %H:%M:%S} UTC, {_seconds(late)} ago, and may start at "
            f"most {_seconds(limit)} late. Nothing was bought; the next one runs when it is due"
        )
    for other in others:
        if _stands_for(other, run, limit):
            return (
                f"It was due at {due:%Y-%m-%d %H:%M:%S} UTC, and {other.name} with the same "
                "parameters was started after that: one stands for both. Nothing was bought"
            )
    return None


def _stands_for(other: FlowRun, run: FlowRun, limit: timedelta) -> bool:
    """Tell whether another run has made what this one is for: started after it was due, before it.

    Of a burst, the first one that starts is carried out.
    """
    # One that was cancelled because it was one too many has a start, too, and never ran.
    if other.id == run.id or other.run_count < 1 or other.start_time is None:
        return False
    if not is_by_itself(other) or (other.state is not None and other.state.name == SKIPPED):
        return False
    if run.expected_start_time is None or run.start_time is None:
        return False
    in_time = (
        other.expected_start_time is None or other.start_time - other.expected_start_time <= limit
    )
    before = (other.start_time, str(other.id)) < (run.start_time, str(run.id))
    return (
        in_time
        and before
        and other.start_time >= run.expected_start_time
        and other.parameters == run.parameters
    )


def is_by_itself(run: FlowRun) -> bool:
    """Tell whether a schedule or an automation has made a run."""
    automated = run.created_by is not None and run.created_by.type == "AUTOMATION"
    return run.deployment_id is not None and (run.auto_scheduled or automated)


def _seconds(length: timedelta) -> str:
    return f"{length.total_seconds():.0f} s"
