"""What the tests ask a Prefect server, in its own words: plain HTTP, and no Prefect here."""

import asyncio
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

FINAL = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})
LONGEST_S = 600
BETWEEN_LOOKS_S = 0.2


@dataclass(frozen=True)
class PrefectApi:
    """A Prefect server.

    Attributes:
        url: Of its API.
        storage: Where its flow runs keep their results.
    """

    url: str
    storage: Path
    http: httpx.AsyncClient

    async def begin(
        self,
        deployment: str,
        parameters: Mapping[str, Any],
        env: Mapping[str, str],
        *,
        flow: str = "film",
    ) -> str:
        """Ask for a flow run; gives its id.

        Args:
            deployment: The name of a deployment of the flow.
            parameters: Of the flow.
            env: Of the run's process, where a worker starts it.
            flow: The flow.
        """
        found = await self.ask("GET", f"deployments/name/{flow}/{deployment}")
        body: dict[str, Any] = {"parameters": parameters, "idempotency_key": uuid.uuid4().hex}
        if env:
            body["job_variables"] = {"env": dict(env)}
        run = await self.ask("POST", f"deployments/{found['id']}/create_flow_run", body)
        return str(run["id"])

    async def run(self, run_id: str) -> dict[str, Any]:
        """Read a flow run."""
        read: dict[str, Any] = await self.ask("GET", f"flow_runs/{run_id}")
        return read

    async def ended(self, run_id: str) -> dict[str, Any]:
        """Wait for the end of a flow run; gives its last state."""
        async with asyncio.timeout(LONGEST_S):
            while True:
                state: dict[str, Any] = (await self.run(run_id))["state"]
                if state["type"] in FINAL:
                    return state
                await asyncio.sleep(BETWEEN_LOOKS_S)

    async def completed(self, run_id: str) -> dict[str, Any]:
        """Wait for a flow run that makes its film; gives its report."""
        state = await self.ended(run_id)
        assert state["type"] == "COMPLETED", [state, *await self.log_of(run_id)]
        kept = (self.storage / state["data"]["storage_key"]).read_bytes()
        report: dict[str, Any] = json.loads(kept)
        return report

    async def cancel(self, run_id: str, *, force: bool = True) -> None:
        """Do what the button in the UI does."""
        await self._set_state(run_id, {"type": "CANCELLING", "name": "Cancelling"}, force=force)

    async def limit(self, deployment: str, runs: int | None) -> None:
        """Have a deployment carry out so many runs at a time."""
        found = await self.ask("GET", f"deployments/name/film/{deployment}")
        await self.ask("PATCH", f"deployments/{found['id']}", {"concurrency_limit": runs})

    async def crashed(self, run_id: str) -> None:
        """Say of a run that nobody runs it any more, as the automation on heartbeats does."""
        await self._set_state(run_id, {"type": "CRASHED", "message": "no heartbeat"})

    async def retry(self, run_id: str) -> None:
        """Have the same flow run carried out once more."""
        await self._set_state(run_id, {"type": "SCHEDULED", "name": "AwaitingRetry"})

    async def log_of(self, run_id: str) -> list[str]:
        """Read a flow run's log, as the UI shows it."""
        of_run = {"logs": {"flow_run_id": {"any_": [run_id]}}, "sort": "TIMESTAMP_ASC"}
        return [str(line["message"]) for line in await self.ask("POST", "logs/filter", of_run)]

    async def _set_state(self, run_id: str, state: dict[str, Any], *, force: bool = True) -> None:
        body = {"state": state, "force": force}
        result = await self.ask("POST", f"flow_runs/{run_id}/set_state", body)
        # A run without a process is cancelled at once: Prefect calls that a rejection.
        assert result["status"] == "ACCEPT" or result["state"]["type"] == "CANCELLED", result

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Ask for something."""
        reply = await self.http.request(method, f"{self.url}/{path}", json=body)
        assert reply.is_success, reply.text
        return reply.json() if reply.content else None
