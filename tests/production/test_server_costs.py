"""What a film and each of its steps take of Prefect's server: the figures of docs/sizing.md."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.prefect_crash.process_tree import tree_of

from .conftest import opened_site
from .films import act, film_run
from .site import Desk, Site, memory_mib, open_desk

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(2400)]

IDLE_S = 30
SMALL, LARGE, SMALL_FILMS = 2, 20, 2
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """What was used: of processors, in seconds, and of the database's disk, in bytes."""

    server_s: float
    database_s: float
    disk_bytes: int

    def __sub__(self, other: "Cost") -> "Cost":
        return Cost(
            self.server_s - other.server_s,
            self.database_s - other.database_s,
            self.disk_bytes - other.disk_bytes,
        )

    @property
    def both_s(self) -> float:
        """The server, and its database."""
        return self.server_s + self.database_s


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def measured(request: pytest.FixtureRequest) -> Iterator[Site]:
    with opened_site(request.param) as site:
        yield site


@pytest.fixture
async def quiet(measured: Site) -> AsyncIterator[Desk]:
    async with open_desk(measured) as desk:
        yield desk


async def test_what_a_film_and_a_step_cost(
    quiet: Desk, clips: dict[str, str], tmp_path: Path
) -> None:
    site = quiet.site
    # The first run fills what is remembered.
    first = await made(quiet, clips, SMALL, tmp_path / "first")
    before = used(site)
    await asked_after(quiet, first)
    idle = used(site) - before
    small = Cost(0, 0, 0)
    for number in range(SMALL_FILMS):
        small = sum_of(
            small, await film_cost(quiet, clips, SMALL, tmp_path / f"small-{number}", idle)
        )
    large = await film_cost(quiet, clips, LARGE, tmp_path / "large", idle)
    step_s = (large.both_s - small.both_s / SMALL_FILMS) / (LARGE - SMALL)
    film_s = small.both_s / SMALL_FILMS - (SMALL + 1) * step_s
    requests = len(re.findall(r"large/", site.s3.log.read_text()))
    print(
        f"\nprefect: {site.database}: idle {idle.server_s / IDLE_S:.1%} of a processor for the "
        f"server, {idle.database_s / IDLE_S:.1%} for the database; a step {step_s * 1000:.0f} ms, "
        f"a film besides {film_s * 1000:.0f} ms; a film of {SMALL} shots "
        f"{small.server_s / SMALL_FILMS:.2f} s and {small.database_s / SMALL_FILMS:.2f} s, "
        f"{small.disk_bytes / SMALL_FILMS / 1e3:.0f} kB; of {LARGE} shots {large.server_s:.2f} s "
        f"and {large.database_s:.2f} s, {large.disk_bytes / 1e3:.0f} kB, {requests} requests to "
        f"the store; the server {memory_mib(site.pid('server'))[0]:.0f} MiB"
    )
    assert 0 < step_s < 1


async def film_cost(
    desk: Desk, clips: dict[str, str], shots: int, folder: Path, idle: Cost
) -> Cost:
    loop = asyncio.get_running_loop()
    before, began_s = used(desk.site), loop.time()
    await made(desk, clips, shots, folder)
    cost, part = used(desk.site) - before, (loop.time() - began_s) / IDLE_S
    return Cost(
        cost.server_s - idle.server_s * part,
        cost.database_s - idle.database_s * part,
        cost.disk_bytes,
    )


async def asked_after(desk: Desk, run_id: str) -> None:
    """Look at a run while what is idle is measured: looking costs the server, too."""
    until_s = asyncio.get_running_loop().time() + IDLE_S

    async def is_over() -> bool:
        await desk.run(run_id)
        return asyncio.get_running_loop().time() >= until_s

    await desk.until(is_over, of=run_id)


async def made(desk: Desk, clips: dict[str, str], shots: int, folder: Path) -> str:
    given = film_run(folder.name, act(1)[:shots], clips, folder)
    run_id = await desk.begin(given, {"SHOTGRAPH_STORE": f"s3://films/{folder.name}"})
    await desk.report(run_id)
    return run_id


def sum_of(one: Cost, other: Cost) -> Cost:
    return Cost(
        one.server_s + other.server_s,
        one.database_s + other.database_s,
        one.disk_bytes + other.disk_bytes,
    )


def used(site: Site) -> Cost:
    if site.database == "sqlite":
        kept = (site.folder / "server").glob("prefect.db*")
        return Cost(ticks_s(site.pid("server")), 0, sum(file.stat().st_size for file in kept))
    kept = (site.folder / "postgres/base").rglob("*")
    disk = sum(file.stat().st_size for file in kept if file.is_file())
    return Cost(ticks_s(site.pid("server")), ticks_s(site.pid("database")), disk)


def ticks_s(pid: int) -> float:
    """The seconds of a processor that a process and its descendants have used."""
    total = 0
    for each in tree_of(pid):
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        # Its own, and those of its children that have ended.
        total += sum(map(int, fields[11:15]))
    return total / TICKS
