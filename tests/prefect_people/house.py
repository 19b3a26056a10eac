"""What a test of waiting runs needs: Prefect, which can be restarted, a stand-in, a host."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.prefect_crash.hosts import Host, until_known
from tests.prefect_crash.prefect_api import BETWEEN_LOOKS_S, LONGEST_S, PrefectApi
from tests.prefect_crash.process_tree import BIN, ProcessTree
from tests.rehearsal.client import Client

from .films import SEEN, GatedFilm


class Server:
    """A Prefect server."""

    def __init__(self, env: Mapping[str, str], port: int, log: Path) -> None:
        self._env, self._port, self._log = env, port, log
        self.start()

    def start(self) -> None:
        """Start it, also after it was killed."""
        command = ("server", "start", "--host", "127.0.0.1", "--port", str(self._port))
        self._tree = ProcessTree(BIN / "prefect", *command, env=self._env, log=self._log)
        until_known("health", self._tree, self._env)

    def kill(self) -> None:
        """Kill it, as a machine does that loses its power."""
        self._tree.kill()


@dataclass(frozen=True)
class Asked:
    """A form that a waiting run shows.

    Attributes:
        state_id: Of the suspension.
    """

    state_id: str
    description: str
    schema: dict[str, Any]

    def field(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.schema["properties"][name]
        return found


@dataclass(frozen=True)
class House:
    """All of it, for one test."""

    server: Server
    host: Host
    prefect: PrefectApi
    fal: Client
    folder: Path
    shot: Path

    def film(self, name: str, text: str = SEEN, max_usd: float | None = None) -> GatedFilm:
        """Make up a film that has a store of its own."""
        folder = self.folder / f"{self.host.plain.name}-{name}"
        folder.mkdir()
        return GatedFilm(folder.name, folder, self.shot, text, max_usd)

    async def begin(self, film: GatedFilm) -> str:
        """Ask for a run; gives its id."""
        return await self.prefect.begin(self.host.plain.name, film.parameters, {})

    async def asked(self, run_id: str, before: Asked | None = None) -> Asked:
        """Wait until a run waits with a form that is not the one before."""
        async with asyncio.timeout(LONGEST_S):
            while True:
                state = (await self.prefect.run(run_id))["state"]
                assert state["type"] not in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"), [
                    state,
                    *await self.prefect.log_of(run_id),
                ]
                is_new = before is None or state["id"] != before.state_id
                if state["name"] == "Suspended" and is_new:
                    keys = state["state_details"]["run_input_keyset"]
                    schema = await self._input(run_id, keys["schema"])
                    description = await self._input(run_id, keys["description"])
                    if schema is not None and description is not None:
                        return Asked(state["id"], description, schema)
                await asyncio.sleep(BETWEEN_LOOKS_S)

    async def answer(self, run_id: str, **values: Any) -> dict[str, Any]:
        """Answer as a script does; gives what Prefect says to it."""
        body = {"run_input": values}
        said: dict[str, Any] = await self.prefect.ask("POST", f"flow_runs/{run_id}/resume", body)
        return said

    async def jobs(self, film: GatedFilm) -> list[dict[str, Any]]:
        """A film's jobs in the stand-in's book, as they came in."""
        return [
            job
            for job in await self.fal.jobs()
            if job["input"]["prompt"].endswith(f", {film.name}")
        ]

    async def prompts(self, film: GatedFilm) -> list[str]:
        """What was bought of a film, by its words."""
        jobs = await self.jobs(film)
        return sorted(job["input"]["prompt"].removesuffix(f", {film.name}") for job in jobs)

    async def _input(self, run_id: str, key: str) -> Any:
        reply = await self.prefect.http.get(f"{self.prefect.url}/flow_runs/{run_id}/input/{key}")
        return reply.json() if reply.is_success else None


def processes_of(run_id: str) -> list[int]:
    """Find the processes that carry a flow run out."""
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"PREFECT__FLOW_RUN_ID={run_id}".encode() in environ.read_bytes():
                found.append(int(environ.parent.name))
        except OSError:
            continue
    return found


async def until_gone(run_id: str) -> None:
    """Wait until no process carries a flow run out any more."""
    async with asyncio.timeout(LONGEST_S):
        while processes_of(run_id):  # noqa: ASYNC110  a process tells nobody that it ends
            await asyncio.sleep(BETWEEN_LOOKS_S)
