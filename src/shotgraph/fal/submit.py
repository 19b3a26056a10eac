"""The one POST that buys.

fal-client's own submit repeats its POST up to ten times when the answer is late or lost, and
fal knows no idempotency key: measured, one call bought ten jobs. This one sends once, and not at
all after its deadline, however long the process was stopped on the way.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from shotgraph.clock import Clock
from shotgraph.errors import Ambiguous, Retryable
from shotgraph.failpoints import Failpoint, reach
from shotgraph.fal.bases import is_below
from shotgraph.fal.connection import FalConnection
from shotgraph.fal.replies import json_of, refusal
from shotgraph.fal.submit_headers import submit_headers
from shotgraph.fal.windows import Windows
from shotgraph.ledger import Accepted


class NotSent(Retryable):
    """Not a byte of a submission has left; nothing was bought."""

    code = "not_sent"


@dataclass
class _Wire:
    """Watches a request leave, from inside of the connection."""

    send_by: float
    clock: Clock
    sent: bool = False

    async def trace(self, event: str, info: dict[str, Any]) -> None:
        """Hear of every step of the transport (httpcore's trace extension)."""
        if event.endswith("connect_tcp.complete"):
            reach(Failpoint.CONNECTED)
        elif event.endswith("send_request_headers.started"):
            if self.clock.monotonic() >= self.send_by:
                raise NotSent("its time to be sent had passed")
            reach(Failpoint.DEADLINE_CHECKED)
            self.sent = True
        elif event.endswith("send_request_body.complete"):
            reach(Failpoint.POST_SENT)


async def submit_once(
    fal: FalConnection,
    endpoint_id: str,
    body: dict[str, Any],
    *,
    what: str,
    clock: Clock,
    windows: Windows,
    send_by: float,
    tags: Mapping[str, str] | None = None,
    allow_fallback: bool = False,
) -> Accepted:
    """Send a job to fal's queue, once.

    Args:
        fal: Where, and with which key.
        endpoint_id: The full id.
        body: Bare JSON, as documented (https://docs.fal.ai/model-apis/model-endpoints/queue).
        what: What messages call the job.
        clock: For the deadline, and the record's time.
        windows: How long the answer may take, and the job may wait at fal.
        send_by: The moment, on the monotonic clock, after which it is not sent any more.
        tags: What fal's own reports call the request by.
        allow_fallback: Whether fal may let an equivalent endpoint do it.

    Raises:
        Retryable: Nothing was sent, or fal was too busy to take it.
        Refused: fal said no; nothing was bought.
        Ambiguous: It was sent, and no answer settles whether fal took it.
    """
    wire = _Wire(send_by, clock)
    try:
        async with asyncio.timeout(windows.reply_s), fal.client() as client:
            response = await client.post(
                f"{fal.bases.queue_url}/{endpoint_id}",
                json=body,
                headers=submit_headers(windows, tags or {}, allow_fallback=allow_fallback),
                extensions={"trace": wire.trace},
            )
    except NotSent as error:
        raise NotSent(f"{what}: {error.message}; nothing was sent, and nothing bought") from None
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        reason = str(error) or type(error).__name__
        if not wire.sent:
            raise NotSent(
                f"{what}: fal's queue at {fal.bases.queue_url} could not be reached ({reason}); "
                "nothing was sent"
            ) from None
        raise _unknown(what, f"the answer was lost ({type(error).__name__})") from None
    reach(Failpoint.REPLY_READ)
    if response.is_success:
        return _accepted(response, fal, endpoint_id, what, clock)
    unsettled = f"the answer was HTTP {response.status_code}, and does not settle it"
    raise refusal(response, what) or _unknown(what, unsettled)


def _accepted(
    response: httpx.Response, fal: FalConnection, endpoint_id: str, what: str, clock: Clock
) -> Accepted:
    reply = json_of(response)
    request_id = reply.get("request_id") if isinstance(reply, dict) else None
    if not isinstance(request_id, str) or not request_id:
        raise _unknown(what, f"the answer was HTTP {response.status_code} without a request id")
    built = request_by_id(fal, endpoint_id, request_id, clock)

    def url(name: str) -> str:
        # The key goes along to these, so one that leads elsewhere is not followed.
        given = reply.get(name)
        if isinstance(given, str) and is_below(given, fal.bases.queue_url):
            return given
        return str(getattr(built, name))

    return built.model_copy(
        update={name: url(name) for name in ("status_url", "response_url", "cancel_url")}
    )


def request_by_id(
    fal: FalConnection, endpoint_id: str, request_id: str, clock: Clock, *, found: bool = False
) -> Accepted:
    """Address a request of which only the id is known.

    Status, result and cancel use only the first parts of an endpoint's id: owner/app.
    """
    parts = endpoint_id.split("/")
    kept = 3 if parts[0] in ("workflows", "comfy") else 2
    url = "/".join([fal.bases.queue_url, *parts[:kept], "requests", request_id])
    return Accepted(
        at=clock.now(),
        request_id=request_id,
        status_url=f"{url}/status",
        response_url=url,
        cancel_url=f"{url}/cancel",
        found=found,
    )


def _unknown(what: str, why: str) -> Ambiguous:
    error = Ambiguous(
        f"{what}: the job was sent to fal once, and {why}. It may have been accepted and billed; "
        "it was not sent again"
    )
    error.why = why
    return error
