"""The flow run that the code is in, as Prefect knows it."""

from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext


def this_run() -> FlowRun | None:
    """Give it; None outside of a flow, and where Prefect keeps no record of it."""
    context = FlowRunContext.get()
    return context.flow_run if context is not None else None
