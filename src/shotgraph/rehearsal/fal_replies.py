"""Build replies in fal's form, and read requests as fal reads them."""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from shotgraph.endpoints import ENDPOINTS

REQUEST_ID: Final = "x-fal-request-id"

WRONG_KEY: Final = {"detail": "No user found for Key ID and Secret"}
LOCKED: Final = {
    "detail": "User is locked. Reason: Exhausted balance. "
    "Top up your balance at fal.ai/dashboard/billing."
}
NOT_FOUND: Final = {"status": "NOT_FOUND"}

_FAL_BODIES: Final[Mapping[int, Any]] = {
    400: {"detail": "Bad request", "error_type": "bad_request"},
    401: WRONG_KEY,
    403: LOCKED,
    404: {"detail": "Not Found"},
    408: {"detail": "Request Timeout"},
    409: {"detail": "Conflict"},
    422: {"detail": [{"loc": ["body"], "msg": "value is not valid", "type": "value_error"}]},
    429: {"detail": "Too many requests"},
}
_NGINX = (
    "<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n"
    "<center><h1>{status} {reason}</h1></center>\r\n<hr><center>nginx</center>\r\n"
    "</body>\r\n</html>\r\n"
)
_REASONS: Final = {
    408: "Request Time-out",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}


def json_reply(
    body: Any,
    status_code: int = 200,
    *,
    request_id: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return a JSON reply, with the request's id in fal's header."""
    own = {REQUEST_ID: request_id} if request_id is not None else {}
    return JSONResponse(body, status_code, headers={**own, **(headers or {})})


def fal_refusal(status_code: int, *, retry_after_s: float | None = None) -> JSONResponse:
    """Return an error reply in the form of fal's own servers."""
    body = _FAL_BODIES.get(status_code, {"detail": "Internal Server Error"})
    headers = {}
    if status_code == 429:
        headers["X-Fal-Needs-Retry"] = "1"
    if retry_after_s is not None:
        headers["Retry-After"] = f"{retry_after_s:g}"
    return JSONResponse(body, status_code, headers=headers)


def nginx_error(status_code: int, *, retry_after_s: float | None = None) -> Response:
    """Return an error reply in the form of the nginx in front of fal."""
    reason = _REASONS.get(status_code, "Error")
    page = _NGINX.format(status=status_code, reason=reason)
    headers = {"Retry-After": f"{retry_after_s:g}"} if retry_after_s is not None else {}
    return Response(page, status_code, media_type="text/html", headers=headers)


def key_accepted(request: Request, key: str) -> bool:
    """Whether a request has the key; fal reads it from ``Authorization: Key …``."""
    given = request.headers.get("authorization", "")
    return hmac.compare_digest(given.encode(), f"Key {key}".encode())


async def read_body(request: Request, max_bytes: int) -> bytes:
    """Read the whole body.

    Raises:
        HTTPException: 413, if the body is longer than `max_bytes`.
    """
    kept = bytearray()
    async for chunk in request.stream():
        if len(kept) + len(chunk) > max_bytes:
            raise HTTPException(413, f"a body of at most {max_bytes} bytes is read")
        kept += chunk
    return bytes(kept)


MAX_LEVELS = 64
"""The most levels in a JSON body: the server checks it recursively, keeps it and sends it again."""
_TOO_DEEP = f"JSON of at most {MAX_LEVELS} levels is read"


def as_input(body: bytes) -> Any:
    """Read a body as the input of a job: JSON, or otherwise text. fal queues both.

    Raises:
        HTTPException: 400, if the JSON is nested too deeply.
    """
    try:
        found = json.loads(body)
        # JSON that can't be written again, such as NaN or half a surrogate pair, counts as text.
        json.dumps(found, allow_nan=False, ensure_ascii=False).encode()
    except RecursionError:
        raise HTTPException(400, _TOO_DEEP) from None
    except ValueError:
        return body.decode("utf-8", "replace")
    if not _is_within(found, MAX_LEVELS):
        raise HTTPException(400, _TOO_DEEP)
    return found


def _is_within(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return True
    inside = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_is_within(item, levels - 1) for item in inside)


async def read_object(request: Request, max_bytes: int = 1 << 20) -> dict[str, Any]:
    """Read a small JSON object.

    Raises:
        HTTPException: 400, if the body is not a JSON object; 413, if it is too long.
    """
    body = as_input(await read_body(request, max_bytes))
    if not isinstance(body, dict):
        raise HTTPException(400, "a JSON object was expected")
    return body


_NAMESPACES = ("workflows", "comfy")
_APP = rf"(?P<app>(?:(?:{'|'.join(_NAMESPACES)})/)?[^/]+/[^/]+)"
_OF_REQUEST = re.compile(
    rf"{_APP}/requests/(?P<request_id>[^/]+)(?:/(?P<what>status|status/stream|cancel))?"
)


@dataclass(frozen=True)
class RequestPath:
    """The path of a request about a submitted job.

    Attributes:
        app: ``owner/app``.
        request_id: The id from the reply to the submission.
        what: ``status``, ``status/stream``, ``cancel``; empty for the result.
    """

    app: str
    request_id: str
    what: str


def request_path(path: str) -> RequestPath | None:
    """Parse a path without its leading slash; None if it has another form."""
    found = _OF_REQUEST.fullmatch(path)
    if found is None:
        return None
    return RequestPath(found["app"], found["request_id"], found["what"] or "")


def app_of(endpoint_id: str) -> str:
    """Return the ``owner/app`` part of an endpoint's id."""
    segments = endpoint_id.split("/")
    return "/".join(segments[: 3 if segments[0] in _NAMESPACES else 2])


KLING_APPS = frozenset(app_of(endpoint_id) for endpoint_id in ENDPOINTS)
"""The apps of Kling's endpoints. Other paths below these apps give 404."""
