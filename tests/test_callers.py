"""Who may call a server of ours, asked by a real client through a real server."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from shotgraph.callers import KnownCallers


async def _hello(_: Request) -> Response:
    return PlainTextResponse("a secret")


async def _open(asked: WebSocket) -> None:
    await asked.accept()
    await asked.send_text("a secret")
    await asked.close()


@contextmanager
def served(names: Sequence[str], **options: Any) -> Iterator[str]:
    """Serve a secret; gives host and port."""
    plain = Starlette(
        routes=[
            Route("/", _hello),
            Route("/own/x", _hello),
            WebSocketRoute("/events", _open),
        ]
    )
    app = KnownCallers(plain, names, **options)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    listening = threading.Event()
    startup = server.startup

    async def started(*args: Any, **kwargs: Any) -> None:
        await startup(*args, **kwargs)
        listening.set()

    server.startup = started  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert listening.wait(60)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(60)


@pytest.fixture(scope="module")
def here() -> Iterator[str]:
    with served(["127.0.0.1"]) as where:
        yield where


STRANGERS: dict[str, list[tuple[str, str]]] = {
    "a name that was made to point here": [("Host", "evil.example")],
    "with our port": [("Host", "evil.example:80")],
    "a name that begins like ours": [("Host", "127.0.0.1.evil.example")],
    "a name before ours": [("Host", "evil.example@127.0.0.1")],
    "another address of this machine": [("Host", "127.0.0.2")],
    "a page elsewhere": [("Origin", "https://evil.example")],
    "a page without an origin": [("Origin", "null")],
    "a page of another server of this machine": [("Origin", "http://127.0.0.1:1")],
    "a page of a name that begins like ours": [("Origin", "http://127.0.0.1.evil.example")],
}


@pytest.mark.parametrize("who", STRANGERS)
def test_a_stranger_gets_nothing(here: str, who: str) -> None:
    reply = httpx.get(f"http://{here}/", headers=STRANGERS[who], timeout=60)
    assert reply.status_code in (400, 403)
    assert "secret" not in reply.text


def test_of_two_names_none_counts(here: str) -> None:
    host, _, port = here.partition(":")
    for names in ((host, "evil.example"), ("evil.example", host)):
        said = "".join(f"Host: {name}\r\n" for name in names)
        with socket.create_connection((host, int(port)), timeout=60) as line:
            line.sendall(f"GET / HTTP/1.1\r\n{said}Connection: close\r\n\r\n".encode())
            answer = b"".join(iter(lambda: line.recv(65536), b""))
        assert answer.split()[1] in (b"400", b"403"), answer
        assert b"secret" not in answer


async def test_of_two_names_none_counts_whatever_server_is_before_it() -> None:
    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def never(*_: Any) -> Any:
        raise AssertionError("the application was asked")

    names = [(b"host", b"127.0.0.1"), (b"host", b"evil.example")]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": names}
    await KnownCallers(never, ["127.0.0.1"])(scope, never, send)
    assert said[0]["status"] == 403


def test_its_own_name_and_pages_are_answered(here: str) -> None:
    for headers in ({}, {"Origin": f"http://{here}"}, {"Host": here.upper()}):
        assert httpx.get(f"http://{here}/", headers=headers, timeout=60).text == "a secret"


def test_no_page_listens_by_a_socket(here: str) -> None:
    with connect(f"ws://{here}/events") as own:
        assert own.recv() == "a secret"
    foreign = {"origin": "https://evil.example"}
    with (
        pytest.raises(InvalidStatus, match="403"),
        connect(f"ws://{here}/events", additional_headers=foreign),
    ):
        pass


def test_every_address_and_one_part_of_the_paths() -> None:
    with served(["films.example"], any_address=True, below="/own", mend=" Ask.") as where:
        for host, code in (("192.0.2.7", 200), ("films.example", 200), ("evil.example", 403)):
            reply = httpx.get(f"http://{where}/own/x", headers={"Host": host}, timeout=60)
            assert reply.status_code == code, host
            assert ("Ask." in reply.text) == (code == 403)
        elsewhere = httpx.get(f"http://{where}/", headers={"Host": "evil.example"}, timeout=60)
        assert elsewhere.text == "a secret"
