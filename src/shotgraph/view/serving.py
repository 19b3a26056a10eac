"""The view's server: its address, its names, and how long it waits for a request."""

import asyncio
import json
import os
import secrets
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from errno import EADDRINUSE, EADDRNOTAVAIL
from functools import partial
from ipaddress import ip_address

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from shotgraph.callers import LOOPBACK
from shotgraph.errors import InvalidInput
from shotgraph.money.decisions import PERSON
from shotgraph.store import Store
from shotgraph.view.access import TOKEN
from shotgraph.view.app import make_app
from shotgraph.view.decide import Resume
from shotgraph.view.film_pages import PlanOf

_BACKLOG = 2048
HEADERS_S = 10.0
"""The most time in which a request must arrive; uvicorn itself has no limit."""


async def serve(
    store: Store,
    *,
    host: str,
    port: int,
    known_as: str | None = None,
    token: str | None = None,
    resume: Resume | None = None,
    plans: Sequence[PlanOf] = (),
    on_ready: Callable[[Mapping[str, str]], None] | None = None,
    person: str = PERSON,
) -> None:
    """Serve a store; the first line on stdout has the address, as JSON.

    Args:
        store: The store with the films.
        host: The address to listen at.
        port: The port; 0 takes a free one.
        known_as: Another host name by which people reach the server.
        token: The token that it requires. If None, it makes one up, and prints it once.
        resume: Resumes a run that waits in Prefect; None if Prefect is not available.
        plans: The files that were named at the start; each is planned when a person opens the page.
        on_ready: Called with the address as soon as the server listens, instead of stdout.
        person: The name of the person who decides here.

        Raises:
            InvalidInput: The server can't listen at this address and port.
    """
    names = [*LOOPBACK, host, *((known_as,) if known_as else ())]
    asked = token or secrets.token_urlsafe(24)
    config = uvicorn.Config(
        make_app(
            store,
            names,
            any_address=not _is_loopback(host),
            token=asked,
            resume=resume,
            plans=plans,
            person=person,
        ),
        http=Connection,
        host=host,
        port=port,
        log_level="warning",
        server_header=False,
        # Pages that watch would delay the end.
        timeout_graceful_shutdown=1,
    )
    listening = _listening_at(host, port)
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{listening.getsockname()[1]}"
    said = {"url": url, "store": store.location}
    if token is None:
        said["link"] = f"{url}/?{TOKEN}={asked}"
    await _Server(config, partial(on_ready or _print, said)).serve(sockets=[listening])


def _print(said: Mapping[str, str]) -> None:
    sys.stdout.write(f"{json.dumps(said)}\n")
    sys.stdout.flush()


class _Server(uvicorn.Server):
    """A uvicorn server that gives its address as soon as it listens."""

    def __init__(self, config: uvicorn.Config, say: Callable[[], None]) -> None:
        super().__init__(config)
        self._say = say

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then give the address."""
        await super().startup(sockets)
        self._say()


class Connection(H11Protocol):
    """uvicorn's protocol; ends a connection without a whole request in time."""

    _due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the time limit of the first request."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """End or keep the time limit; a byte now and then does not renew it."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the time limit."""
        self._wait_no_longer()
        super().connection_lost(exc)

    def _watch(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._wait_no_longer()
        elif self._due is None and not self.transport.is_closing():
            self._due = self.loop.call_later(HEADERS_S, self.transport.abort)

    def _wait_no_longer(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None


def _listening_at(host: str, port: int) -> socket.socket:
    """Open the server's socket; uvicorn itself would print an error of its own and exit."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    allowed = "allowed: an address or a name of this machine, such as 127.0.0.1, or 0.0.0.0 for all"
    try:
        socket.getaddrinfo(host, port)  # create_server hides which of both failed
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (socket.gaierror, UnicodeError):
        raise InvalidInput(f"can't listen at {host}: the name is not known; {allowed}") from None
    except OSError as error:
        if error.errno == EADDRNOTAVAIL:
            what = f"can't listen at {host}: this machine has no such address; {allowed}"
        elif error.errno == EADDRINUSE:
            what = (
                f"can't listen at {host}, port {port}: the port is taken by another program. "
                "Give another --port; 0 takes a free one"
            )
        else:
            what = f"can't listen at {host}, port {port}: {os.strerror(error.errno or 0)}"
        raise InvalidInput(what) from None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
