"""End a connection as a broken network does; HTTP itself has no way to do so."""

import asyncio
import socket
import struct

from starlette.types import Receive, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

_NO_LINGER = struct.pack("ii", 1, 0)


class Connection(H11Protocol):
    """uvicorn's own protocol, which lets the application reach its transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Put the transport where each request of this connection finds it."""
        super().connection_made(transport)
        # asyncio sets this only on sockets that were opened with TCP named; ours was not, and
        # every reply would wait 40 ms for the client's delayed acknowledgement.
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app_state = {**self.app_state, "transport": transport}


def transport_of(scope: Scope) -> asyncio.Transport:
    """The transport that a request came over."""
    transport: asyncio.Transport = scope["state"]["transport"]
    return transport


async def end(scope: Scope, receive: Receive, *, reset: bool) -> None:
    """Close the connection, after what was sent; or reset it, at once."""
    transport = transport_of(scope)
    if reset:
        # Linger 0 makes the kernel send RST in place of FIN.
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        transport.abort()
    else:
        transport.close()
    await until_gone(receive)


async def until_gone(receive: Receive) -> None:
    """Wait until the other side, or we, closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
