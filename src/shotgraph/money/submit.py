"""The one POST that buys, and its headers."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpcore
import httpx

from shotgraph.clock import Clock
from shotgraph.errors import Ambiguous, Retryable, ShotgraphError, Terminal
from shotgraph.failpoints import Failpoint, reach
from shotgraph.foreign_text import one_line
from shotgraph.inputs.hosts import is_below
from shotgraph.money.connection import FalConnection
from shotgraph.money.events import Accepted
from shotgraph.money.failures import refusal
from shotgraph.money.replies import Reply, read_reply
from shotgraph.money.reply_models import SubmitReply
from shotgraph.money.windows import Windows

MOST_TAGS = 10
MOST_CHARACTERS = 128
"""The most characters of a tag's value. fal takes 256, and 1,024 bytes for all keys and values."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def submit_headers(
    windows: Windows, tags: Mapping[str, str], *, allow_fallback: bool = False
) -> dict[str, str]:
    """Make the headers of the submission.

    Args:
        windows: How long the job may wait for a runner.
        tags: Labels for fal's reports of costs; the first `MOST_TAGS` are sent.
        allow_fallback: Whether fal may use an equivalent endpoint if the job's own fails.
    """
    start_s = f"{windows.start_s:g}"
    headers = {"X-Fal-Request-Timeout": start_s, "X-Fal-Request-Start-Timeout": start_s}
    if not allow_fallback:
        headers |= {"x-app-fal-disable-fallback": "1", "x-fal-disable-fallbacks": "1"}
    said = [f"{name}={_value(text)}" for name, text in tags.items() if _value(text)]
    if said:
        headers["X-Fal-Tags"] = ",".join(said[:MOST_TAGS])
    return headers


def _value(text: str) -> str:
    """Keep letters, digits and ``._-``: fal drops a tag with other characters."""
    return _UNSAFE.sub("-", text).strip("-")[:MOST_CHARACTERS]


class NotSent(Retryable):
    """Not a byte of a submission was sent; nothing was bought."""

    code = "not_sent"


@dataclass
class _Wire:
    """Watches the sending of a request, from inside the connection.

    Attributes:
        sent: Whether a byte of the request itself may have been sent.
    """

    send_by: float
    clock: Clock
    sent: bool = False

    async def trace(self, event: str, info: dict[str, Any]) -> None:
        """Called at every step of the transport (httpcore's trace extension)."""
        if event.endswith("connect_tcp.complete"):
            reach(Failpoint.CONNECTED)
        elif event.endswith("send_request_headers.started") and info["request"].method == b"POST":
            # Not the CONNECT before it, which asks a proxy for the connection.
            if self.clock.monotonic() >= self.send_by:
                raise NotSent("it was too late to send the job")
            reach(Failpoint.DEADLINE_CHECKED)
            self.sent = True
        elif event.endswith("send_request_headers.failed"):
            # All headers are written at once, or none of them if one can't be written.
            if isinstance(info["exception"], httpcore.LocalProtocolError):
                self.sent = False
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
        fal: The connection to fal.
        endpoint_id: The endpoint's full id.
        body: Bare JSON, as documented (https://docs.fal.ai/model-apis/model-endpoints/queue).
        what: The job's name in messages.
        clock: For the deadline, and the record's time.
        windows: How long the answer may take, and how long the job may wait at fal.
        send_by: The moment, on the monotonic clock, after which the job is not sent any more.
        tags: Labels for fal's reports of costs.
        allow_fallback: Whether fal may use an equivalent endpoint.

    Raises:
        Retryable: Nothing was sent, or fal was too busy to accept the job.
        Refused: fal refused the job; nothing was bought.
        Ambiguous: The job was sent, and no answer tells whether fal accepted it.
    """
    wire = _Wire(send_by, clock)
    try:
        reply = await _post(
            fal,
            endpoint_id,
            body,
            submit_headers(windows, tags or {}, allow_fallback=allow_fallback),
            within_s=windows.reply_s,
            wire=wire,
        )
    except NotSent as error:
        raise NotSent(f"{what}: {error.message}; nothing was sent, and nothing bought") from None
    except Exception as error:  # after any error: once a byte was sent, the job may exist
        if wire.sent:
            raise _unknown(what, f"the answer was lost ({type(error).__name__})") from None
        raise _not_sent(what, fal, error) from None
    reach(Failpoint.REPLY_READ)
    accepted = reply.read(SubmitReply) if reply.is_success else None
    if accepted is not None:
        return _accepted(accepted, fal, endpoint_id, clock)
    raise refusal(reply, what) or _unsettled(what, reply)


async def _post(
    fal: FalConnection,
    endpoint_id: str,
    body: dict[str, Any],
    headers: dict[str, str],
    *,
    within_s: float,
    wire: _Wire,
) -> Reply:
    deadline = asyncio.get_running_loop().time() + within_s
    async with fal.client() as client:
        request = client.build_request(
            "POST",
            f"{fal.bases.queue_url}/{endpoint_id}",
            json=body,
            headers={**headers, "Accept-Encoding": "identity"},
            extensions={"trace": wire.trace},
        )
        async with asyncio.timeout_at(deadline):
            response = await client.send(request, stream=True)
        return await read_reply(response, deadline)


def _accepted(reply: SubmitReply, fal: FalConnection, endpoint_id: str, clock: Clock) -> Accepted:
    built = request_by_id(fal, endpoint_id, reply.request_id, clock)
    # The key is sent to these URLs, so a URL of another host is not used.
    given = {
        name: url
        for name in ("status_url", "response_url", "cancel_url")
        if (url := getattr(reply, name)) is not None and is_below(url, fal.bases.queue_url)
    }
    return built.model_copy(update=given)


def request_by_id(
    fal: FalConnection, endpoint_id: str, request_id: str, clock: Clock, *, found: bool = False
) -> Accepted:
    """Make the record of a request from its id.

    The addresses for status, result and cancel use only the first parts of an endpoint's id:
    owner/app.
    """
    parts = endpoint_id.split("/")
    kept = 3 if parts[0] in ("workflows", "comfy") else 2
    url = "/".join([fal.bases.queue_url, *parts[:kept], "requests", quote(request_id, safe="")])
    return Accepted(
        at=clock.now(),
        request_id=request_id,
        status_url=f"{url}/status",
        response_url=url,
        cancel_url=f"{url}/cancel",
        found=found,
    )


def _not_sent(what: str, fal: FalConnection, error: Exception) -> ShotgraphError:
    if isinstance(error, ShotgraphError):
        return error
    if isinstance(error, httpx.LocalProtocolError | UnicodeError):
        # The error's text contains the header, which may contain the key.
        return Terminal(
            f"{what}: the request to fal can't be written ({type(error).__name__}): the key has "
            "a character that no key has. Nothing was sent. Copy the key again from "
            "fal.ai/dashboard/keys into the FalCredentials block or into FAL_KEY"
        )
    reason = one_line(str(error)) or type(error).__name__
    if isinstance(error, httpx.ProxyError):
        reason = f"the proxy did not let it through: {reason}"
    return NotSent(
        f"{what}: fal's queue at {fal.bases.queue_url} could not be reached ({reason}); "
        "nothing was sent"
    )


def _unsettled(what: str, reply: Reply) -> Ambiguous:
    """Make the error of a reply that does not tell whether fal accepted the job."""
    flaw = f", {reply.flaw}" if reply.flaw else ""
    why = (
        f"the answer was HTTP {reply.code}{flaw}, which does not tell whether fal accepted the job"
    )
    named = reply.request_id
    return _unknown(what, f"{why}; it names request {named}" if named else why)


def _unknown(what: str, why: str) -> Ambiguous:
    error = Ambiguous(
        f"{what}: the job was sent to fal once, and {why}. It may have been accepted and billed; "
        "it was not sent again"
    )
    error.why = why
    return error
