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
from shotgraph.fal.replies import json_of, said_by

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
            found += [_request(item) for item in page.get("items", []) if isinstance(item, dict)]
            cursor = page.get("next_cursor")
            if not cursor:
                return found
            params["cursor"] = str(cursor)
    raise Retryable(f"fal lists more than {PAGE * MAX_PAGES} requests in that time")


async def _page(
    client: httpx.AsyncClient, fal: FalConnection, params: dict[str, str]
) -> dict[str, Any]:
    try:
        response = await client.get(
            f"{fal.bases.api_url}/v1/models/requests/by-endpoint", params=params
        )
    except httpx.HTTPError as error:
        raise Retryable(f"fal's requests can't be listed: {type(error).__name__}") from None
    page = json_of(response)
    if not response.is_success or not isinstance(page, dict) or "items" not in page:
        raise Retryable(f"fal's requests can't be listed: {said_by(response)}")
    return page


def _request(item: dict[str, Any]) -> PastRequest:
    sent = item.get("json_input")
    code = item.get("status_code")
    return PastRequest(
        request_id=str(item.get("request_id", "")),
        input=sent if isinstance(sent, dict) else None,
        status_code=code if isinstance(code, int) else None,
    )


def is_answer_to(body: dict[str, Any], listed: dict[str, Any]) -> bool:
    """Tell whether a listed input is what was sent: all of it, and perhaps defaults besides."""
    return all(key in listed and listed[key] == value for key, value in body.items())
