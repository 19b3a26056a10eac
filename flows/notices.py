"""Events that automations listen for."""

from prefect.events import emit_event
from prefect.runtime import flow_run

from shotgraph.errors import OverBudget, ShotgraphError

OVER_BUDGET = "shotgraph.over-budget"


def tell_over_budget(error: ShotgraphError | None) -> None:
    """Emit an event of a run that a budget has stopped; it is a notice, and the budget a wall."""
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
