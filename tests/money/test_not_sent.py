"""A job that was not sent: no byte of the request has left, and nobody has to look for it."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from shotgraph.errors import Ambiguous, Terminal
from shotgraph.inputs.hosts import FalBases
from shotgraph.money.buy import buy
from shotgraph.money.connection import FalConnection
from shotgraph.money.events import Accepted, Turned
from shotgraph.money.session import Session
from shotgraph.money.submit import NotSent, submit_once
from shotgraph.money.windows import Windows
from tests.crash.one_run import job_of
from tests.crash.order import Shot
from tests.free_port import free_port
from tests.money.clocks import FastClock, SteppingClock
from tests.money.scripted import ScriptedServer, reply
from tests.rehearsal.client import EDIT, Client

BODY = {"prompt": "dusk"}
KEY = "canary-id:canary-secret"


def at(url: str, key: str = KEY) -> FalConnection:
    bases = FalBases(queue_url=f"{url}/queue")
    return FalConnection(bases, SecretStr(key), bases.queue_url)


def unchecked(fal: FalConnection, key: str) -> FalConnection:
    """A connection whose key was not checked for its form."""
    changed = replace(fal)
    object.__setattr__(changed, "key", SecretStr(key))
    return changed


async def submit(
    fal: FalConnection, clock: SteppingClock, body: dict[str, Any] | None = None, **windows: float
) -> Accepted:
    return await submit_once(
        fal,
        EDIT,
        body or BODY,
        what="dusk",
        clock=clock,
        windows=Windows(**windows),
        send_by=clock.monotonic() + 30,
    )


@pytest.mark.parametrize(
    "url",
    [
        f"http://127.0.0.1:{free_port()}",
        "http://no-such-host.invalid",
        "http://a..b",
        f"https://127.0.0.1:{free_port()}",
    ],
    ids=["refused", "no such host", "no host at all", "refused, with TLS"],
)
async def test_what_can_not_be_reached_was_not_sent(url: str, clock: SteppingClock) -> None:
    with pytest.raises(NotSent, match="nothing was sent"):
        await submit(at(url), clock)


async def test_a_connection_without_tls_gets_nothing(clock: SteppingClock) -> None:
    async with ScriptedServer() as listening:
        with pytest.raises(NotSent):
            await submit(at(listening.root.replace("http:", "https:")), clock)
        assert listening.connections == 1
        assert listening.heard == []


@pytest.fixture
def full() -> Iterator[int]:
    """A port whose queue of connections is full: whoever connects waits."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port: int = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            with suppress(BlockingIOError):
                one.connect(("127.0.0.1", port))
        yield port
        for one in waiting:
            one.close()


async def test_a_connection_that_does_not_come_about_was_not_sent(
    full: int, clock: SteppingClock
) -> None:
    with pytest.raises(NotSent):
        await submit(at(f"http://127.0.0.1:{full}"), clock, reply_s=0.3)


UNWRITABLE = ["canary-id:canary-secret\n", "canary\u2028secret", "canary\u2019secret", "canary\0"]


@pytest.mark.parametrize("key", UNWRITABLE, ids=ascii)
async def test_a_key_that_no_header_can_hold_sends_nothing(key: str, clock: SteppingClock) -> None:
    async with ScriptedServer() as listening:
        with pytest.raises(Terminal, match=r"the key has a character.*Nothing was sent") as caught:
            await submit(unchecked(at(listening.root), key), clock)
        assert listening.heard == []
    assert "canary" not in str(caught.value)


async def test_the_right_key_buys_right_after_a_wrong_one(
    server: Client, session: Callable[..., Session], fal: FalConnection
) -> None:
    right = replace(session(), clock=FastClock())
    wrong = replace(right, fal=unchecked(fal, f"{server.key}\n"))
    job = job_of(Shot(prompt="a sea"), fal.backend)
    with pytest.raises(Terminal, match="Nothing was sent"):
        await buy(wrong, job)
    assert (await right.ledger.latest(job.key)).find(Turned) is not None
    assert (await buy(right, job)).how == "ran"
    assert (await server.book())["counts"]["submits"] == 1


@pytest.mark.parametrize(
    "answer",
    [reply(403), reply(407, proxy_authenticate="Basic"), reply(502, b"<h1>squid</h1>"), b""],
    ids=["403", "407", "502", "nothing"],
)
async def test_a_proxy_that_refuses_the_connection_gets_nothing(
    answer: bytes, clock: SteppingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ScriptedServer(lambda _: answer) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.root)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        with pytest.raises(NotSent, match="nothing was sent"):
            await submit(at("https://queue.example"), clock)
        (heard,) = proxy.heard
    assert (heard.method, heard.path) == ("CONNECT", "queue.example:443")
    assert "canary" not in heard.head


async def test_a_proxy_that_lets_it_through_and_then_nothing_was_not_sent(
    clock: SteppingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ScriptedServer(lambda _: b"HTTP/1.1 200 OK\r\n\r\n") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.root)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        with pytest.raises(NotSent, match="nothing was sent"):
            await submit(at("https://queue.example"), clock)


@asynccontextmanager
async def resets_after(bytes_read: int) -> AsyncIterator[str]:
    """A server that reads so much of a request, and then resets the connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(bytes_read)
        connection: socket.socket = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 10)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


LONG = 64 << 20
"""More than the buffers of a connection hold: it is still being written when the server resets."""


async def test_one_byte_of_its_headers_is_enough_to_be_unknown(clock: SteppingClock) -> None:
    async with resets_after(1) as url:
        with pytest.raises(Ambiguous, match="may have been accepted"):
            await submit(at(url, "k" * LONG), clock)


async def test_a_request_that_breaks_off_in_its_body_is_unknown(clock: SteppingClock) -> None:
    async with resets_after(400) as url:
        with pytest.raises(Ambiguous, match="may have been accepted"):
            await submit(at(url), clock, {"prompt": "x" * LONG})


async def test_whatever_breaks_after_the_first_byte_is_unknown(clock: SteppingClock) -> None:
    # httpx can't read its host, and raises an error that is none of its own.
    answer = reply(307, location="https://xn--/")
    async with ScriptedServer(lambda _: answer) as listening:
        with pytest.raises(Ambiguous, match="may have been accepted"):
            await submit(at(listening.root), clock)
        assert len(listening.heard) == 1
