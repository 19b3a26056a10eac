"""The flow run of this code: its day, whether it may start, whether it was cancelled."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from typing import Any

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterStartTime,
)
from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext
from prefect.events import emit_event
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from shotgraph.blocks.persons_cancel import cancelled_in_prefect, run_of_process, runs_here
from shotgraph.clock import Clock, SystemClock
from shotgraph.errors import Interrupted, InvalidInput, OverBudget, ShotgraphError
from shotgraph.flows.due_day import day_of, due_day


def this_run() -> FlowRun | None:
    """Return the flow run; None outside of a flow, or if Prefect has no record of it."""
    context = FlowRunContext.get()
    return context.flow_run if context is not None else None


def is_called() -> bool:
    """Whether another flow called this flow."""
    run = this_run()
    return run is not None and run.parent_task_run_id is not None


MOST_CRASHES = 5


async def crashed_too_often() -> Any | None:
    """Return the end state of a run that has crashed too often; None if it may run.

    The purchases stay on record, and another run takes them up.
    """
    run = this_run()
    if run is None or run.run_count <= MOST_CRASHES:
        return None
    async with get_client() as client:
        states = await client.read_flow_run_states(run.id)
    crashes = sum(state.is_crashed() for state in states)
    if crashes < MOST_CRASHES:
        # The run has waited for a person, or a person has run it again.
        return None
    return Failed(
        message=f"The run has crashed {crashes} times, and is not started again by itself. Its "
        "purchases are on record. Find the reason in the worker's log, correct it, and run "
        "again: nothing is bought twice"
    )


OVER_BUDGET = "shotgraph.over-budget"


def emit_over_budget(error: ShotgraphError | None) -> None:
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


PROCESS_ENDS = "shotgraph.process-ends"


@contextmanager
def ends_in_order() -> Iterator[None]:
    """Emit an event at the end of the block, for a run of a deployment; it follows no other event.

    Prefect's own event for the new state may follow an event from before a restart of the server.
    The server then keeps it back for 15 minutes, and an automation that waits for the next
    heartbeat would take the run for dead.
    """
    try:
        yield
    finally:
        run = this_run()
        if run is not None and run.deployment_id is not None:
            emit_event(
                PROCESS_ENDS,
                resource={
                    "prefect.resource.id": f"prefect.flow-run.{run.id}",
                    "prefect.resource.name": run.name,
                },
                related=[
                    {"prefect.resource.id": f"prefect.tag.{tag}", "prefect.resource.role": "tag"}
                    for tag in run.tags
                ],
            )


async def with_due_day(
    params: Mapping[str, Any], run: FlowRun | None, *, day_in: str | None, day_zone: str
) -> dict[str, Any]:
    """Set the due day among the values of a scheduled run.

    The day comes from the run's due time, so a late, restarted or resumed run has the same day, and
    finds the purchases for that day again.

    Args:
        params: The run's values; a run that a person started keeps them.
        run: The run, if Prefect knows it.
        day_in: The parameter that gets the day, as ``2026-11-27``; None for no parameter.
        day_zone: The time zone of the day.

    Raises:
        InvalidInput: The time zone does not exist.
    """
    if day_in is None or run is None or not is_by_itself(run) or run.expected_start_time is None:
        return dict(params)
    return {**params, day_in: await due_day(run, run.expected_start_time, day_zone)}


A_YEAR_S = 31_536_000
LATEST_START_S = 3600
"""How late a run of a schedule or an event may start by default, in seconds."""

SKIPPED = "Skipped"


async def skipped(latest_start_s: int | None) -> Any | None:
    """Return the end state of a run that must not begin; None if it may run.

    A run that a person started is never skipped, and neither is a run that continues after a
    pause, a crash or a retry.

    Args:
        latest_start_s: How late the run may start, in seconds; None for the default.

    Raises:
        InvalidInput: The number of seconds is negative, or more than a year.
    """
    if latest_start_s is not None and not 0 <= latest_start_s <= A_YEAR_S:
        raise InvalidInput(
            f"latest_start_s is {latest_start_s}; allowed: seconds, from 0 to {A_YEAR_S} (a year)"
        )
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
    """Return the reason why a scheduled run is skipped; None if it is not skipped.

    Args:
        run: The run, which has started.
        others: Runs of the same deployment.
        limit: How late the run may start.
        now: The present moment.
    """
    due = run.expected_start_time
    if run.run_count > 1 or due is None or not is_by_itself(run):
        return None
    late = now - due
    if late > limit:
        return (
            f"The run was due at {due:%Y-%m-%d %H:%M:%S} UTC, {_seconds(late)} ago, and may "
            f"start at most {_seconds(limit)} late. Nothing was bought; the next run starts at its "
            "own time"
        )
    for other in others:
        if _stands_for(other, run, limit):
            return (
                f"The run was due at {due:%Y-%m-%d %H:%M:%S} UTC, and {other.name} with the same "
                "parameters was started after that, so this run is not needed. Nothing was bought"
            )
    return None


def _stands_for(other: FlowRun, run: FlowRun, limit: timedelta) -> bool:
    """Whether another run, started between this run's due time and its start, did its work already.

    If several runs are due at once, only the first run to start does the work.
    """
    # A run that was cancelled because of the limit has a start time too, but never ran.
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
        and _made_of(other) == _made_of(run)
    )


def _made_of(run: FlowRun) -> tuple[Mapping[str, Any], str | None]:
    """Return the parameters of a run, and its day if the film gets the day."""
    zone = run.parameters.get("day_zone") or "UTC"
    if not run.parameters.get("day_in") or run.expected_start_time is None:
        return run.parameters, None
    return run.parameters, day_of(run.expected_start_time, zone)


def is_by_itself(run: FlowRun) -> bool:
    """Whether a schedule or an automation started a run."""
    automated = run.created_by is not None and run.created_by.type == "AUTOMATION"
    return run.deployment_id is not None and (run.auto_scheduled or automated)


def _seconds(length: timedelta) -> str:
    return f"{length.total_seconds():.0f} s"


BETWEEN_LOOKS_S = 30
LOOKS = 2
"""A run stops itself when it was found cancelled this many times: its worker may stop it first."""


class HeardCancel(Interrupted):
    """A person cancelled the run, and it has stopped itself."""

    code = "cancelled"


@asynccontextmanager
async def hears_cancel(clock: Clock) -> AsyncIterator[None]:
    """Stop the block when a person has cancelled its run, and nobody else has stopped it.

    A worker and ``serve`` stop a run's process within seconds. They no longer do so after an outage
    of the server with three unanswered questions (Prefect 3.9.1, "flow run cancellation will
    fail"). A run that continued through the outage checks by itself.

    Raises:
        HeardCancel: The block was stopped in this way.
    """
    inside = asyncio.current_task()
    if inside is None or run_of_process() is None:
        yield
        return
    watch = asyncio.create_task(_until_cancelled(clock))
    heard = False

    def stop(_: asyncio.Task[None]) -> None:
        nonlocal heard
        if not watch.cancelled() and watch.exception() is None and not inside.cancelling():
            heard = inside.cancel()

    watch.add_done_callback(stop)
    try:
        yield
    except asyncio.CancelledError:
        if not heard or inside.uncancel():
            raise
        raise HeardCancel(
            "The run was cancelled, and has stopped itself, because its worker did not"
        ) from None
    finally:
        watch.remove_done_callback(stop)
        watch.cancel()


async def _until_cancelled(clock: Clock) -> None:
    found = 0
    while found < LOOKS:
        await clock.sleep(BETWEEN_LOOKS_S)
        found = found + 1 if await cancelled_in_prefect(runs_here()) else 0
