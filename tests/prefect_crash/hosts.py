"""What carries flow runs out: a process that serves the flow, or a worker and its pool."""

import asyncio
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from .process_tree import BIN, ProcessTree, running

READY_S = 600.0
"""A busy machine is no finding; what ends before is seen at once."""
BETWEEN_LOOKS_S = 0.2
SERVED = (sys.executable, "-m", "tests.prefect_crash.served")


@dataclass(frozen=True)
class Deployment:
    """Where runs of the flow `film` are asked for.

    Attributes:
        env: What each run has to be given of its own; else it has its host's environment.
    """

    name: str
    env: Mapping[str, str] = field(default_factory=dict)


class Host(ABC):
    """Carries flow runs out, each in a process of its own.

    Attributes:
        what: Names it, in words.
        plain: Runs that have its environment, and nothing of their own.
    """

    what: str
    plain: Deployment

    def __init__(self, env: Mapping[str, str], folder: Path) -> None:
        self._env = env
        self._folder = folder
        self.start()

    def start(self) -> None:
        """Start it, also after it was killed."""
        self._tree = self._started()

    def kill(self) -> None:
        """Kill it and the runs that it carries out, all at once."""
        self._tree.kill()

    @abstractmethod
    def armed(self, name: str, env: Mapping[str, str]) -> AbstractAsyncContextManager[Deployment]:
        """Runs with something of their own in their environment."""

    @abstractmethod
    def _started(self) -> ProcessTree: ...


class Serve(Host):
    """``film.serve(…)``: its runs have its environment, so other ones need another process."""

    what = "serve"
    plain = Deployment("served")

    @asynccontextmanager
    async def armed(self, name: str, env: Mapping[str, str]) -> AsyncIterator[Deployment]:
        tree = await asyncio.to_thread(self._serving, name, env)
        try:
            yield Deployment(name)
        finally:
            tree.kill()

    def _started(self) -> ProcessTree:
        return self._serving(self.plain.name, {})

    def _serving(self, name: str, env: Mapping[str, str]) -> ProcessTree:
        log = self._folder / f"{name}.log"
        tree = ProcessTree(*SERVED, name, env={**self._env, **env}, log=log)
        until_known(f"deployments/name/film/{name}", tree, self._env)
        return tree


class Worker(Host):
    """``prefect worker start``: each run may have an environment of its own."""

    what = "a worker"
    plain = Deployment("deployed")
    pool = "machines"

    @asynccontextmanager
    async def armed(self, name: str, env: Mapping[str, str]) -> AsyncIterator[Deployment]:
        yield Deployment(self.plain.name, env)

    def _started(self) -> ProcessTree:
        command = (BIN / "prefect", "worker", "start", "--pool", self.pool, "--type", "process")
        tree = ProcessTree(*command, env=self._env, log=self._folder / "worker.log")
        until_known(f"work_pools/{self.pool}", tree, self._env)
        if not _knows(f"deployments/name/film/{self.plain.name}", self._env):
            log = self._folder / "deploy.log"
            deploying = ProcessTree(*SERVED, self.plain.name, self.pool, env=self._env, log=log)
            assert deploying.wait(READY_S) == 0, deploying.said()
        return tree


HOSTS: dict[str, type[Host]] = {"serve": Serve, "worker": Worker}


@contextmanager
def open_prefect(env: Mapping[str, str], port: int, log: Path) -> Iterator[None]:
    """Run a Prefect server, until the block is left."""
    command = (BIN / "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port))
    with running(*command, env=env, log=log) as tree:
        until_known("health", tree, env)
        yield


def until_known(path: str, tree: ProcessTree, env: Mapping[str, str]) -> None:
    """Wait until Prefect's API knows what a process has to bring about."""
    give_up_at = time.monotonic() + READY_S
    while not _knows(path, env):
        if tree.exit_code is not None or time.monotonic() > give_up_at:
            tree.kill()
            raise AssertionError(f"{path} is not there: {tree.said()}")
        time.sleep(BETWEEN_LOOKS_S)


def _knows(path: str, env: Mapping[str, str]) -> bool:
    try:
        return httpx.get(f"{env['PREFECT_API_URL']}/{path}", timeout=60).is_success
    except httpx.HTTPError:
        return False
