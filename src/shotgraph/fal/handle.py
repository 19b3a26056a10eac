"""fal-client's handle on a request, for URLs that are on record."""

from typing import Any

import httpx
from fal_client import Completed, InProgress, Queued, Status
from fal_client.client import AsyncRequestHandle

from shotgraph.ledger import Accepted


class UnknownStatus(ValueError):
    """fal reports a status that its documentation does not have."""


class Handle(AsyncRequestHandle):
    """A handle that reads what fal's replies leave out.

    fal-client 1.0.3 raises KeyError where a status has no ``logs`` or ``queue_position``.
    """

    def _parse_status(self, data: dict[str, Any]) -> Status:
        match data.get("status"):
            case "IN_QUEUE":
                return Queued(position=int(data.get("queue_position") or 0))
            case "IN_PROGRESS":
                return InProgress(logs=data.get("logs"))
            case "COMPLETED":
                return Completed(
                    logs=data.get("logs"),
                    metrics=data.get("metrics") or {},
                    error=data.get("error"),
                    error_type=data.get("error_type"),
                )
            case other:
                raise UnknownStatus(str(other))


def handle_of(accepted: Accepted, client: httpx.AsyncClient) -> Handle:
    """Take up a request again, from its record."""
    return Handle(
        request_id=accepted.request_id,
        response_url=accepted.response_url,
        status_url=accepted.status_url,
        cancel_url=accepted.cancel_url,
        client=client,
    )
