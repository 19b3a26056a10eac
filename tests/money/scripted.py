"""A real HTTP server that answers as a test wants, and keeps every byte that it hears."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeAlias

from shotgraph.inputs.hosts import FalBases

_TLS = b"\x16"


@dataclass(frozen=True)
class Heard:
    """One request."""

    method: str
    path: str
    head: str
    body: bytes

    def header(self, name: str) -> str | None:
        for line in self.head.split("\r\n")[1:]:
            found, _, value = line.partition(": ")
            if found.lower() == name.lower():
                return value
        return None


Answer: TypeAlias = Callable[[Heard], bytes]


def reply(status: int, body: Any = b"", **headers: str) -> bytes:
    """The bytes of a whole reply; `body` is bytes, or what is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if "transfer-encoding" not in named:
        named.setdefault("content-length", str(len(content)))
    lines = [f"HTTP/1.1 {status} Said", "connection: close"]
    lines += [f"{name}: {value}" for name, value in named.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


def bases_at(root: str) -> FalBases:
    """The bases of a fal that is all below one URL."""
    names = ("queue", "run", "rest", "cdn", "api")
    return FalBases.model_validate({f"{name}_url": f"{root}/{name}" for name in names})


class ScriptedServer:
    """Listens on a free port of the loopback.

    Attributes:
        heard: The requests, in order.
        connections: How many there were, whether or not a request came over them.
    """

    def __init__(self, answer: Answer = lambda _: reply(404), *, hangs: bool = False) -> None:
        self.answer = answer
        self._hangs = hangs
        self.heard: list[Heard] = []
        self.connections = 0

    @property
    def port(self) -> int:
        number: int = self._server.sockets[0].getsockname()[1]
        return number

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def bases(self) -> FalBases:
        return bases_at(self.root)

    def paths(self) -> list[str]:
        return [request.path for request in self.heard]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            start = await reader.readexactly(1)
            if start == _TLS:
                return
            head = (start + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, path, _ = head.split(" ", 2)
            length = Heard(method, path, head, b"").header("content-length")
            body = await reader.readexactly(int(length or 0))
            self.heard.append(request := Heard(method, path, head, body))
            writer.write(self.answer(request))
            await writer.drain()
            if self._hangs:
                await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        await self._server.wait_closed()
