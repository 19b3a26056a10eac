"""A bare HTTP/1.1 server: it reads whole requests, and writes whatever bytes it is told to."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Heard:
    """One request, as its bytes came.

    Attributes:
        target: Path and query.
        headers: Names in lower case, in the order in which they came.
        at_s: When its last byte was here, on the monotonic clock.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    at_s: float = field(default_factory=time.monotonic)

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query))

    def header(self, name: str) -> str | None:
        return next((value for found, value in self.headers if found == name.lower()), None)


class Line:
    """The connection over which a request came; what is written to it is sent as it is."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    def reset(self) -> None:
        """Drop the connection with a reset, without an answer."""
        self._writer.transport.abort()


Serve: TypeAlias = Callable[[Heard, Line], Awaitable[None]]


class BareServer:
    """Listens on a free port of the loopback, in a thread of its own.

    Attributes:
        heard: Every whole request, in order.
        connections: How many there were, also those over which nothing came.
    """

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self.heard: list[Heard] = []
        self.connections = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def running(self) -> Iterator["BareServer"]:
        self._thread.start()
        opening = asyncio.start_server(self._connected, "127.0.0.1", 0, backlog=512)
        server = asyncio.run_coroutine_threadsafe(opening, self._loop).result()
        self.port: int = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(self._stop(server), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    async def _stop(self, server: asyncio.Server) -> None:
        server.close()
        open_ones = asyncio.all_tasks() - {asyncio.current_task()}
        for task in open_ones:
            task.cancel()
        await asyncio.gather(*open_ones, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            heard = await _read(reader)
            self.heard.append(heard)
            await self._serve(heard, Line(writer))
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


async def _read(reader: asyncio.StreamReader) -> Heard:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ", 2)
    named = (line.partition(":") for line in lines if line)
    headers = tuple((name.lower(), value.strip()) for name, _, value in named)
    length = next((value for name, value in headers if name == "content-length"), "0")
    body = await reader.readexactly(int(length))
    chunked = any(name == "transfer-encoding" for name, _ in headers)
    return Heard(method, target, headers, await _chunks(reader) if chunked else body)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body
