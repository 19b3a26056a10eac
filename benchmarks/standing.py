"""The servers for the benchmarks of films: a stand-in for fal, and Prefect's server.

``python -m benchmarks.standing RUN_S AT_ONCE`` runs the stand-in for fal.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from shotgraph.rehearsal import Options, RehearsalServer

READY_S = 300.0
"""The longest wait for Prefect's server: on a busy machine, making its database takes minutes."""
LOOK_S = 0.2


class StandIn:
    """A rehearsal server in a process of its own, and its book."""

    def __init__(self, announced: dict[str, str]) -> None:
        self.key = announced.pop("key")
        self.bases = announced
        self.root = announced["queue_url"].removesuffix("/queue")

    def environment(self) -> dict[str, str]:
        """Return the environment variables that direct shotgraph to this server."""
        urls = {f"SHOTGRAPH_FAL_{name.upper()}": url for name, url in self.bases.items()}
        return {**urls, "FAL_KEY": self.key}

    def jobs(self) -> list[dict[str, Any]]:
        """Return the accepted jobs, as in the server's book."""
        with urlopen(f"{self.root}/_rehearsal/book") as reply:  # noqa: S310  our own server
            jobs: list[dict[str, Any]] = json.load(reply)["jobs"]
            return jobs

    def submitted(self) -> int:
        """Return the number of accepted jobs."""
        return len(self.jobs())

    def forget(self) -> None:
        """Clear the server's book."""
        urlopen(Request(f"{self.root}/_rehearsal/book", method="DELETE"))  # noqa: S310


@contextmanager
def stand_in(run_s: float, at_once: int) -> Iterator[StandIn]:
    """Run a stand-in for fal, in which a job takes `run_s`, and `at_once` jobs run at a time.

    Jobs of the same kind and size share one drawing, so the speed of drawing is not measured.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.standing", str(run_s), str(at_once)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[1],
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            yield StandIn(json.loads(process.stdout.readline()))
        finally:
            process.stdin.close()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()


@dataclass(frozen=True)
class PrefectServer:
    """Prefect's server: the URL of its API, and its process."""

    url: str
    pid: int

    def cpu_s(self) -> float:
        """Return the processor time of the server so far, in seconds; 0 if unknown."""
        return processor_s(self.pid)


def processor_s(pid: int) -> float:
    """Return the processor time of a process so far, in seconds; 0 if the system has no /proc."""
    try:
        numbers = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def prefect_server(home: Path) -> Iterator[PrefectServer]:
    """Start Prefect's server with a database of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}/api"
    environment = {
        **os.environ,
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_SERVER_LEVEL": "ERROR",
    }
    prefect = Path(sys.executable).with_name("prefect")
    with subprocess.Popen(
        [prefect, "server", "start", "--port", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            _wait_for(f"{url}/health")
            yield PrefectServer(url, process.pid)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_for(url: str) -> None:
    ends = time.monotonic() + READY_S
    while True:
        try:
            urlopen(url).close()  # noqa: S310  our own server
            return
        except (URLError, OSError):
            if time.monotonic() > ends:
                raise
            time.sleep(LOOK_S)


async def _serve(run_s: float, at_once: int) -> None:
    options = Options(queue_s=0.0, run_s=run_s, at_once=at_once, quick=True)
    async with RehearsalServer(options) as server:
        print(json.dumps({**server.bases.as_dict(), "key": server.key}), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1]), int(sys.argv[2])))
