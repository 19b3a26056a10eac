"""Prices, the list of past requests, and OpenAPI documents, as at ``api.fal.ai``.

Where fal's list is not documented, this list does the worse: it lacks running requests, begins with
the latest end, and takes a request only if both its submission and its end are in the time window.
The faults whose names begin with ``listing_`` change that.
"""

import base64
import binascii
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shotgraph.rehearsal.accepted_job import AcceptedJob
from shotgraph.rehearsal.crew import unit_price_usd
from shotgraph.rehearsal.faults import Change
from shotgraph.rehearsal.spoilt_replies import with_faults
from shotgraph.rehearsal.stage import Stage, stage_of

_WINDOW = timedelta(hours=24)
_MOST = 100
_USUAL = 50
_STATUS: dict[str, Callable[[int], bool]] = {
    "success": lambda code: code < 400,
    "user_error": lambda code: 400 <= code < 500,
    "error": lambda code: code >= 500,
}


def routes() -> list[Route]:
    """Return the routes below the base URL of the platform API."""
    return [
        Route("/v1/models/pricing", with_faults("pricing", pricing)),
        Route("/v1/models/requests/by-endpoint", with_faults("listing", listing)),
        # This route needs no key, as at fal.
        Route("/openapi/queue/openapi.json", read_schema, methods=["GET"]),
    ]


async def read_schema(request: Request) -> Response:
    """Return the OpenAPI document of an endpoint; 404 and ``null`` if the server has none.

    A client can put a document there: ``PUT /_rehearsal/schemas?endpoint_id=…``.
    """
    stage = stage_of(request)
    stage.book.count("schemas")
    document = stage.schemas.get(request.query_params.get("endpoint_id", ""))
    return JSONResponse(document, 200 if document is not None else 404)


async def pricing(request: Request, stage: Stage) -> Response:
    """Return the price of each endpoint in the query."""
    stage.book.count("pricings")
    ids = _endpoint_ids(request)
    found = {endpoint_id: unit_price_usd(endpoint_id, stage.faults) for endpoint_id in ids}
    unknown = [endpoint_id for endpoint_id, price in found.items() if price is None]
    if unknown:
        return _error(404, "not_found", f"Endpoint(s) not found: {', '.join(unknown)}")
    prices = [
        {
            "endpoint_id": endpoint_id,
            "unit_price": float(price[0]),
            "unit": price[1],
            "currency": "USD",
        }
        for endpoint_id, price in found.items()
        if price is not None
    ]
    return JSONResponse({"prices": prices, "next_cursor": None, "has_more": False})


async def listing(request: Request, stage: Stage) -> Response:
    """Return one page of the requests of some endpoints, the latest end first."""
    stage.book.count("listings")
    query = _query(request, stage.options.now())
    if not query.endpoint_ids and query.request_id is None:
        return _error(400, "validation_error", "endpoint_id is required")
    found = [job for job in stage.book if _listed(job, query, stage)]
    found.sort(key=lambda job: job.ended_at or job.received_at, reverse=True)
    page = found[query.offset : query.offset + query.limit]
    after = query.offset + len(page)
    has_more = after < len(found)
    return JSONResponse(
        {
            "items": [_item(job, query, stage) for job in page],
            "has_more": has_more,
            "next_cursor": _cursor(after) if has_more else None,
        }
    )


@dataclass(frozen=True)
class _Query:
    endpoint_ids: frozenset[str]
    request_id: str | None
    start: datetime
    end: datetime
    status: str | None
    limit: int
    offset: int
    with_payloads: bool


def _query(request: Request, now: datetime) -> _Query:
    asked = request.query_params
    status = asked.get("status")
    if status is not None and status not in _STATUS:
        raise HTTPException(400, f"status is one of {', '.join(_STATUS)}")
    limit = asked.get("limit", str(_USUAL))
    if not limit.isdecimal() or not 1 <= int(limit) <= _MOST:
        raise HTTPException(400, f"limit is a number from 1 to {_MOST}")
    return _Query(
        endpoint_ids=frozenset(_endpoint_ids(request)),
        request_id=asked.get("request_id"),
        start=_moment(asked.get("start"), now - _WINDOW),
        end=_moment(asked.get("end"), now),
        status=status,
        limit=int(limit),
        offset=_offset(asked.get("cursor")),
        with_payloads="payloads" in _commas(request, "expand"),
    )


def _endpoint_ids(request: Request) -> list[str]:
    return list(dict.fromkeys(_commas(request, "endpoint_id")))


def _commas(request: Request, name: str) -> Iterator[str]:
    for values in request.query_params.getlist(name):
        yield from (value for value in values.split(",") if value)


def _moment(text: str | None, otherwise: datetime) -> datetime:
    if text is None:
        return otherwise
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise HTTPException(400, f"{text!r} is not an ISO 8601 date") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _cursor(offset: int) -> str:
    return base64.urlsafe_b64encode(str(offset).encode()).decode()


def _offset(cursor: str | None) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor)) if cursor else 0
    except (binascii.Error, ValueError) as error:
        raise HTTPException(400, "cursor is not one of ours") from error


def _listed(job: AcceptedJob, query: _Query, stage: Stage) -> bool:
    if query.endpoint_ids and job.endpoint_id not in query.endpoint_ids:
        return False
    if query.request_id not in (None, job.request_id):
        return False
    code = job.outcome.status_code if job.outcome is not None else None
    if query.status is not None and (code is None or not _STATUS[query.status](code)):
        return False
    known_since = job.ended_at
    if stage.faults.is_on("listing_shows_running", job.endpoint_id):
        known_since = job.received_at
    if known_since is None:
        return False
    late = stage.faults.is_on("listing_late", job.endpoint_id)
    lag_s = (late.seconds or 0) if late is not None else 0
    if stage.options.now() < known_since + timedelta(seconds=lag_s):
        return False
    moments = (job.received_at, job.ended_at or job.received_at)
    return all(query.start <= moment <= query.end for moment in moments)


def _item(job: AcceptedJob, query: _Query, stage: Stage) -> dict[str, Any]:
    outcome = job.outcome
    item: dict[str, Any] = {
        "request_id": job.request_id,
        "endpoint_id": job.endpoint_id,
        "sent_at": job.received_at.isoformat(),
        "started_at": job.started_at.isoformat() if job.started_at else None,
        "ended_at": job.ended_at.isoformat() if job.ended_at else None,
        "status_code": outcome.status_code if outcome else None,
        "duration": job.inference_s if outcome else None,
    }
    if query.with_payloads and not stage.faults.is_on("listing_without_payloads", job.endpoint_id):
        shown = stage.faults.is_on("listing_changed", job.endpoint_id)
        item["json_input"] = changed(job.input, shown.change) if shown is not None else job.input
        item["json_output"] = outcome.body if outcome else None
    return item


def _error(status_code: int, kind: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"type": kind, "message": message}}, status_code)


ANOTHER_HOST = "https://v3b.fal.media/files/copied"
CUT_AFTER = 60
"""The characters of a text that is cut."""


def changed(value: Any, change: Change) -> Any:
    """Return an input in another form, as a list of requests may show it.

    Args:
        value: The input.
        change: The form; `Fault.change` has them all.
    """
    if change == "wrapped":
        return {"input": value}
    if change == "bare":
        inside = value.items() if isinstance(value, dict) else ()
        return {name: one for name, one in inside if isinstance(one, str) and not _is_url(one)}
    return _each(value, change)


def _each(value: Any, change: Change) -> Any:
    if isinstance(value, dict):
        return {name: _each(one, change) for name, one in value.items()}
    if isinstance(value, list):
        return [_each(one, change) for one in value]
    if not isinstance(value, str):
        return value
    return _url(value, change) if _is_url(value) else _text(value, change)


def _is_url(text: str) -> bool:
    return text.startswith(("https://", "http://"))


def _url(url: str, change: Change) -> str:
    match change:
        case "host":
            return f"{ANOTHER_HOST}/{url.rpartition('/')[2]}"
        case "query":
            return f"{url}?token=1"
    return url


def _text(text: str, change: Change) -> str:
    match change:
        case "space":
            return f" {text}\n"
        case "case":
            return text.upper()
        case "cut":
            return text[:CUT_AFTER]
    return text
