"""All that runs in production, on this machine."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from shotgraph.rehearsal import RehearsalServer
from tests.locked_database import AsksAgain
from tests.prefect_crash.process_tree import ROOT, ProcessTree, kill_tree, tree_of
from tests.rehearsal.client import Client

from .gate import Gate

if TYPE_CHECKING:
    from .counted_s3 import CountedS3

POOL, DEPLOYMENT = "shotgraph", "film/films"
HEARTBEAT_S = 30
FINAL = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})
BETWEEN_LOOKS_S = 0.5
LONGEST_S = 900


@dataclass(frozen=True)
class Site:
    """What runs.

    Attributes:
        env: Of everything that is started.
        folder: Of the stack.
        gate: The way to the bucket.
    """

    env: Mapping[str, str]
    folder: Path
    port: int
    view_port: int
    fal: RehearsalServer
    s3: "CountedS3"
    gate: Gate
    database: str = "postgres"
    runs_at_once: int = 1
    restart_after_s: int = 15

    def start(self) -> None:
        """Start what does not run."""
        ports = ("--port", str(self.port), "--view-port", str(self.view_port))
        at = (*ports, "--heartbeat-s", str(HEARTBEAT_S), "--database", self.database)
        limit = ("--runs-at-once", str(self.runs_at_once))
        self._run("-m", "tests.production.stack", self.folder, *at, *limit)

    def stop(self) -> None:
        """Stop all of it."""
        self._run("-m", "tests.production.stack", self.folder, "--down")

    def automate(self, *more: str) -> None:
        """Set the automations up."""
        after = ("--restart-after-s", str(self.restart_after_s))
        self._script("automations.py", "--heartbeat-s", str(HEARTBEAT_S), *after, *more)

    def save_webhook(self, name: str, url: str) -> None:
        """Save a block that posts to a URL."""
        self._run("-m", "tests.production.webhook", name, url)

    def deploy(self) -> None:
        """Have the flow `film` where the workers find its runs."""
        self._run("-m", "tests.production.deployed", POOL)

    def pid(self, name: str) -> int:
        """The process of a part of the stack."""
        if name == "database":
            return int((self.folder / "postgres/postmaster.pid").read_text().split("\n")[0])
        processes = json.loads((self.folder / "stack.json").read_text())
        return int(processes[name]["pid"])

    def kill(self, name: str) -> None:
        """Kill a part with all that it has started, as a machine does that loses its power."""
        kill_tree(self.pid(name))

    def run_of(self, worker: str) -> str:
        """The flow run that a worker carries out."""
        for pid in tree_of(self.pid(worker)):
            run_id = _run_in(pid)
            if run_id:
                return run_id
        raise AssertionError(f"{worker} carries out no run")

    def process_of(self, run_id: str) -> int:
        """The process of a flow run."""
        for worker in ("worker-1", "worker-2"):
            for pid in tree_of(self.pid(worker)):
                if _run_in(pid) == run_id:
                    return pid
        raise AssertionError(f"nobody carries out {run_id}")

    def client_env(self) -> dict[str, str]:
        """What leads to Prefect."""
        lines = (self.folder / "client.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def _script(self, name: str, *arguments: str | Path) -> None:
        self._run(str(ROOT / "deployments" / name), *arguments)

    def _run(self, *command: str | Path) -> None:
        known = self.folder / "client.env"
        env = {**self.env, **(self.client_env() if known.exists() else {})}
        tree = ProcessTree(sys.executable, *command, env=env, log=self.folder / "scripts.log")
        assert tree.wait(LONGEST_S) == 0, tree.said()


@dataclass(frozen=True)
class Desk:
    """Who asks it."""

    site: Site
    fal: Client
    http: httpx.AsyncClient

    async def begin(
        self, parameters: Mapping[str, Any], env: Mapping[str, str] | None = None
    ) -> str:
        """Ask for a run of the flow `film`; gives its id."""
        found = await self.ask("GET", f"deployments/name/{DEPLOYMENT}")
        body: dict[str, Any] = {"parameters": dict(parameters)}
        if env:
            body["job_variables"] = {"env": dict(env)}
        run = await self.ask("POST", f"deployments/{found['id']}/create_flow_run", body)
        return str(run["id"])

    async def run(self, run_id: str) -> dict[str, Any]:
        """Read a flow run."""
        read: dict[str, Any] = await self.ask("GET", f"flow_runs/{run_id}")
        return read

    async def states(self, run_id: str) -> list[str]:
        """The states that a run went through."""
        found = await self.ask("GET", f"flow_run_states/?flow_run_id={run_id}")
        return [str(state["name"]) for state in found]

    async def report(self, run_id: str) -> dict[str, Any]:
        """Wait for a run that makes its film; gives its report."""
        state: dict[str, Any] = {}

        async def is_over() -> bool:
            state.update((await self.run(run_id))["state"])
            return bool(state["type"] == "COMPLETED")

        await self.until(is_over, of=run_id)
        # A path on the worker's machine, which is this one.
        kept = Path(state["data"]["storage_key"]).read_bytes()
        report: dict[str, Any] = json.loads(kept)
        return report

    async def until(
        self, is_so: Callable[[], Any], *, of: str = "", longest_s: float = LONGEST_S
    ) -> None:
        """Wait until something is so."""
        try:
            async with asyncio.timeout(longest_s):
                while True:
                    if await is_so():
                        return
                    await asyncio.sleep(BETWEEN_LOOKS_S)
        except TimeoutError:
            raise AssertionError([await self.states(of), *await self.log_of(of)]) from None

    async def is_in(self, run_id: str, state: str) -> bool:
        """Whether a run is in a state of this type."""
        return bool((await self.run(run_id))["state"]["type"] == state)

    async def cancel(self, run_id: str) -> None:
        """Do what the button in the UI does."""
        body = {"state": {"type": "CANCELLING", "name": "Cancelling"}}
        await self.ask("POST", f"flow_runs/{run_id}/set_state", body)

    async def in_flight(self, number: int) -> bool:
        """Whether fal draws so many jobs."""
        drawn = [job for job in await self.jobs() if job["status"] == "IN_PROGRESS"]
        return len(drawn) == number

    async def jobs(self) -> list[dict[str, Any]]:
        """The jobs in the stand-in's book."""
        return await self.fal.jobs()

    async def log_of(self, run_id: str) -> list[str]:
        """Read a flow run's log, as the UI shows it."""
        of_run = {"logs": {"flow_run_id": {"any_": [run_id]}}, "sort": "TIMESTAMP_ASC"}
        return [str(line["message"]) for line in await self.ask("POST", "logs/filter", of_run)]

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Ask Prefect's API."""
        reply = await self.http.request(method, path, json=body)
        assert reply.is_success, reply.text
        return reply.json()


@asynccontextmanager
async def open_desk(site: Site) -> AsyncIterator[Desk]:
    """Sit down at a site; the stand-in's book is empty, and faults are off afterwards."""
    client = site.client_env()
    name, _, word = client["PREFECT_API_AUTH_STRING"].partition(":")
    url = f"{client['PREFECT_API_URL']}/"
    async with (
        Client.emptied(site.fal) as fal,
        httpx.AsyncClient(
            base_url=url, auth=(name, word), timeout=LONGEST_S, transport=AsksAgain()
        ) as http,
    ):
        yield Desk(site, fal, http)


def memory_mib(pid: int) -> tuple[float, float]:
    """What a process holds in memory, and has held at most, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    said = dict(line.split(":", 1) for line in lines)
    now, most = (int(said[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    return now, most


def _run_in(pid: int) -> str:
    """The flow run of a process; nothing if it is none's, or has just ended."""
    try:
        environ = Path(f"/proc/{pid}/environ").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    for line in environ.split(b"\0"):
        if line.startswith(b"PREFECT__FLOW_RUN_ID="):
            return line.partition(b"=")[2].decode()
    return ""


def prompts(jobs: Sequence[dict[str, Any]]) -> list[str]:
    """What each job was asked for."""
    return [str(job["input"]["prompt"]) for job in jobs]
