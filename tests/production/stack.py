"""Starts what `compose.yaml` starts, for tests: PostgreSQL, a Prefect server, workers, a view.

``python -m tests.production.stack FOLDER`` starts each part that does not run yet, and says where
it is; ``--down`` stops all. FOLDER holds the database, the logs, one folder for each worker, and
the secrets, in files that only their owner can read. SHOTGRAPH_STORE says where clips are kept, and
AWS_… how a bucket is reached: that server is not started here.

With ``--database sqlite``, as without PostgreSQL, Prefect keeps a file in the server's folder.

PostgreSQL is Debian's package (`apt-get install postgresql`), and runs as a user of its own where
this script is run by root, because it refuses to run as root.
"""

import argparse
import json
import os
import pwd
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.free_port import free_port

BIN = Path(sys.executable).parent
POSTGRES_BINARIES = "/usr/lib/postgresql/*/bin"
DATABASE = USER = "shotgraph"
READY_S = 600.0
STOPPING_S = 60.0
BETWEEN_LOOKS_S = 0.2
VACUUMED_AFTER_S = 90 * 24 * 3600


@dataclass(frozen=True)
class Options:
    """What is to be started.

    Attributes:
        workers: How many, each with a folder of its own.
        runs_at_once: Flow runs that one worker carries out at a time.
        heartbeat_s: How often a run says that it lives; the automation waits three times as long.
        database: ``postgres`` or ``sqlite``.
    """

    folder: Path
    port: int
    pool: str
    workers: int
    runs_at_once: int
    heartbeat_s: int
    view_port: int
    database: str


def main() -> None:
    """Start the stack, or stop it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path, help="where all that it keeps is")
    parser.add_argument("--port", type=int, default=4200, help="the Prefect server's; 4200")
    parser.add_argument("--pool", default="shotgraph", help="the work pool; shotgraph")
    parser.add_argument("--workers", type=int, default=2, help="how many; 2")
    parser.add_argument("--runs-at-once", type=int, default=2, help="of one worker; 2")
    parser.add_argument("--heartbeat-s", type=int, default=60, help="of every run; 60, at least 30")
    parser.add_argument("--view-port", type=int, default=4280, help="of the films' pages; 4280")
    parser.add_argument("--database", choices=("postgres", "sqlite"), default="postgres")
    parser.add_argument("--down", action="store_true", help="stop what was started")
    given = vars(parser.parse_args())
    down = given.pop("down")
    options = Options(**{**given, "folder": given["folder"].absolute()})
    if down:
        stop(Stack(options.folder))
    else:
        start(options)


def start(options: Options) -> None:
    """Start what does not run; returns when all of it answers."""
    options.folder.mkdir(parents=True, exist_ok=True)
    stack = Stack(options.folder)
    known = _secrets(options.folder)
    env = _server_env(options, known)
    if options.database == "postgres":
        port = start_postgres(options.folder, known["database_password"])
        env["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = (
            f"postgresql+asyncpg://{USER}:{known['database_password']}@127.0.0.1:{port}/{DATABASE}"
        )
    api_url = f"http://127.0.0.1:{options.port}/api"
    server = (BIN / "prefect", "server", "start", "--host", "127.0.0.1", "--port")
    stack.run("server", *server, str(options.port), env=env)
    client = _client_env(api_url, known["auth"], options)
    _until_healthy(api_url, stack)
    for number in range(1, options.workers + 1):
        _start_worker(stack, f"worker-{number}", options, client)
    _until_ready(api_url, known["auth"], options)
    view = (BIN / "shotgraph", "view", "serve", "--port", str(options.view_port))
    stack.run("view", *view, env={"PREFECT_HOME": str(options.folder / "view")})
    lines = [f"{name}={value}" for name, value in client.items()]
    _write_private(options.folder / "client.env", "\n".join([*lines, ""]))
    sys.stdout.write(
        f"Prefect: {api_url.removesuffix('/api')}, {options.workers} workers on the pool "
        f"{options.pool}\nFilms: {client['SHOTGRAPH_VIEW_URL']}\n"
        f"For commands against it: set -a; . {options.folder}/client.env; set +a\n"
    )


def stop(stack: "Stack") -> None:
    """Stop everything, the workers first: what they carry out is told to stop."""
    for name in sorted(stack.processes, reverse=True):
        stack.end(name)
    stop_postgres(stack.folder)


class Stack:
    """The processes of a folder, by name; on record, so that another call can end them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._record = folder / "stack.json"
        self.processes: dict[str, dict[str, int]] = (
            json.loads(self._record.read_text()) if self._record.exists() else {}
        )

    def runs(self, name: str) -> bool:
        """Whether it is the very process that was started, and not another of its number."""
        known = self.processes.get(name)
        return known is not None and _began(known["pid"]) == known["began"]

    def run(self, name: str, *command: str | Path, env: dict[str, str], cwd: str = "") -> None:
        """Start a process that outlives this one, unless it runs."""
        if self.runs(name):
            return
        folder = self.folder / (cwd or name)
        folder.mkdir(exist_ok=True)
        with (folder / "log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env={**_plain_env(), **env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.processes[name] = {"pid": process.pid, "began": _began(process.pid) or 0}
        _write_private(self._record, json.dumps(self.processes))

    def end(self, name: str) -> None:
        """Ask a process to end, and its group to be gone if it does not."""
        pid = self.processes[name]["pid"]
        if self.runs(name):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            _until(lambda: not self.runs(name), STOPPING_S)
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        del self.processes[name]
        _write_private(self._record, json.dumps(self.processes))


def start_postgres(folder: Path, password: str) -> int:
    """Start PostgreSQL in a folder below, made at the first time; gives its port."""
    data = folder / "postgres"
    if not (data / "PG_VERSION").exists():
        _init_postgres(folder, data, password)
    if not _postgres_runs(data):
        # PostgreSQL takes a process that was killed, and not buried yet, for one that runs.
        (data / "postmaster.pid").unlink(missing_ok=True)
        _postgres("pg_ctl", "start", "-w", "-D", str(data), "-l", str(data / "log"))
    port = int((data / "postmaster.pid").read_text().split("\n")[3])
    env = {"PGPASSWORD": password}
    where = ("--host", "127.0.0.1", "--port", str(port), "--username", USER)
    if not (data / "database-made").exists():
        _postgres("createdb", *where, DATABASE, env=env)
        (data / "database-made").touch()
    return port


def stop_postgres(folder: Path) -> None:
    """Stop it, after what it is writing."""
    data = folder / "postgres"
    if _postgres_runs(data):
        _postgres("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(data))


def _postgres_runs(data: Path) -> bool:
    file = data / "postmaster.pid"
    return file.exists() and _began(int(file.read_text().split("\n", 1)[0])) is not None


def _init_postgres(folder: Path, data: Path, password: str) -> None:
    data.mkdir(exist_ok=True)
    _give_to_postgres(data)
    word = folder / "postgres-password"
    _write_private(word, password)
    _give_to_postgres(word)
    _postgres(
        *("initdb", "-D", str(data), "--username", USER, "--pwfile", str(word)),
        *("--auth", "scram-sha-256", "--encoding", "UTF8", "--no-locale"),
    )
    word.unlink()
    with (data / "postgresql.conf").open("a") as conf:
        conf.write(
            f"listen_addresses = '127.0.0.1'\nport = {free_port()}\n"
            "unix_socket_directories = ''\nmax_connections = 200\n"
        )


def _postgres(program: str, *arguments: str, env: dict[str, str] | None = None) -> None:
    """Run one of PostgreSQL's programs as who may."""
    found = sorted(Path("/").glob(f"{POSTGRES_BINARIES[1:]}/{program}"))
    if not found:
        sys.exit(f"{program} is not in {POSTGRES_BINARIES}: apt-get install postgresql")
    as_user = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
    ran = subprocess.run(
        [*as_user, str(found[-1]), *arguments],
        env={**_plain_env(), **(env or {})},
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    if ran.returncode:
        sys.exit(f"{program} ended with {ran.returncode}; the folder must be one that the user "
                 "postgres can reach, and its log is in it")  # fmt: skip


def _give_to_postgres(path: Path) -> None:
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(path, user.pw_uid, user.pw_gid)


def _server_env(options: Options, known: dict[str, str]) -> dict[str, str]:
    return {
        "PREFECT_HOME": str(options.folder / "server"),
        "PREFECT_SERVER_API_AUTH_STRING": known["auth"],
        # Prefect would keep the key of its secrets beside them, in the same database.
        "PREFECT_SERVER_ENCRYPTION_KEY": known["encryption_key"],
        "PREFECT_SERVER_UI_API_URL": f"http://127.0.0.1:{options.port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        # In memory, every place in a limit is lost when the server is started again.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": (
            "prefect.server.concurrency.lease_storage.filesystem"
        ),
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(VACUUMED_AFTER_S),
    }


def _client_env(api_url: str, auth: str, options: Options) -> dict[str, str]:
    return {
        "PREFECT_API_URL": api_url,
        "PREFECT_API_AUTH_STRING": auth,
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(options.heartbeat_s),
        # Where the runs' artifacts link to.
        "SHOTGRAPH_VIEW_URL": f"http://127.0.0.1:{options.view_port}",
        "DO_NOT_TRACK": "1",
    }


def _start_worker(stack: Stack, name: str, options: Options, client: dict[str, str]) -> None:
    folder = options.folder / name
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    env = {
        **client,
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "true",
        "XDG_CACHE_HOME": str(folder / "cache"),
        "TMPDIR": str(folder / "tmp"),
        "PREFECT_WORKER_QUERY_SECONDS": "5",
    }
    command = (BIN / "prefect", "worker", "start", "--pool", options.pool, "--type", "process")
    limit = ("--name", name, "--limit", str(options.runs_at_once))
    stack.run(name, *command, *limit, env=env)


def _secrets(folder: Path) -> dict[str, str]:
    """Make up what nobody has to know; the same ones from then on."""
    from cryptography.fernet import Fernet

    kept = folder / "secrets.json"
    if not kept.exists():
        made = {
            "database_password": secrets.token_urlsafe(24),
            "auth": f"shotgraph:{secrets.token_urlsafe(24)}",
            "encryption_key": Fernet.generate_key().decode(),
        }
        _write_private(kept, json.dumps(made))
    found: dict[str, str] = json.loads(kept.read_text())
    return found


def _until_healthy(api_url: str, stack: Stack) -> None:
    def healthy() -> bool:
        if not stack.runs("server"):
            sys.exit(f"Prefect's server has ended; see {stack.folder}/server/log")
        with suppress(httpx.HTTPError):
            return httpx.get(f"{api_url}/health", timeout=60).is_success
        return False

    if not _until(healthy, READY_S):
        sys.exit(f"Prefect's server does not answer; see {stack.folder}/server/log")


def _until_ready(api_url: str, auth: str, options: Options) -> None:
    name, _, word = auth.partition(":")

    def ready() -> bool:
        with suppress(httpx.HTTPError):
            url = f"{api_url}/work_pools/{options.pool}/workers/filter"
            reply = httpx.post(url, json={}, auth=(name, word), timeout=60)
            there = reply.json() if reply.is_success else []
            return len([one for one in there if one["status"] == "ONLINE"]) >= options.workers
        return False

    if not _until(ready, READY_S):
        sys.exit(f"not every worker is there; see {options.folder}/worker-*/log")


def _until(is_so: Callable[[], bool], longest_s: float) -> bool:
    give_up_at = time.monotonic() + longest_s
    while time.monotonic() < give_up_at:
        if is_so():
            return True
        time.sleep(BETWEEN_LOOKS_S)
    return False


def _began(pid: int) -> int | None:
    """When a process began, in the kernel's ticks; None if there is none, or it has ended."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if after_name[0] == "Z" else int(after_name[19])


def _plain_env() -> dict[str, str]:
    """This process's environment, without another Prefect's settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}


def _write_private(path: Path, text: str) -> None:
    new = path.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    new.replace(path)


if __name__ == "__main__":
    main()
