"""The flow run that the code is in, as Prefect knows it."""

from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext


def this_run() -> FlowRun | None:
    """Give it; None outside of a flow, and where Prefect keeps no record of it."""
    context = FlowRunContext.get()
    return context.flow_run if context is not None else None


def is_called() -> bool:
    """Tell whether another flow has called the flow that the code is in."""
    run = this_run()
    return run is not None and run.parent_task_run_id is not None
