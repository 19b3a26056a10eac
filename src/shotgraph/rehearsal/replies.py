"""What fal answers, by its own words."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

REQUEST_ID: Final = "x-fal-request-id"

WRONG_KEY: Final = {"detail": "No user found for Key ID and Secret"}
LOCKED: Final = {
    "detail": "User is locked. Reason: Exhausted balance. "
    "Top up your balance at fal.ai/dashboard/billing."
}
NOT_FOUND: Final = {"status": "NOT_FOUND"}

_FAL_BODIES: Final[Mapping[int, Any]] = {
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
    """A JSON reply, with fal's header for the request's id."""
    own = {REQUEST_ID: request_id} if request_id is not None else {}
    return JSONResponse(body, status_code, headers={**own, **(headers or {})})


def fal_refusal(status_code: int, *, retry_after_s: float | None = None) -> JSONResponse:
    """An error as fal's own servers say it."""
    body = _FAL_BODIES.get(status_code, {"detail": "Internal Server Error"})
    headers = {}
    if status_code == 429:
        headers["X-Fal-Needs-Retry"] = "1"
    if retry_after_s is not None:
        headers["Retry-After"] = f"{retry_after_s:g}"
    return JSONResponse(body, status_code, headers=headers)


def nginx_error(status_code: int) -> Response:
    """An error as the nginx before fal says it."""
    reason = _REASONS.get(status_code, "Error")
    page = _NGINX.format(status=status_code, reason=reason)
    return Response(page, status_code, media_type="text/html")


def key_accepted(request: Request, key: str) -> bool:
    """Whether a request carries the key; fal takes ``Authorization: Key …``."""
    return request.headers.get("authorization") == f"Key {key}"
