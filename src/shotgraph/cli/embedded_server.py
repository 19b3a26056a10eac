"""Prefect's server for one command: ``python -m shotgraph.cli.embedded_server`` is its process.

Prefect starts one by itself where none is configured, as a child in our process group: Ctrl-C at
a terminal ends it before the run has ended, and a run that is killed leaves it behind. This one
has a session of its own, so that no signal of a terminal reaches it, and ends when its stdin does:
that is a pipe of whoever started it, and the system closes it however that one ends.

It has every saved key, and any page in a browser and any user of the machine can reach its port. So
it asks for a password that is made up for each run, and answers to its own address alone.
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
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from shotgraph.callers import LOOPBACK, KnownCallers
from shotgraph.cli.working_folder import child_env, leave_unread
from shotgraph.errors import Interrupted, InvalidInput, NoPrefect

if TYPE_CHECKING:
    import uvicorn

LOOK_S = 0.05
END_S = 3.0
"""How long a server may take to write down the last of a run."""
STOPPED_S = 0.4
"""How long where the run was stopped, and whoever stopped it waits for the word."""
_TAIL_LINES = 3
_HOST = "127.0.0.1"
_PASSWORDS = ("PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING")
"""The password that the server asks for, and the one that its own services send."""

_running: set["EmbeddedServer"] = set()


@contextmanager
def prefect_api(meanwhile: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Have Prefect report to the server that is configured, or to one that lives in the block.

    Args:
        meanwhile: What is done while that server starts, which takes seconds.

    Raises:
        InvalidInput: Its database was used by a newer Prefect.
        NoPrefect: It did not start; its last words are in the message.
    """
    prepare_prefect()
    # Its start takes longest: it is begun before Prefect is loaded here.
    is_early = "prefect" not in sys.modules and not server_is_configured()
    server, end_s = EmbeddedServer() if is_early else None, STOPPED_S
    try:
        from prefect.settings import (
            PREFECT_API_AUTH_STRING,
            PREFECT_API_URL,
            PREFECT_UI_URL,
            temporary_settings,
        )

        from shotgraph.cli.prefect_checks import refuse_newer_database

        if PREFECT_API_URL.value():
            if server is not None:  # Prefect has found an address where we had not looked
                server.end(STOPPED_S)
                server = None
            yield
            return
        refuse_newer_database()
        server, end_s = server or EmbeddedServer(), END_S
        meanwhile()
        here = {
            PREFECT_API_URL: server.wait_until_ready(),
            PREFECT_API_AUTH_STRING: server.password,
            # There is no UI: the address of a run's page would lead nowhere.
            PREFECT_UI_URL: "",
        }
        with temporary_settings(here):
            try:
                yield
            except (Interrupted, KeyboardInterrupt):
                raise  # whoever stops a run does not wait for its log
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
    """Ask the configured server, if one is: without it, Prefect's engine ends in a traceback.

    Raises:
        InvalidInput: Its address is not that of an API.
        Retryable: It does not answer, or refuses.
    """
    from prefect.settings import PREFECT_API_URL

    from shotgraph.flows.prefect_server import at_prefect

    async def ask() -> None:
        async with at_prefect():
            pass

    if PREFECT_API_URL.value() and server_is_configured():
        asyncio.run(ask())


def _send_the_log() -> None:
    """Have Prefect send what it has logged, while there is a server for it.

    Prefect sends its log in batches from a thread of its own, and the last one as Python ends.
    """
    from prefect.logging.handlers import APILogHandler

    sending = threading.Thread(target=APILogHandler().flush, daemon=True)
    sending.start()
    sending.join(END_S)


def server_is_configured() -> bool:
    """Whether the environment or Prefect's profile names a server. Prefect is not imported.

    A profile that can't be read counts as one that does: Prefect itself says what is wrong.
    """
    if os.environ.get("PREFECT_API_URL"):
        return True
    profile = prefect_profile()
    return profile is None or bool(profile.get("PREFECT_API_URL"))


def prefect_profile() -> dict[str, Any] | None:
    """The settings of Prefect's active profile, without Prefect; None if it can't be read."""
    home = Path(os.environ.get("PREFECT_HOME") or "~/.prefect").expanduser()
    profiles = Path(os.environ.get("PREFECT_PROFILES_PATH") or home / "profiles.toml").expanduser()
    try:
        found = tomllib.loads(profiles.read_text(encoding="utf-8"))
        name = os.environ.get("PREFECT_PROFILE") or found.get("active")
        return dict(found.get("profiles", {}).get(name, {}))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError, TypeError):
        return None


def prepare_prefect() -> None:
    """Give Prefect's embedded server time to start under load, and keep it from calling home.

    Where nobody has used Prefect yet, it makes its database first: over two minutes on a machine of
    two processors with eight other processes at work. A server that ends is noticed at once.

    No proxy stands between this process and the servers that it starts on this machine.

    Raises:
        InvalidInput: The folder that Prefect keeps everything in can't be made or written to.
    """
    for name in ("no_proxy", "NO_PROXY"):
        known = os.environ.get(name, "")
        if known != "*" and _HOST not in known.split(","):
            os.environ[name] = ",".join(filter(None, [known, *LOOPBACK]))
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "600")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    home = Path(os.environ.get("PREFECT_HOME") or "~/.prefect").expanduser()
    if why := _why_unusable(home):
        raise InvalidInput(
            f"Prefect keeps its database and results in {home}, and that can't be used: {why}. "
            "Nothing was started or sent. Name another folder: export PREFECT_HOME=/path/to/folder"
        )


def _why_unusable(home: Path) -> str:
    """Make Prefect's folder, which Prefect does only where its parent is there; why that failed."""
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        home.mkdir(mode=0o700, exist_ok=True)
    except FileExistsError:
        return "there is a file in its way"
    except OSError as error:
        return str(error.strerror)
    return "" if os.access(home, os.W_OK | os.X_OK) else "it may not be written to"


def kill_embedded_servers() -> None:
    """End the servers of this process here and now."""
    for server in list(_running):
        server.kill()


class EmbeddedServer:
    """A server in a process of its own, which ends at the latest when this process does.

    Attributes:
        password: What it asks for, as Prefect's "auth string".
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
            # Not as an argument: every user of the machine can read those.
            env={**child_env(), **dict.fromkeys(_PASSWORDS, self.password)},
        )
        _running.add(self)

    def wait_until_ready(self) -> str:
        """Wait until it answers; gives the address of its API.

        Raises:
            NoPrefect: It did not start.
        """
        from prefect.settings import PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS

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
        """The number of its process."""
        return self._process.pid

    def end(self, timeout_s: float = END_S) -> int:
        """Let it write down what it has, and end it; gives its exit code."""
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
        """End it here and now."""
        self._process.kill()
        self._process.wait()

    def _last_words(self) -> str:
        self._log.seek(0)
        lines = self._log.read().decode("utf-8", "replace").split("\n")
        said = [line.strip() for line in lines if line.strip()][-_TAIL_LINES:]
        return f". Its log ends: {' | '.join(said)}" if said else ""


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101  each is asked for where the process is started
    return pipe


def main() -> None:
    """Serve until stdin ends."""
    leave_unread()
    gc.disable()  # what is loaded stays: looking for garbage in it takes a tenth of the start
    servers: list[uvicorn.Server] = []
    threading.Thread(target=_end_with_stdin, args=(servers,), daemon=True).start()
    listener = socket.socket()
    listener.bind((_HOST, 0))
    url = f"http://{_HOST}:{listener.getsockname()[1]}"
    servers.append(_prefect_server(url))
    gc.enable()
    asyncio.run(_serve(servers[0], listener, url))


def _prefect_server(url: str) -> "uvicorn.Server":
    # Prefect's own default lets the pages of every origin read its replies.
    os.environ["PREFECT_SERVER_CORS_ALLOWED_ORIGINS"] = url
    import uvicorn
    from prefect.server.api.server import create_app

    app = KnownCallers(create_app(ephemeral=True, final=True), [_HOST])
    return uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on"))


def _end_with_stdin(servers: "list[uvicorn.Server]") -> None:
    while os.read(0, 1):
        pass
    for server in servers:
        server.should_exit = True
        time.sleep(END_S)
    os._exit(0)


async def _serve(server: "uvicorn.Server", listener: socket.socket, url: str) -> None:
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():  # noqa: ASYNC110  uvicorn tells nobody
        await asyncio.sleep(LOOK_S)
    if server.started:
        sys.stdout.write(json.dumps({"api_url": f"{url}/api"}) + "\n")
        sys.stdout.flush()
    await serving
    # All is written down by now. What an interpreter does at its end takes seconds here.
    os._exit(0 if server.started else 1)


if __name__ == "__main__":
    main()
