"""The one POST that buys.

fal-client's own submit repeats its POST up to ten times when the answer is late or lost, and
fal knows no idempotency key: measured, one call bought ten jobs. This one sends once.
"""

from typing import Any

import httpx

from shotgraph.clock import Clock
from shotgraph.errors import Ambiguous, Retryable
from shotgraph.fal.bases import is_below
from shotgraph.fal.connection import FalConnection
from shotgraph.fal.replies import json_of, refusal
from shotgraph.ledger.events import Accepted

_NOTHING_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)


async def submit_once(
    fal: FalConnection, endpoint_id: str, body: dict[str, Any], *, what: str, clock: Clock
) -> Accepted:
    """Send a job to fal's queue, once.

    Args:
        fal: Where, and with which key.
        endpoint_id: The full id.
        body: Bare JSON, as documented (https://docs.fal.ai/model-apis/model-endpoints/queue).
        what: What messages call the job.
        clock: For the record's time.

    Raises:
        Retryable: Nothing was sent, or fal was too busy to take it.
        Refused: fal said no; nothing was bought.
        Ambiguous: It was sent, and no answer settles whether fal took it.
    """
    url = f"{fal.bases.queue_url}/{endpoint_id}"
    async with fal.client() as client:
        try:
            response = await client.post(url, json=body)
        except _NOTHING_SENT as error:
            reason = str(error) or type(error).__name__
            raise Retryable(
                f"{what}: fal's queue at {fal.bases.queue_url} could not be reached ({reason}); "
                "nothing was sent"
            ) from None
        except httpx.HTTPError as error:
            raise _unknown(what, f"the answer was lost: {type(error).__name__}") from None
    if response.is_success:
        return _accepted(response, fal, endpoint_id, what, clock)
    raise refusal(response, what) or _unknown(
        what, f"the answer was HTTP {response.status_code}, and not fal's own"
    )


def _accepted(
    response: httpx.Response, fal: FalConnection, endpoint_id: str, what: str, clock: Clock
) -> Accepted:
    reply = json_of(response)
    request_id = reply.get("request_id") if isinstance(reply, dict) else None
    if not isinstance(request_id, str) or not request_id:
        raise _unknown(what, f"the answer was HTTP {response.status_code} without a request id")
    requests = f"{_app_url(fal, endpoint_id)}/requests/{request_id}"

    def url(name: str, built: str) -> str:
        # The key goes along to these, so one that leads elsewhere is not followed.
        given = reply.get(name)
        return given if isinstance(given, str) and is_below(given, fal.bases.queue_url) else built

    return Accepted(
        at=clock.now(),
        request_id=request_id,
        status_url=url("status_url", f"{requests}/status"),
        response_url=url("response_url", requests),
        cancel_url=url("cancel_url", f"{requests}/cancel"),
    )


def _app_url(fal: FalConnection, endpoint_id: str) -> str:
    """Status, result and cancel use only the first parts of an id: owner/app."""
    parts = endpoint_id.split("/")
    kept = 3 if parts[0] in ("workflows", "comfy") else 2
    return "/".join([fal.bases.queue_url, *parts[:kept]])


def _unknown(what: str, why: str) -> Ambiguous:
    return Ambiguous(
        f"{what}: the job was sent to fal once, and {why}. It may have been accepted and billed; "
        "it was not sent again"
    )
