"""What a test needs of all that is running."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import httpx

from shotgraph.rehearsal import RehearsalServer
from tests.locked_database import AsksAgain
from tests.rehearsal.client import Client

from .crash_films import CrashFilm
from .hosts import Deployment
from .oracle import Verdict, judge
from .prefect_api import PrefectApi

Jobs: TypeAlias = list[dict[str, Any]]
SEEN_S = 600
BETWEEN_LOOKS_S = 0.02


@dataclass(frozen=True)
class Studio:
    """What runs for all tests.

    Attributes:
        fal: The stand-in.
        env: Of every process: leads to Prefect and to the stand-in.
        storage: Where flow runs keep their results.
        sha256: Of the film that nothing happened to.
        cost_usd: Of the same.
    """

    fal: RehearsalServer
    env: dict[str, str]
    folder: Path
    storage: Path
    shot: Path
    sha256: str
    cost_usd: float

    def film(self, name: str) -> CrashFilm:
        """Make up a film that has a store of its own, and no dollar too many."""
        folder = self.folder / name
        folder.mkdir()
        return CrashFilm(name, folder, self.shot, max_usd=self.cost_usd)


@dataclass(frozen=True)
class Stage:
    """The same, and who asks it."""

    studio: Studio
    prefect: PrefectApi
    fal: Client

    async def begin(self, film: CrashFilm, deployment: Deployment) -> str:
        """Ask for a flow run that makes a film; gives its id."""
        return await self.prefect.begin(deployment.name, film.parameters, deployment.env)

    async def made(self, film: CrashFilm, deployment: Deployment) -> dict[str, Any]:
        """Make a film by a new flow run; gives its report."""
        return await self.prefect.completed(await self.begin(film, deployment))

    async def until(self, film: CrashFilm, seen: Callable[[Jobs], bool]) -> Jobs:
        """Wait until something is seen in the stand-in's book of a film."""
        async with asyncio.timeout(SEEN_S):
            while True:
                jobs = film.jobs_in(await self.fal.jobs())
                if seen(jobs):
                    return jobs
                await asyncio.sleep(BETWEEN_LOOKS_S)

    async def judge(self, film: CrashFilm, reports: Sequence[dict[str, Any]]) -> Verdict:
        """Judge a film, when every job of it has ended: only then is it charged."""
        jobs = await self.until(film, lambda jobs: all(is_over(job) for job in jobs))
        return await judge(film, jobs, reports, self.studio.sha256)


def is_over(job: dict[str, Any]) -> bool:
    return bool(job["status"] == "COMPLETED")


@asynccontextmanager
async def open_stage(studio: Studio) -> AsyncIterator[Stage]:
    """Open a stage; faults that a test has switched on are off afterwards."""
    async with (
        Client.of(studio.fal) as fal,
        httpx.AsyncClient(timeout=300, transport=AsksAgain()) as http,
    ):
        prefect = PrefectApi(studio.env["PREFECT_API_URL"], studio.storage, http)
        try:
            yield Stage(studio, prefect, fal)
        finally:
            await fal.lift()
