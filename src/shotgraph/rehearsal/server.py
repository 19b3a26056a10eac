"""Start and stop the server; fal's hosts are folders of its one address."""

import asyncio
import json
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shotgraph.callers import LOOPBACK, KnownCallers
from shotgraph.rehearsal import cdn, control, platform, queue
from shotgraph.rehearsal.options import Bases, Options
from shotgraph.rehearsal.spoilt_replies import BreakableConnection
from shotgraph.rehearsal.stage import Stage


def build_app(stage: Stage) -> Starlette:
    """Return the application of one server."""
    app = Starlette(
        routes=[
            Mount("/queue", routes=queue.routes()),
            Mount("/run", routes=queue.direct_routes()),
            Mount("/rest", routes=cdn.storage_routes()),
            Mount("/cdn", routes=cdn.routes()),
            Mount("/api", routes=platform.routes()),
            Mount("/_rehearsal", routes=control.routes()),
        ],
        exception_handlers={HTTPException: _as_json},
    )
    app.state.stage = stage
    return app


async def _as_json(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"detail": error.detail}, error.status_code, headers=error.headers)


_HOST = "127.0.0.1"
_BACKLOG = 512
_GRACE_S = 1


def _controlled_from_here(app: ASGIApp, listening: "_Listening") -> ASGIApp:
    host = str(listening.listener.getsockname()[0])
    names = [*LOOPBACK, host, urlsplit(listening.bases.queue_url).hostname or host]
    is_local = ip_address(host).is_loopback
    return KnownCallers(app, names, any_address=not is_local, below="/_rehearsal")


class _Dated:
    """Adds a Date by the rehearsal's clock to each reply, as fal does and RFC 9110 requires."""

    def __init__(self, app: ASGIApp, options: Options) -> None:
        self._app = app
        self._options = options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = format_datetime(self._options.now(), usegmt=True).encode()
                message["headers"] = [*message.get("headers", ()), (b"date", date)]
            await send(message)

        await self._app(scope, receive, send_dated)


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers, and with an event for the end of its start."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Install no signal handlers: the caller has its own handlers."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then set `ready`."""
        await super().startup(sockets)
        self.ready.set()


@dataclass(frozen=True)
class _Listening:
    """The socket of a server, its addresses, and the folder of its files."""

    listener: socket.socket
    bases: Bases
    folder: Path

    @classmethod
    def take(cls, host: str, port: int, public_url: str | None) -> "_Listening":
        listener = socket.create_server((host, port), backlog=_BACKLOG)
        address = f"http://{host}:{listener.getsockname()[1]}"
        bases = Bases.below((public_url or address).rstrip("/"))
        return cls(listener, bases, Path(mkdtemp(prefix="shotgraph-rehearsal-")))

    def leave(self) -> None:
        self.listener.close()
        shutil.rmtree(self.folder, ignore_errors=True)


async def _play(
    listening: _Listening, options: Options, until: asyncio.Event, ready: Callable[[], None]
) -> None:
    """Serve until `until` is set; on return, all jobs have ended and all connections are closed."""
    stage = Stage.build(options, listening.bases, listening.folder)
    config = uvicorn.Config(
        _Dated(_controlled_from_here(build_app(stage), listening), options),
        http=BreakableConnection,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening.listener]))
    stopping = asyncio.create_task(until.wait())
    try:
        await server.ready.wait()
        ready()
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        # Stop the jobs first: a client that waits for a job keeps its connection open.
        await stage.crew.stop()
        for connection in list(server.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        server.should_exit = True
        await serving


def ready_line(bases: Bases, key: str) -> dict[str, str]:
    """Return the data of the line that announces a server: its five base URLs and its key."""
    return {**bases.as_dict(), "key": key}


class RehearsalServer:
    """A server in this process, in a thread of its own, on a free loopback port.

    Because of the thread, a blocking client or a busy loop of the caller can't delay the server.

        async with RehearsalServer() as server:
            print(server.bases.queue_url, server.key)

    Attributes:
        bases: The base URLs of fal's hosts.
        key: The key that the server accepts.
    """

    def __init__(self, options: Options | None = None) -> None:
        self._options = options or Options()
        self.key = self._options.key

    def start(self) -> Self:
        """Start the server, and return when it accepts connections."""
        self._listening = _Listening.take(_HOST, 0, None)
        self.bases = self._listening.bases
        self._ready = threading.Event()
        # A daemon thread does not block the end of an interpreter that never leaves the block.
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="rehearsal", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._listening.leave()
            raise self._failure
        return self

    def stop(self) -> None:
        """Stop the server, and return when its jobs have ended and its files are removed."""
        self._loop.call_soon_threadsafe(self._until.set)
        self._thread.join()
        self._listening.leave()

    def ready_line(self) -> dict[str, str]:
        """Return the data of the line that `serve` prints."""
        return ready_line(self.bases, self.key)

    def _work(self) -> None:
        try:
            asyncio.run(self._run())
        except BaseException as failure:
            self._failure = failure
            raise
        finally:
            self._ready.set()

    async def _run(self) -> None:
        self._loop, self._until = asyncio.get_running_loop(), asyncio.Event()
        await _play(self._listening, self._options, self._until, self._ready.set)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.start)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self.stop)


async def serve(
    port: int = 0,
    options: Options | None = None,
    *,
    host: str = _HOST,
    public_url: str | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; prints one line of JSON to stdout when the server is ready.

    Args:
        port: The port; 0 for a free port.
        options: Times, numbers, limits; the key.
        host: The address to listen on. Every client that reaches it can switch faults on.
        public_url: The URL of this server for clients, if it is not ``http://host:port``.

    Raises:
        OSError: The port is taken.
    """
    options = options or Options()
    listening = _Listening.take(host, port, public_url)
    until = asyncio.Event()

    def announce() -> None:
        sys.stdout.write(json.dumps(ready_line(listening.bases, options.key)) + "\n")
        sys.stdout.flush()

    try:
        with _until_signalled(until):
            await _play(listening, options, until, announce)
    finally:
        listening.leave()


@contextmanager
def _until_signalled(until: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)

    def stop(number: int, frame: object) -> None:
        loop.call_soon_threadsafe(until.set)

    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
