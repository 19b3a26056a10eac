"""A Prefect server for one command; ``python -m shotgraph.cli.embedded_server`` runs it.

If none is configured, Prefect itself starts a server as a child in our process group: Ctrl-C at
a terminal ends that server before the run has ended, and a killed run leaves it running. This
server has its own session, so that no signal of a terminal reaches it. It ends when its stdin
ends: a pipe of the parent process, which the system closes however the parent ends.

It has every saved key, and any page in a browser and any user of the machine can reach its port.
So it asks for a random password, new for each run, and answers only to its own address.
"""

import asyncio
import gc
import json
import os
import secrets
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from shotgraph.callers import LOOPBACK, KnownCallers
from shotgraph.cli.prefect_settings import (
    check_prefect_settings,
    prefect_home,
    server_is_configured,
    settings_of_prefect,
)
from shotgraph.cli.working_folder import child_env, leave_unread
from shotgraph.errors import Interrupted, InvalidInput, NoPrefect

if TYPE_CHECKING:
    import uvicorn

LOOK_S = 0.05
END_S = 3.0
"""How long a server may take to save the last records of a run."""
STOPPED_S = 0.4
"""The same for a stopped run: a shorter time, because a person waits for its end."""
_TAIL_LINES = 3
_GO = b"\n"
"""The byte on the server's stdin that lets it open its database."""
_HOST = "127.0.0.1"
_PASSWORDS = ("PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING")
"""The server's setting for the password that it asks for, and the clients' setting to send it."""

_running: set["EmbeddedServer"] = set()


@contextmanager
def prefect_api(meanwhile: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Have Prefect report to the configured server, or else to one that runs during the block.

    Args:
        meanwhile: A function to call while that server starts, which takes seconds.

    Raises:
        InvalidInput: Its database was used by a newer Prefect, or a setting can't be read.
        NoPrefect: The server did not start; the message has the end of its log.
    """
    prepare_prefect()
    # Its start takes longest, so it begins before Prefect is imported here.
    is_early = "prefect" not in sys.modules and not server_is_configured()
    server, end_s = EmbeddedServer() if is_early else None, STOPPED_S
    try:
        with settings_of_prefect():
            from prefect.settings import (
                PREFECT_API_AUTH_STRING,
                PREFECT_API_URL,
                PREFECT_UI_URL,
                temporary_settings,
            )

            from shotgraph.cli.prefect_checks import refuse_newer_database

            configured = PREFECT_API_URL.value()
        if configured:
            if server is not None:  # Prefect found an address that our search missed
                server.end(STOPPED_S)
                server = None
            yield
            return
        refuse_newer_database()
        server, end_s = server or EmbeddedServer(), END_S
        server.open_database()
        meanwhile()
        here = {
            PREFECT_API_URL: server.wait_until_ready(),
            PREFECT_API_AUTH_STRING: server.password,
            # This server has no UI: the address of a run's page would lead nowhere.
            PREFECT_UI_URL: "",
        }
        with temporary_settings(here):
            try:
                yield
            except (Interrupted, KeyboardInterrupt):
                raise  # a person who stops a run does not wait for its log
            except BaseException:
                _send_the_log()
                raise
            _send_the_log()
    except (Interrupted, KeyboardInterrupt):
        end_s = STOPPED_S
        raise
    finally:
        if server is not None:
            server.end(end_s)


def check_configured_server() -> None:
    """Connect to the configured server, if any: without it, Prefect's engine ends in a traceback.

    Raises:
        InvalidInput: Its address is not the address of an API.
        Retryable: The server does not answer, or refuses.
    """
    from prefect.settings import PREFECT_API_URL

    from shotgraph.flows.prefect_server import at_prefect

    async def ask() -> None:
        async with at_prefect():
            pass

    if PREFECT_API_URL.value() and server_is_configured():
        asyncio.run(ask())


def _send_the_log() -> None:
    """Have Prefect send its log records while the server still runs.

    Prefect sends them in batches from a thread of its own, the last batch only when Python ends.
    """
    from prefect.logging.handlers import APILogHandler

    sending = threading.Thread(target=APILogHandler().flush, daemon=True)
    sending.start()
    sending.join(END_S)


def prepare_prefect() -> None:
    """Give Prefect's embedded server time to start, and turn its telemetry off.

    At the first use of Prefect it makes its database: over two minutes on a machine with two
    processors and eight other busy processes. A server that ends early is noticed at once.

    Requests to servers on this machine go through no proxy.

    Raises:
        InvalidInput: Prefect's folder can't be made or written to, or its profile or the address of
            its server is wrong.
    """
    check_prefect_settings()
    for name in ("no_proxy", "NO_PROXY"):
        known = os.environ.get(name, "")
        if known != "*" and _HOST not in known.split(","):
            os.environ[name] = ",".join(filter(None, [known, *LOOPBACK]))
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "600")
    home = prefect_home()
    if why := _why_unusable(home):
        raise InvalidInput(
            f"Prefect keeps its database and results in {home}, and that can't be used: {why}. "
            "Nothing was started or sent. Name another folder: export PREFECT_HOME=/path/to/folder"
        )


def _why_unusable(home: Path) -> str:
    """Make Prefect's folder with its parents, which Prefect doesn't; return why that failed."""
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        home.mkdir(mode=0o700, exist_ok=True)
    except FileExistsError:
        return "there is a file in its way"
    except OSError as error:
        return str(error.strerror)
    return "" if os.access(home, os.W_OK | os.X_OK) else "it may not be written to"


def kill_embedded_servers() -> None:
    """Kill the servers of this process at once."""
    for server in list(_running):
        server.kill()


class EmbeddedServer:
    """A server in its own process; it ends when this process ends, or earlier.

    It loads Prefect at once, and touches no database before `open_database`.

    Attributes:
        password: The password of the server, as Prefect's "auth string".
    """

    def __init__(self) -> None:
        self.password = f"shotgraph:{secrets.token_urlsafe(32)}"
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  open as long as the server
        self._process = subprocess.Popen(  # noqa: S603  our own words
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,
            # Not as an argument: every user of the machine can read arguments.
            env={**child_env(), **dict.fromkeys(_PASSWORDS, self.password)},
        )
        _running.add(self)

    def open_database(self) -> None:
        """Let the server open its database, and migrate it; a second call changes nothing."""
        with suppress(BrokenPipeError):  # it has ended; waiting for it says why
            os.write(_pipe(self._process.stdin).fileno(), _GO)

    def wait_until_ready(self) -> str:
        """Wait until the server answers; return the address of its API.

        Raises:
            NoPrefect: The server did not start.
        """
        from prefect.settings import PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS

        self.open_database()
        timeout_s = PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS.value()
        stdout = _pipe(self._process.stdout)
        if not select.select([stdout], [], [], timeout_s)[0]:
            raise NoPrefect(
                f"Prefect's server did not start within {timeout_s} s. This command sent "
                "nothing to fal. The server's first start makes a database, which takes long on a "
                "busy machine: run the same command again, or make the database before: "
                "prefect server database upgrade -y. To wait longer: "
                "export PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS=1200"
                f"{self._last_words()}"
            )
        line = stdout.readline()
        if not line:
            raise NoPrefect(
                "Prefect's server ended before it was ready. This command sent nothing to fal"
                f"{self._last_words()}"
            )
        return str(json.loads(line)["api_url"])

    @property
    def pid(self) -> int:
        """The id of the server's process."""
        return self._process.pid

    def end(self, timeout_s: float = END_S) -> int:
        """Let the server save its last records, and end it; return its exit code."""
        _pipe(self._process.stdin).close()
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
        _running.discard(self)
        _pipe(self._process.stdout).close()
        self._log.close()
        return self._process.returncode

    def kill(self) -> None:
        """Kill the server at once."""
        self._process.kill()
        self._process.wait()

    def _last_words(self) -> str:
        self._log.seek(0)
        lines = self._log.read().decode("utf-8", "replace").split("\n")
        said = [line.strip() for line in lines if line.strip()][-_TAIL_LINES:]
        return f". Its log ends: {' | '.join(said)}" if said else ""


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101  Popen gets both pipes as options
    return pipe


def main() -> None:
    """Serve until stdin ends."""
    leave_unread()
    gc.disable()  # the imported objects stay: collecting garbage takes a tenth of the start
    servers: list[uvicorn.Server] = []
    may_open = threading.Event()
    threading.Thread(target=_follow_stdin, args=(servers, may_open), daemon=True).start()
    listener = socket.socket()
    listener.bind((_HOST, 0))
    url = f"http://{_HOST}:{listener.getsockname()[1]}"
    servers.append(_prefect_server(url))
    gc.enable()
    may_open.wait()
    asyncio.run(_serve(servers[0], listener, url))


def _prefect_server(url: str) -> "uvicorn.Server":
    # By default, Prefect lets pages of every origin read its replies.
    os.environ["PREFECT_SERVER_CORS_ALLOWED_ORIGINS"] = url
    import uvicorn
    from prefect.server.api.server import create_app

    app = KnownCallers(create_app(ephemeral=True, final=True), [_HOST])
    return uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on"))


def _follow_stdin(servers: "list[uvicorn.Server]", may_open: threading.Event) -> None:
    while os.read(0, len(_GO)):
        may_open.set()
    for server in servers:
        server.should_exit = True
        time.sleep(END_S)
    os._exit(0)


async def _serve(server: "uvicorn.Server", listener: socket.socket, url: str) -> None:
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(LOOK_S)
    if server.started:
        sys.stdout.write(json.dumps({"api_url": f"{url}/api"}) + "\n")
        sys.stdout.flush()
    await serving
    # Everything is saved by now; the normal end of the interpreter takes seconds here.
    os._exit(0 if server.started else 1)


if __name__ == "__main__":
    main()
