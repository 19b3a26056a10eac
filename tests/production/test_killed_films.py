"""A film's process is killed while others are made: it is started again, and no worker dies."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from .conftest import opened_site
from .films import FRAMES_IN_SHOT, act, film_run, frames_in
from .site import Desk, Site, open_desk, prompts

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(3600)]

FILMS, KILLED_AT_A_TIME, SHOTS = 4, 2, 2
KILLS = 20
BEGUN_S = 45
WORKERS = ("worker-1", "worker-2")


@pytest.fixture(scope="module", params=["postgres", "sqlite"])
def busy_site(request: pytest.FixtureRequest) -> Iterator[Site]:
    with opened_site(request.param, runs_at_once=2, restart_after_s=60) as site:
        yield site


@pytest.fixture
async def busy_desk(busy_site: Site) -> AsyncIterator[Desk]:
    async with open_desk(busy_site) as desk:
        yield desk


async def test_a_killed_film_is_made_by_a_living_worker(
    site: Site, desk: Desk, clips: dict[str, str], tmp_path: Path
) -> None:
    await killed_in_rounds(desk, clips, tmp_path, rounds=1, films=2, killed=1)


async def test_killed_films_take_no_other_along(
    busy_desk: Desk, clips: dict[str, str], tmp_path: Path
) -> None:
    rounds = KILLS // KILLED_AT_A_TIME
    await killed_in_rounds(
        busy_desk, clips, tmp_path, rounds=rounds, films=FILMS, killed=KILLED_AT_A_TIME
    )


async def test_a_worker_dies_before_its_film_begins(
    site: Site, desk: Desk, clips: dict[str, str], tmp_path: Path
) -> None:
    """Its run sends no heartbeat that could stop: it would be Pending for ever."""
    site.automate("--begun-within-s", str(BEGUN_S))
    film = made_of("never begun", 1, clips, tmp_path)[0]
    run_id = await desk.begin(film, {"SHOTGRAPH_STORE": str(tmp_path / "store")})
    await desk.until(lambda: desk.is_in(run_id, "PENDING"), of=run_id)
    for worker in WORKERS:
        site.kill(worker)
    killed_at = time.monotonic()
    assert await desk.is_in(run_id, "PENDING"), "no process has begun it"
    await asyncio.to_thread(site.start)
    report = await desk.report(run_id)
    site.automate()
    submits, states = prompts(await desk.jobs()), await desk.states(run_id)
    print(
        f"\nprefect: {site.database}: a worker is killed before its film begins: the film "
        f"{time.monotonic() - killed_at:.0f} s later, of which {BEGUN_S} s until the run is "
        f"Crashed; {len(submits)} submits of {SHOTS}; {states}"
    )
    assert frames_in(report["output"]["path"]) == SHOTS * FRAMES_IN_SHOT
    assert "Crashed" in states
    assert len(submits) == len(set(submits)) == SHOTS


async def killed_in_rounds(
    desk: Desk, clips: dict[str, str], folder: Path, *, rounds: int, films: int, killed: int
) -> None:
    workers = [desk.site.pid(name) for name in WORKERS]
    restarts_s: list[float] = []
    for number in range(rounds):
        made = made_of(f"round {number}", films, clips, folder / f"{number}")
        restarts_s += await one_round(desk, made, killed, folder / f"{number}")
        print(f"\nround {number}: started again after {[round(s) for s in restarts_s[-killed:]]} s")
        for pid in workers:
            assert Path(f"/proc/{pid}/cmdline").read_bytes(), "a worker has died with its film"
    submits = prompts(await desk.jobs())
    print(
        f"\nprefect: {desk.site.database}: {rounds * killed} films killed, {killed} of {films} at "
        f"a time: both workers live, every film is made, the others by their first process; "
        f"{len(submits)} submits; made again after {min(restarts_s):.0f} to {max(restarts_s):.0f} s"
    )
    assert len(submits) == len(set(submits)) == rounds * films * SHOTS


def made_of(words: str, films: int, clips: dict[str, str], folder: Path) -> list[dict[str, Any]]:
    given = []
    for number in range(films):
        shots = act(1)[number * SHOTS :][:SHOTS]
        film = film_run(f"killed-{number}", shots, clips, folder / str(number))
        film["pipeline"] = film["pipeline"].replace("Repaint it", f"Repaint it, {words}")
        given.append(film)
    return given


async def one_round(
    desk: Desk, films: Sequence[dict[str, Any]], killed: int, folder: Path
) -> Sequence[float]:
    """Kill some of the films; gives the seconds from their deaths until each runs again."""
    held = await desk.fal.fault("hold", state="IN_PROGRESS")
    store = {"SHOTGRAPH_STORE": str(folder / "store")}
    runs = [await desk.begin(film, store) for film in films]
    jobs = len(films) * SHOTS
    await desk.until(lambda: desk.in_flight(jobs), of=runs[-1])
    killed_at = time.monotonic()
    for run_id in runs[:killed]:
        os.kill(desk.site.process_of(run_id), signal.SIGKILL)
    again = (started_again(desk, run_id, killed_at) for run_id in runs[:killed])
    restarts_s = await asyncio.gather(*again)
    await desk.fal.lift(held)
    for number, run_id in enumerate(runs):
        report = await desk.report(run_id)
        assert frames_in(report["output"]["path"]) == SHOTS * FRAMES_IN_SHOT
        states = await desk.states(run_id)
        ran = sum(state in ("Running", "Retrying") for state in states)
        assert ran == (2 if number < killed else 1), states
    return restarts_s


async def started_again(desk: Desk, run_id: str, killed_at: float) -> float:
    async def runs_again() -> bool:
        states = await desk.states(run_id)
        return "Crashed" in states and states[-1] in ("Running", "Retrying", "Completed")

    await desk.until(runs_again, of=run_id)
    return time.monotonic() - killed_at
