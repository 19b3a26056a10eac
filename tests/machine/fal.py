"""fal, as the machine has it: the rehearsal server, on the machine's clock, held and let go."""

from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Any

import httpx

from shotgraph.rehearsal import RehearsalServer

PATIENCE_S = 300


class Fal:
    """The rehearsal server's controls."""

    def __init__(self, server: RehearsalServer, http: httpx.Client) -> None:
        self.server = server
        self._root = server.bases.queue_url.removesuffix("/queue")
        self._http = http

    def fault(self, **fault: Any) -> str:
        """Switch a fault on; gives its id."""
        reply = self._http.post(f"{self._root}/_rehearsal/faults", json=fault)
        reply.raise_for_status()
        return str(reply.json()["ids"][0])

    def lift(self) -> None:
        """Switch all faults off."""
        self._http.delete(f"{self._root}/_rehearsal/faults").raise_for_status()

    def remove(self, fault: str) -> None:
        """Switch one fault off."""
        self._http.delete(f"{self._root}/_rehearsal/faults/{fault}").raise_for_status()

    def jobs(self) -> list[dict[str, Any]]:
        """Every job that was accepted."""
        jobs: list[dict[str, Any]] = self._book()["jobs"]
        return jobs

    def running_since(self) -> datetime | None:
        """When the oldest job that has not ended was received."""
        open_jobs = [job for job in self.jobs() if job["status"] != "COMPLETED"]
        return min((datetime.fromisoformat(job["received_at"]) for job in open_jobs), default=None)

    def until_all_have_ended(self) -> None:
        """Wait until it has drawn what it accepted."""
        _until(lambda: self.running_since() is None)

    def until_submits(self, count: int) -> None:
        """Wait until it has taken so many submissions."""
        _until(lambda: self._book()["counts"].get("submits", 0) >= count)

    def until_used(self, fault: str) -> None:
        """Wait until a fault has done what it was switched on for."""

        def is_used() -> bool:
            faults = self._http.get(f"{self._root}/_rehearsal/faults").json()
            return any(one["id"] == fault and one["used"] > 0 for one in faults)

        _until(is_used)

    def forget(self) -> None:
        """Begin a new book, without faults."""
        self.lift()
        self._http.delete(f"{self._root}/_rehearsal/book").raise_for_status()

    def _book(self) -> dict[str, Any]:
        reply = self._http.get(f"{self._root}/_rehearsal/book")
        reply.raise_for_status()
        book: dict[str, Any] = reply.json()
        return book


def _until(is_so: Callable[[], bool]) -> None:
    give_up_at = monotonic() + PATIENCE_S
    while not is_so():
        assert monotonic() < give_up_at, "fal does not get there"
