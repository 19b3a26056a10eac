"""Refuse callers of a local server, by the host name in the request and the page that sends it.

A browser lets any page send requests to this machine. ``Origin`` names that page, but not every
request has it. A page that points its own name to this machine (DNS rebinding) has the same origin
as the server; only the name in ``Host`` shows this.
"""

import re
from collections.abc import Iterable
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_WEBSOCKET_REFUSED = 1008
_HOST = re.compile(r"[\w.:\[\]-]+", re.ASCII)


class KnownCallers:
    """Middleware that refuses requests to a foreign host name, or from a page of another origin.

    Args:
        names: The host names that the server answers to, without ports.
        any_address: Whether it answers to every IP address too. No page can have one as its name.
        below: The path prefix that is protected; other paths are open to all.
        mend: Advice for a person who uses another host name, added to the message.
    """

    def __init__(
        self,
        app: "ASGIApp",
        names: Iterable[str] = LOOPBACK,
        *,
        any_address: bool = False,
        below: str = "/",
        mend: str = "",
    ) -> None:
        self._app = app
        self._names = {_name(name) for name in names}
        self._any_address = any_address
        self._below = below
        self._mend = mend

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Refuse a request, or pass it to the application."""
        is_call = scope["type"] in ("http", "websocket")
        said = self._refusal(scope) if is_call and scope["path"].startswith(self._below) else None
        if said is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _WEBSOCKET_REFUSED})
        else:
            from starlette.responses import PlainTextResponse

            await PlainTextResponse(f"{said}\n", 403)(scope, receive, send)

    def _refusal(self, scope: "Scope") -> str | None:
        headers: dict[str, list[str]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
        hosts = headers.get("host", [])
        if len(hosts) != 1 or not self._is_known(hosts[0]):
            return f"This server does not answer to that name.{self._mend}"
        own = {f"{scheme}://{hosts[0]}" for scheme in ("http", "https")}
        if not own.issuperset(headers.get("origin", [])):
            return "A page of another origin may not call this server."
        return None

    def _is_known(self, host: str) -> bool:
        name = _name(host)
        return name in self._names or (self._any_address and _is_address(name))


def _name(host: str) -> str:
    """The name in a Host header, without port and brackets; '' if it is malformed."""
    if not _HOST.fullmatch(host):
        return ""
    if host.count(":") > 1 and not host.startswith("["):
        return host.lower()  # an address of version 6, as people write it without a port
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
