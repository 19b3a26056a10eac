"""The server, until it is stopped."""

import json
import sys
from ipaddress import ip_address

import uvicorn

from shotgraph.errors import InvalidInput
from shotgraph.store import Store
from shotgraph.view.app import LOOPBACK, make_app


async def serve(store: Store, *, host: str, port: int, known_as: str | None = None) -> None:
    """Serve a store; the first line on stdout says where, as JSON.

    Args:
        store: Which.
        host: The address that it listens at.
        port: 0 takes a free one.
        known_as: Another name that people reach it by.

    Raises:
        InvalidInput: It can't listen there.
    """
    hosts = [*LOOPBACK, *((known_as,) if known_as else ())] if _is_loopback(host) else ["*"]
    config = uvicorn.Config(
        make_app(store, hosts), host=host, port=port, log_level="warning", server_header=False
    )
    try:
        listening = config.bind_socket()
    except SystemExit:
        raise InvalidInput(f"can't listen at {host}, port {port}: is it taken?") from None
    taken = listening.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    sys.stdout.write(json.dumps({"url": f"http://{shown}:{taken}", "store": store.location}) + "\n")
    sys.stdout.flush()
    await uvicorn.Server(config).serve(sockets=[listening])


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
