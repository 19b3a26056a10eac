"""fal's list of past requests: what can find a job whose answer was lost.

https://docs.fal.ai/platform-apis/v1/models/requests/by-endpoint. It lists no request by its
input, needs payload storage to be on, and may leave out requests that are still running.
"""

from dataclasses import dataclass
from datetime import datetime
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


async def past_requests(
    fal: FalConnection, endpoint_id: str, *, start: datetime, end: datetime
) -> list[PastRequest]:
    """List an endpoint's requests in a window of time, every page.

    Raises:
        Retryable: They can't be listed now.
    """
    found: list[PastRequest] = []
    params = {
        "endpoint_id": endpoint_id,
        "start": start.isoformat(),
        "end": end.isoformat(),
        "expand": "payloads",
        "limit": str(PAGE),
    }
    async with fal.client() as client:
        for _ in range(MAX_PAGES):
            page = await _page(client, fal, params)
            found += [_request(item) for item in page.items]
            if not page.next_cursor:
                return found
            params["cursor"] = page.next_cursor
    raise Retryable(f"fal lists more than {PAGE * MAX_PAGES} requests in that time")


async def _page(
    client: httpx.AsyncClient, fal: FalConnection, params: dict[str, str]
) -> ListingPage:
    url = f"{fal.bases.api_url}/v1/models/requests/by-endpoint"
    try:
        return (await ask(client, "GET", url, params=params)).fitting(ListingPage)
    except NoReply as error:
        raise Retryable(f"fal's requests can't be listed: {error.message}") from None


def _request(item: ListedRequest) -> PastRequest:
    return PastRequest(item.request_id, item.json_input, item.status_code)


def is_answer_to(body: dict[str, Any], listed: dict[str, Any]) -> bool:
    """Tell whether a listed input is what was sent: all of it, and perhaps defaults besides."""
    return all(key in listed and listed[key] == value for key, value in body.items())
