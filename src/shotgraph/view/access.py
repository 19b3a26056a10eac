"""Who sees the films: whoever has the token, from the link that `serve` prints once.

The link leaves a cookie in the browser, so that no token stands in the pages or in its history. A
timeline is opened by programs that have no cookie: its URLs carry a grant for one clip each.
"""

import hashlib
import hmac
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers
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
        # Two servers of one machine share their cookies, whatever their ports.
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
        # The path alone: what a browser would take for another host begins with two slashes.
        reply = RedirectResponse("/" + scope["path"].lstrip("/"), 303)
        reply.headers["referrer-policy"] = "no-referrer"
        reply.set_cookie(self._cookie, self._token, httponly=True, samesite="lax")
        return reply


def grant_for(token: str, path: str) -> str:
    """Make a grant: it opens one path, and shows nothing of the token."""
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
