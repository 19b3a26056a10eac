"""Proxies and hosts between a user and fal that let nothing through."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

Behave: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def after_connect(answer: bytes) -> Behave:
    """Read the request for a tunnel, and answer it."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    return behave


def at_once(answer: bytes) -> Behave:
    """Say something before anything is asked, and close."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        await asyncio.sleep(0.2)

    return behave


PROXIES: dict[str, Behave] = {
    "forbids": after_connect(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"),
    "wants-a-password": after_connect(
        b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n"
        b"Content-Length: 0\r\n\r\n"
    ),
    "has-no-gateway": after_connect(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 5\r\n\r\noops!"),
    "redirects": after_connect(
        b"HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\nContent-Length: 0\r\n\r\n"
    ),
    "speaks-no-http": after_connect(b"\x00\x01\x02 nonsense\r\n\r\n"),
    "hangs-up": after_connect(b""),
    "tunnels-to-nothing": after_connect(b"HTTP/1.1 200 Connection established\r\n\r\n"),
    "tunnels-to-no-tls": after_connect(b"HTTP/1.1 200 OK\r\n\r\nSSH-2.0-OpenSSH_9.9\r\n"),
    "says-at-once": at_once(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
}


@contextmanager
def listening(behave: Behave) -> Iterator[int]:
    """Listen on a port of the loopback; gives the port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await behave(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    opening = asyncio.start_server(connected, "127.0.0.1", 0)
    server = asyncio.run_coroutine_threadsafe(opening, loop).result()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
