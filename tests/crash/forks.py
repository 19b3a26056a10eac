"""Runs as processes of their own, from the side of the tests."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from .order import Order, Report

ROOT = Path(__file__).parents[2]


class Run:
    """One process that carries out one order."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self._pid: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._exit: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._stopped = asyncio.Event()

    async def pid(self) -> int:
        """Its process number."""
        return await self._pid

    async def ended(self) -> int:
        """Wait for its end: the exit code, or the negative number of the signal."""
        return await asyncio.shield(self._exit)

    async def stops(self) -> bool:
        """Wait until it is stopped, or has ended; tells whether it is stopped."""
        stopped = asyncio.ensure_future(self._stopped.wait())
        either: set[asyncio.Future[Any]] = {stopped, self._exit}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        return self._stopped.is_set()

    async def until_stopped(self) -> None:
        """Wait until it is stopped; it must not end before."""
        assert await self.stops(), f"it ended and was never stopped: {self.report()}"

    async def go_on(self) -> None:
        """Let it go on."""
        os.kill(await self.pid(), signal.SIGCONT)

    def report(self) -> Report:
        """What it says of itself; an empty report where it was killed."""
        with suppress(FileNotFoundError):
            return Report.model_validate_json(self.order.report.read_bytes())
        return Report()

    def hear(self, told: dict[str, int]) -> None:
        """Take a line of the fork server."""
        if "pid" in told:
            self._pid.set_result(told["pid"])
        if "stopped" in told:
            self._stopped.set()
        if "exit" in told:
            self._exit.set_result(told["exit"])


class Forks:
    """Starts runs."""

    def __init__(self, process: asyncio.subprocess.Process, logs: Path) -> None:
        self._process = process
        self._logs = logs
        self._runs: list[Run] = []

    def start(self, order: Order) -> Run:
        """Start a run."""
        run = Run(order)
        log = str(self._logs / f"{len(self._runs):05d}.log")
        asked = {"run": len(self._runs), "order": order.model_dump(mode="json"), "log": log}
        self._runs.append(run)
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        return run

    async def read(self) -> None:
        """Hear of every run."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            told = json.loads(line)
            self._runs[told["run"]].hear(told)


@asynccontextmanager
async def open_forks(folder: Path, env: dict[str, str] | None = None) -> AsyncIterator[Forks]:
    """Run a fork server; on leaving, every run that it started has ended.

    Args:
        folder: For what the runs write to stderr.
        env: What they have in their environment besides.
    """
    logs = folder / "logs"
    logs.mkdir()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.crash.fork_server",
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    forks = Forks(process, logs)
    reader = asyncio.create_task(forks.read())
    try:
        yield forks
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
        reader.cancel()
