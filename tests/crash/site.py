"""A server, a fork server, and a folder for each case."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from shotgraph.inputs.hosts import FalBases, backend_of
from shotgraph.model.references import Asset
from shotgraph.money.windows import Windows
from shotgraph.rehearsal import Options, RehearsalServer
from shotgraph.store import open_store

from .forks import Forks, Run, open_forks
from .oracle import Book, Verdict, judge
from .order import Order, Report, Shot

WINDOWS = Windows(send_s=1, reply_s=2, start_s=1, run_s=0, lag_s=0.2, skew_s=0.1, look_s=60)
"""Jobs take no time here, and most of it is for answers: sixteen processes on two busy cores."""
FULL = os.environ.get("SHOTGRAPH_CRASH_FULL") == "1"
"""Whether what takes too long for each change is run in full, and not by a fixed sample."""
SAMPLED = os.environ.get("SHOTGRAPH_CRASH_SAMPLE") == "1"
"""Whether of the rest, too, only a fixed sample is run, as CI does."""
AT_ONCE = 8
"""Cases at a time: they mostly wait for a lease, or until buying again is safe."""


@dataclass(frozen=True)
class Site:
    """Where cases take place."""

    server: RehearsalServer
    forks: Forks
    folder: Path
    http: httpx.AsyncClient
    at_once: asyncio.Semaphore

    @property
    def bases(self) -> FalBases:
        """Where its fal is."""
        return FalBases(**self.server.bases.as_dict())

    @property
    def _control(self) -> str:
        return self.server.bases.queue_url.removesuffix("/queue") + "/_rehearsal"

    async def book(self) -> Book:
        """Read the server's book, when every job in it has ended: only then is it charged."""
        while True:
            jobs = (await self.http.get(f"{self._control}/book")).json()["jobs"]
            if all(job["status"] == "COMPLETED" for job in jobs):
                return Book(jobs)
            await asyncio.sleep(0.1)

    async def counts(self) -> dict[str, int]:
        """Read how many requests of each kind the server has heard."""
        counts: dict[str, int] = (await self.http.get(f"{self._control}/book")).json()["counts"]
        return counts

    async def fault(self, kind: str, **fields: Any) -> None:
        """Switch a fault on."""
        reply = await self.http.post(f"{self._control}/faults", json={"kind": kind, **fields})
        reply.raise_for_status()

    def case(self, name: str, *shots: Shot, location: str = "", **chosen: Any) -> "Case":
        """Make a case: some shots, and a store of their own.

        Args:
            name: Names its folder.
            shots: What is to be bought.
            location: Its store, where that is not a folder.
            chosen: Fields of every order.
        """
        folder = self.folder / name
        folder.mkdir()
        return Case(self, folder, shots, location or str(folder / "store"), chosen)


@dataclass
class Case:
    """One store, and the runs on it."""

    site: Site
    folder: Path
    shots: tuple[Shot, ...]
    location: str
    chosen: dict[str, Any]
    runs: int = 0

    async def keep_images(self) -> None:
        """Give each shot a start image of its own."""
        store = open_store(self.location)
        assets: list[Asset] = []
        for number in range(len(self.shots)):
            image = picture(self.site.folder, number)
            assets.append(await store.assets.add(image, "image"))
        self.shots = tuple(
            shot.model_copy(update={"image": asset})
            for shot, asset in zip(self.shots, assets, strict=True)
        )

    def start(self, **changes: Any) -> Run:
        """Start a run over all of its shots."""
        self.runs += 1
        fields = {
            "store": self.location,
            "bases": self.site.bases,
            "key": self.site.server.key,
            "shots": self.shots,
            "windows": WINDOWS,
            "report": self.folder / f"report-{self.runs}.json",
            **self.chosen,
            **changes,
        }
        return self.site.forks.start(Order(**fields))

    async def finish(self, runs: Iterable[Run]) -> list[Report]:
        """Wait until runs have gone to their end, all of them well."""
        reports = []
        for run in runs:
            code = await run.ended()
            report = run.report()
            assert code == 0, f"{self.folder.name}: exit {code}, {report}"
            reports.append(report)
        return reports

    def start_together(self, count: int, **changes: Any) -> list[Run]:
        """Start several runs that begin in the same moment."""
        at = time.monotonic() + 0.02 + 0.01 * count
        return [self.start(start_at=at, **changes) for _ in range(count)]

    async def judge(self, book: Book, reports: Sequence[Report] = ()) -> Verdict:
        """Judge it by the server's book."""
        bases: FalBases = self.chosen.get("bases", self.site.bases)
        return await judge(
            self.shots,
            location=self.location,
            backend=backend_of(bases),
            book=book,
            http=self.site.http,
            reports=reports,
        )


def picture(folder: Path, number: int) -> Path:
    """A grey picture; the higher the number, the lighter."""
    path = folder / f"picture-{number}.png"
    if not path.exists():
        Image.new("RGB", (320, 320), (40 + number, 40, 40)).save(path)
    return path


@asynccontextmanager
async def open_site(
    folder: Path, options: Options | None = None, env: dict[str, str] | None = None
) -> AsyncIterator[Site]:
    """Open a site; the drawings that its cases share are made first."""
    options = options or Options(queue_s=0, run_s=0)
    async with (
        RehearsalServer(replace(options, quick=True, at_once=256)) as server,
        open_forks(folder, env) as forks,
        httpx.AsyncClient(timeout=300) as http,
    ):
        site = Site(server, forks, folder, http, asyncio.Semaphore(AT_ONCE))
        await _draw_first(site)
        yield site


async def _draw_first(site: Site) -> None:
    """Have the server draw each shape once: later jobs take no time."""
    patient = WINDOWS.model_copy(update={"run_s": 60, "look_s": 0})
    case = site.case("first", Shot(prompt="with a picture"), windows=patient)
    await case.keep_images()
    case.shots = (*case.shots, Shot(prompt="without"))
    await case.finish([case.start()])
