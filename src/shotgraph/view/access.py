"""Access to the films, and checks of requests that send data.

The token opens everything; `serve` prints a link with it once.

The link sets a cookie in the browser, so the pages and the browser's history hold no token.
Programs that open a timeline have no cookie: each URL in a timeline carries a grant for one clip.

Data must be JSON of a known shape, from a page of this server. A browser sends the cookie with
requests of other pages too, and treats other ports of this machine as the same site. So a request
with data must have an ``Origin``; and a form can't send JSON.
"""

import hashlib
import hmac
from http.cookies import CookieError, SimpleCookie
from typing import TypeVar
from urllib.parse import parse_qs

from pydantic import BaseModel, ValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

TOKEN, GRANT = "token", "grant"
_MOST_FIELDS = 100
_READING = ("GET", "HEAD")
ASKED = (
    "These films are shown to whoever has the token. Open the link that shotgraph view "
    "printed when it started, or set SHOTGRAPH_VIEW_TOKEN and start it again."
)


class TokenAsked:
    """Answers only requests with the token: in a cookie, in a header, or once in the address."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token
        # Servers on one machine share their cookies, even on different ports.
        self._cookie = f"shotgraph-view-{hashlib.sha256(token.encode()).hexdigest()[:8]}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it to the application."""
        if scope["type"] != "http" or self._may_see(scope):
            await self._app(scope, receive, send)
            return
        await self._without_cookie(scope)(scope, receive, send)

    def _may_see(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        scheme, _, given = headers.get("authorization", "").partition(" ")
        bearer = given if scheme.lower() == "bearer" else ""
        grant = _asked(scope, GRANT)
        return (
            _same(_cookie(headers.get("cookie", ""), self._cookie), self._token)
            or _same(bearer, self._token)
            or bool(
                grant
                and scope["method"] in _READING
                and _same(grant, grant_for(self._token, scope["path"]))
            )
        )

    def _without_cookie(self, scope: Scope) -> Response:
        if scope["method"] not in _READING or not _same(_asked(scope, TOKEN), self._token):
            return PlainTextResponse(f"{ASKED}\n", 401)
        # The path alone: a browser takes a path with two slashes at its start for another host.
        reply = RedirectResponse("/" + scope["path"].lstrip("/"), 303)
        reply.headers["referrer-policy"] = "no-referrer"
        reply.set_cookie(self._cookie, self._token, httponly=True, samesite="lax")
        return reply


def grant_for(token: str, path: str) -> str:
    """Make a grant: it opens one path, and does not reveal the token."""
    return hmac.new(token.encode(), path.encode(), "sha256").hexdigest()


def _asked(scope: Scope, name: str) -> str:
    query: str = scope["query_string"].decode("latin-1")
    try:
        return parse_qs(query, max_num_fields=_MOST_FIELDS).get(name, [""])[0]
    except ValueError:
        return ""


def _cookie(header: str, name: str) -> str:
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return str(found.value) if found is not None else ""


def _same(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode(), token.encode())


MOST_BYTES = 1 << 15
"""The largest body that a page may send."""

Body = TypeVar("Body", bound=BaseModel)


async def body_of(request: Request, shape: type[Body]) -> Body:
    """Read the body of a request.

    Raises:
        HTTPException: It is not from a page of this server, or has another shape.
    """
    _check_sender(request)
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise HTTPException(415, "The request must be JSON.")
    read = bytearray()
    async for part in request.stream():
        read += part
        if len(read) > MOST_BYTES:
            raise HTTPException(413, "The request is too large.")
    try:
        return shape.model_validate_json(bytes(read))
    except ValidationError as error:
        raise HTTPException(422, _said(error)) from None


_PLAIN = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such field",
    "string_too_short": "it is empty",
    "string_type": "it is not a text",
    "int_type": "it is not a whole number",
    "int_from_float": "it is not a whole number",
    "model_type": "it is not a JSON object",
}
"""pydantic's findings, in plain words."""


def _said(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return f"The request is not JSON: {first['ctx']['error']}"
    bounds = first.get("ctx", {})
    what = _PLAIN.get(first["type"], first["msg"])
    if first["type"] == "string_too_long":
        what = f"it has more than {bounds['max_length']} characters"
    elif first["type"] == "value_error":
        what = str(bounds["error"])
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {what}" if place else f"The request is wrong: {what}"


def _check_sender(request: Request) -> None:
    # A sender with the token itself is no page, since no page has the token.
    if request.headers.get("authorization", "").lower().startswith("bearer "):
        return
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise HTTPException(403, "Only a page of this server may send this request.")
    # `callers` has refused foreign origins before; here there must be an origin.
    if not request.headers.get("origin"):
        raise HTTPException(
            403, "The request does not name the page that sent it (no Origin header)."
        )
