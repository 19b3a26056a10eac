"""Replies that are late, cut short or wrong, and broken connections, if a fault is switched on."""

import asyncio
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from shotgraph.rehearsal.fal_replies import (
    REQUEST_ID,
    WRONG_KEY,
    fal_refusal,
    json_reply,
    key_accepted,
    nginx_error,
)
from shotgraph.rehearsal.faults import Fault, RequestName
from shotgraph.rehearsal.stage import Stage, stage_of

_NO_LINGER = struct.pack("ii", 1, 0)


class BreakableConnection(H11Protocol):
    """uvicorn's protocol, with access to the transport for the application."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Store the transport in the state of each request of this connection."""
        super().connection_made(transport)
        # asyncio sets TCP_NODELAY only on sockets opened with an explicit TCP protocol, unlike
        # ours. Without it, each reply would wait 40 ms for the client's delayed acknowledgement.
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app_state = {**self.app_state, "transport": transport}


def _transport_of(scope: Scope) -> asyncio.Transport:
    """Return the transport of a request."""
    transport: asyncio.Transport = scope["state"]["transport"]
    return transport


async def _end(scope: Scope, receive: Receive, *, reset: bool) -> None:
    """Close the connection after the bytes sent so far, or reset it at once."""
    transport = _transport_of(scope)
    if reset:
        # Linger 0 makes the kernel send RST instead of FIN.
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        transport.abort()
    else:
        transport.close()
    await _until_gone(receive)


async def _until_gone(receive: Receive) -> None:
    """Wait until either side has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


_BOMB_BYTES = 64 << 20
_FREE_BOX = b"\x00\x00\x00\x0cfreegone"
_PAGE = "<!doctype html><html><body><h1>This is not the file</h1></body></html>"
_PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1.0,\n/etc/hostname\n#EXT-X-ENDLIST\n"


def refusal(fault: Fault) -> ASGIApp:
    """Return the answer to a request that has no effect."""
    return EndedConnection(reset=True) if fault.kind == "reset" else _error(fault)


async def spoil(reply: Response, fault: Fault) -> ASGIApp:
    """Return the answer that replaces the reply; the request has taken effect."""
    if fault.kind == "drop":
        return EndedConnection(reset=False)
    if fault.kind == "hang":
        return Held(reply, fault.seconds)
    if fault.kind == "status":
        return _with_request_id(_error(fault), reply, fault)
    if fault.kind == "redirect":
        return Response(status_code=307, headers={"location": fault.target})
    if fault.kind == "answer":
        return _with_request_id(json_reply(fault.answer, fault.status), reply, fault)
    media_type = reply.headers.get("content-type")
    if fault.kind in ("html", "playlist"):
        page = _PAGE if fault.kind == "html" else _PLAYLIST
        return Response(page.encode(), media_type=media_type)
    if fault.kind == "gzip_bomb":
        return Response(_bomb(), media_type=media_type, headers={"content-encoding": "gzip"})
    if isinstance(reply, StreamingResponse):
        return EndedConnection(reset=False)  # a stream has no known length to cut
    content = await asyncio.to_thread(_content, reply)
    if fault.kind == "other_file":
        return Response(content + _FREE_BOX, reply.status_code, media_type=media_type)
    if fault.kind == "truncated":
        half = Response(content[: len(content) // 2], reply.status_code, media_type=media_type)
        return _with_request_id(half, reply, fault)
    return Dribbled(reply, content, fault)


def _error(fault: Fault) -> Response:
    if fault.body == "nginx":
        return nginx_error(fault.status, retry_after_s=fault.retry_after_s)
    return fal_refusal(fault.status, retry_after_s=fault.retry_after_s)


def _with_request_id(spoilt: Response, reply: Response, fault: Fault) -> Response:
    if fault.with_request_id and REQUEST_ID in reply.headers:
        spoilt.headers[REQUEST_ID] = reply.headers[REQUEST_ID]
    return spoilt


def _content(reply: Response) -> bytes:
    if isinstance(reply, FileResponse):
        return Path(reply.path).read_bytes()
    return bytes(reply.body)


@lru_cache(maxsize=1)
def _bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    zeros = bytes(1 << 20)
    parts = [packer.compress(zeros) for _ in range(_BOMB_BYTES // len(zeros))]
    return b"".join([*parts, packer.flush()])


class EndedConnection:
    """An answer without a reply: the connection ends."""

    def __init__(self, *, reset: bool) -> None:
        self._reset = reset

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """End the connection."""
        await _end(scope, receive, reset=self._reset)


class Held:
    """An answer that sends the reply after some seconds, or never."""

    def __init__(self, reply: Response, seconds: float | None) -> None:
        self._reply = reply
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, then reply if the client is still connected."""
        try:
            async with asyncio.timeout(self._seconds):
                await _until_gone(receive)
        except TimeoutError:
            await self._reply(scope, receive, send)


class Dribbled:
    """An answer with the reply's headers, then the body in small parts, or only its first half."""

    def __init__(self, reply: Response, content: bytes, fault: Fault) -> None:
        self._reply = reply
        self._content = content
        self._fault = fault

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the headers, then the body as the fault requires."""
        headers = [pair for pair in self._reply.raw_headers if pair[0].lower() != b"content-length"]
        length = (b"content-length", str(len(self._content)).encode())
        start: Message = {
            "type": "http.response.start",
            "status": self._reply.status_code,
            "headers": [*headers, length],
        }
        await send(start)
        if self._fault.kind == "cut_short":
            await send(_body(self._content[: len(self._content) // 2], more=True))
            await _end(scope, receive, reset=False)
        else:
            await self._trickle(send)

    async def _trickle(self, send: Send) -> None:
        for at in range(0, len(self._content), self._fault.chunk_bytes):
            await send(_body(self._content[at : at + self._fault.chunk_bytes], more=True))
            await asyncio.sleep(self._fault.seconds if self._fault.seconds is not None else 1)
        await send(_body(b"", more=False))


def _body(content: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": content, "more_body": more}


Handler: TypeAlias = Callable[[Request, Stage], Awaitable[Response]]
EndpointOf: TypeAlias = Callable[[Request, Stage], str | None]


def _of_no_endpoint(request: Request, stage: Stage) -> str | None:
    return None


def with_faults(
    at: RequestName,
    handler: Handler,
    *,
    endpoint_of: EndpointOf = _of_no_endpoint,
    needs_key: bool = True,
) -> Callable[[Request], Awaitable[ASGIApp]]:
    """Make the function of a route; it applies the faults before or after the handler.

    Args:
        at: The kind of request, for faults.
        handler: The function that carries out the request.
        endpoint_of: Returns the endpoint of a request, for faults of one endpoint.
        needs_key: Whether the request must have the key.
    """

    async def endpoint(request: Request) -> ASGIApp:
        stage = stage_of(request)
        if needs_key and not key_accepted(request, stage.options.key):
            stage.book.count("keys_refused")
            return _noted(json_reply(WRONG_KEY, 401), at, stage)
        fault = stage.faults.take_reply(at, endpoint_of(request, stage))
        if fault is not None and not fault.takes_effect:
            return _noted(refusal(fault), at, stage)
        reply = await handler(request, stage)
        return reply if fault is None else await spoil(reply, fault)

    return endpoint


def _noted(reply: ASGIApp, at: RequestName, stage: Stage) -> ASGIApp:
    if at in ("submit", "run"):
        stage.book.count("submits")
        stage.book.count("submits_refused")
    return reply
