"""A TCP proxy before fal's queue, which spoils submissions at a chosen byte.

Everything else passes as it is. What a client is answered is independent of whether the server
got the request: that is the point.
"""

import asyncio
import json
import socket
import struct
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from shotgraph.inputs.hosts import FalBases

Way: TypeAlias = Literal[
    "drop",
    "reset",
    "hang",
    "truncated",
    "502",
    "503",
    "504",
    "502 with id",
    "503 with id",
    "504 with id",
    "429",
    "409",
    "408",
]
WAYS: tuple[Way, ...] = Way.__args__  # type: ignore[attr-defined]

_NO_LINGER = struct.pack("ii", 1, 0)
_MOST = 1 << 20


class Cut(StrEnum):
    """Up to which byte a submission gets through."""

    BEFORE_THE_REQUEST = "before the request"
    AFTER_THE_HEADERS = "after the headers"
    MID_BODY = "mid body"
    AFTER_THE_BODY = "after the body"
    MID_REPLY = "mid reply"

    @property
    def reaches_fal(self) -> bool:
        """Whether the server gets the whole request, so that the job is bought."""
        return self in (Cut.AFTER_THE_BODY, Cut.MID_REPLY)


@dataclass(frozen=True)
class Spoiling:
    """What is done to the first submissions of each prompt.

    Attributes:
        cut: Where.
        way: What the client gets.
        times: To how many of each prompt.
    """

    cut: Cut
    way: Way
    times: int = 1


@dataclass
class FaultProxy:
    """One proxy.

    Attributes:
        target: Where the server is.
        spoiling: None for a proxy that only counts.
        posts: The moments at which a submission came, by its prompt.
    """

    target: tuple[str, int]
    spoiling: Spoiling | None
    posts: dict[str, list[datetime]] = field(default_factory=dict)
    _spoilt: Counter[str] = field(default_factory=Counter)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection of a client."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            there, to_there = await asyncio.open_connection(*self.target)
            try:
                await self._exchange(reader, writer, there, to_there)
            finally:
                to_there.close()
        writer.close()

    async def _exchange(
        self,
        client: asyncio.StreamReader,
        to_client: asyncio.StreamWriter,
        server: asyncio.StreamReader,
        to_server: asyncio.StreamWriter,
    ) -> None:
        while True:
            head = await client.readuntil(b"\r\n\r\n")
            body = await client.readexactly(_length(head))
            spoiling = self._spoiling_of(head, body)
            if spoiling is not None:
                await _forward(spoiling.cut, head, body, to_server)
                reply = await _reply(server) if spoiling.cut.reaches_fal else None
                await _answer(spoiling, reply, to_client)
                if spoiling.way == "hang":
                    await client.read(_MOST)
                return
            to_server.write(head + body)
            to_client.write(b"".join(await _reply(server)))
            await to_client.drain()

    def _spoiling_of(self, head: bytes, body: bytes) -> Spoiling | None:
        if not head.startswith(b"POST "):
            return None
        prompt = json.loads(body)["prompt"]
        self.posts.setdefault(prompt, []).append(datetime.now(UTC))
        if self.spoiling is None or self._spoilt[prompt] >= self.spoiling.times:
            return None
        self._spoilt[prompt] += 1
        return self.spoiling


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


async def _forward(cut: Cut, head: bytes, body: bytes, to_server: asyncio.StreamWriter) -> None:
    through = {
        Cut.BEFORE_THE_REQUEST: b"",
        Cut.AFTER_THE_HEADERS: head,
        Cut.MID_BODY: head + body[: len(body) // 2],
    }
    to_server.write(through.get(cut, head + body))
    await to_server.drain()


async def _reply(server: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Read the server's whole reply: head and body."""
    head = await server.readuntil(b"\r\n\r\n")
    return head, await server.readexactly(_length(head))


async def _answer(
    spoiling: Spoiling, reply: tuple[bytes, bytes] | None, to_client: asyncio.StreamWriter
) -> None:
    """Answer the client in place of the server, or let it down."""
    way = spoiling.way
    if way in ("drop", "reset", "hang"):
        if reply is not None and spoiling.cut is Cut.MID_REPLY:
            whole = b"".join(reply)
            to_client.write(whole[: len(whole) // 2])
            await to_client.drain()
        if way == "reset":
            connection: socket.socket = to_client.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            to_client.transport.abort()
        return
    body = reply[1] if reply else b'{"status": "IN_QUEUE", "request_id": "6b9c"}'
    if way == "truncated":
        to_client.write(_http("200 OK", "application/json", body[: len(body) // 2]))
    elif way in ("409", "408"):
        words = {"409": "Conflict", "408": "Request Timeout"}[way]
        detail = json.dumps({"detail": words}).encode()
        to_client.write(_http(f"{way} {words}", "application/json", detail))
    else:
        known = json.loads(body).get("request_id") if reply else str(uuid.uuid4())
        extra = f"x-fal-request-id: {known}\r\n" if way.endswith("with id") else ""
        page = b"<html><center><h1>%s</h1></center><hr><center>nginx</center></html>"
        status = f"{way[:3]} Error"
        to_client.write(_http(status, "text/html", page % status.encode(), extra))
    await to_client.drain()


def _http(status: str, content_type: str, body: bytes, extra: str = "") -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {len(body)}\r\n"
        f"{extra}connection: close\r\n\r\n"
    )
    return head.encode() + body


@asynccontextmanager
async def open_proxy(
    bases: FalBases, spoiling: Spoiling | None = None
) -> AsyncIterator[tuple[FaultProxy, FalBases]]:
    """Open a proxy before a queue; gives it, and the bases of which it is the queue."""
    queue = urlsplit(bases.queue_url)
    proxy = FaultProxy((queue.hostname or "", queue.port or 80), spoiling)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, limit=_MOST)
    port = server.sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}{queue.path}"
    try:
        yield proxy, bases.model_copy(update={"queue_url": url})
    finally:
        server.close()
