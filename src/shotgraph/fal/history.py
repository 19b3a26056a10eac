"""fal's list of past requests: what can find a job whose answer was lost.

https://docs.fal.ai/platform-apis/v1/models/requests/by-endpoint. It lists no request by its
input, needs payload storage to be on, and may leave out requests that are still running.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from shotgraph.errors import Retryable
from shotgraph.fal.connection import FalConnection
from shotgraph.fal.replies import NoReply, ask
from shotgraph.fal.reply_models import ListedRequest, ListingPage

PAGE = 100
MAX_PAGES = 50


@dataclass(frozen=True)
class PastRequest:
    """One request as fal lists it.

    Attributes:
        input: What was sent; None where fal does not keep it.
        status_code: None while it is running.
    """

    request_id: str
    input: dict[str, Any] | None
    status_code: int | None


@dataclass(frozen=True)
class Listing:
    """fal's list, every page of it.

    Attributes:
        dated: When fal made the first page, by its own clock; None where it did not say.
    """

    requests: list[PastRequest]
    dated: datetime | None


async def past_requests(
    fal: FalConnection, endpoint_id: str, *, start: datetime, end: datetime
) -> Listing:
    """List an endpoint's requests in a window of time, every page.

    Raises:
        Retryable: They can't be listed now.
    """
    found: list[PastRequest] = []
    dated: datetime | None = None
    params = {
        "endpoint_id": endpoint_id,
        "start": start.isoformat(),
        "end": end.isoformat(),
        "expand": "payloads",
        "limit": str(PAGE),
    }
    async with fal.client() as client:
        for _ in range(MAX_PAGES):
            page, date = await _page(client, fal, params)
            dated = _moment(date) if dated is None else dated
            found += [_request(item) for item in page.items]
            if not page.next_cursor:
                return Listing(found, dated)
            params["cursor"] = page.next_cursor
    raise Retryable(f"fal lists more than {PAGE * MAX_PAGES} requests in that time")


async def _page(
    client: httpx.AsyncClient, fal: FalConnection, params: dict[str, str]
) -> tuple[ListingPage, str]:
    url = f"{fal.bases.api_url}/v1/models/requests/by-endpoint"
    try:
        reply = await ask(client, "GET", url, params=params)
        return reply.fitting(ListingPage), reply.headers.get("date", "")
    except NoReply as error:
        raise Retryable(f"fal's requests can't be listed: {error.message}") from None


def _request(item: ListedRequest) -> PastRequest:
    return PastRequest(item.request_id, item.json_input, item.status_code)


def _moment(date: str) -> datetime | None:
    """Read a ``Date`` header; None if there was none that can be read."""
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def is_answer_to(body: dict[str, Any], listed: dict[str, Any]) -> bool:
    """Tell whether a listed input is what was sent: all of it, and perhaps defaults besides."""
    return all(key in listed and listed[key] == value for key, value in body.items())
