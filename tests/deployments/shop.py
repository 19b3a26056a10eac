"""A real Prefect server that can be stopped and started, a worker, a store, and fal's stand-in."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from shotgraph.rehearsal import RehearsalServer
from tests.cli.command import Desk
from tests.prefect_crash.process_tree import BIN, ProcessTree

READY_S = 600.0
LONGEST_S = 600.0
BETWEEN_LOOKS_S = 0.5
FINAL = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})


@dataclass
class Shop:
    """What it takes to make films by appointment.

    Attributes:
        env: Of every process: where Prefect, the store and fal's stand-in are.
    """

    folder: Path
    env: dict[str, str]
    port: int
    fal: RehearsalServer
    server: ProcessTree | None = None
    worker: ProcessTree | None = None
    worker_starts: int = 0
    _http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=300))

    def open_server(self) -> None:
        """Start the server, and wait until it answers."""
        command = (BIN / "prefect", "server", "start", "--host", "127.0.0.1")
        log = self.folder / "server.log"
        self.server = ProcessTree(*command, "--port", str(self.port), env=self.env, log=log)
        self.until(self._is_open, "a Prefect server", READY_S)

    def stop_server(self) -> None:
        """Stop it as its service would."""
        assert self.server is not None
        self.server.interrupt()
        with suppress(Exception):
            self.server.wait(30)
        self.server.kill()

    def keep_a_worker(self) -> None:
        """Start the worker if it does not run: it ends itself after some time without a server."""
        if self.worker is not None and self.worker.exit_code is None:
            return
        command = (BIN / "prefect", "worker", "start", "--pool", "shotgraph", "--type", "process")
        self.worker = ProcessTree(*command, env=self.env, log=self.folder / "worker.log")
        self.worker_starts += 1

    def close(self) -> None:
        """Leave nothing running."""
        for tree in (self.worker, self.server):
            if tree is not None:
                tree.kill()
        self._http.close()

    def deploy(self, *words: str | Path) -> dict[str, Any]:
        """Run the command; gives the first deployment that it made."""
        ran = Desk(self.folder, self.env).run("deploy", *map(str, words), "--json")
        assert ran.code == 0, ran.err
        deployed: dict[str, Any] = ran.json["deployments"][0]
        return deployed

    def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Ask the server's API; a busy one is asked again."""
        give_up_at = time.monotonic() + LONGEST_S
        url = f"{self.env['PREFECT_API_URL']}/{path}"
        while True:
            try:
                reply = self._http.request(method, url, json=body)
                if reply.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    return reply
            except httpx.TimeoutException:
                if time.monotonic() > give_up_at:
                    raise
            time.sleep(BETWEEN_LOOKS_S)

    def begin(self, deployment: Mapping[str, Any], **body: Any) -> str:
        """Ask for a run; gives its id."""
        reply = self.ask("POST", f"deployments/{deployment['deployment_id']}/create_flow_run", body)
        assert reply.is_success, reply.text
        return str(reply.json()["id"])

    def ended(self, run_id: str, *, by_worker: bool = True) -> dict[str, Any]:
        """Wait for the end of a run, which a worker carries out, or a process that serves it."""
        found: dict[str, Any] = {}

        def is_over() -> bool:
            if by_worker:
                self.keep_a_worker()
            found.update(self.ask("GET", f"flow_runs/{run_id}").json())
            return found["state"]["type"] in FINAL

        self.until(is_over, f"the end of {run_id}")
        return found

    def runs_of(self, deployment: Mapping[str, Any]) -> list[dict[str, Any]]:
        """All runs that have been due, by due time."""
        body = {
            "deployments": {"id": {"any_": [deployment["deployment_id"]]}},
            "flow_runs": {"expected_start_time": {"before_": f"{datetime.now().astimezone()}"}},
            "sort": "EXPECTED_START_TIME_ASC",
        }
        found: list[dict[str, Any]] = self.ask("POST", "flow_runs/filter", body).json()
        return found

    def until(self, is_so: Callable[[], bool], what: str, longest_s: float = LONGEST_S) -> None:
        """Look until something is so."""
        give_up_at = time.monotonic() + longest_s
        while not is_so():
            if time.monotonic() > give_up_at:
                said = [tree.said() for tree in (self.server, self.worker) if tree is not None]
                raise AssertionError("\n".join([f"{what} did not come about", *said]))
            time.sleep(BETWEEN_LOOKS_S)

    def log_of(self, run_id: str) -> str:
        """What a run said."""
        body = {"logs": {"flow_run_id": {"any_": [run_id]}}, "sort": "TIMESTAMP_ASC"}
        return "\n".join(line["message"] for line in self.ask("POST", "logs/filter", body).json())

    def _is_open(self) -> bool:
        try:
            return self._http.get(f"{self.env['PREFECT_API_URL']}/health").is_success
        except httpx.HTTPError:
            return False
