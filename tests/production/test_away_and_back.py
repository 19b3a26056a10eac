"""A part is away with six jobs at fal, and comes back: the table in docs/production.md.

A job is held at fal until the part is back, or comes to its end while the part is away, whichever
is harder. "Goes on" is from the moment in which the part is back until the film is there.
"""

import asyncio
import os
import re
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.prefect_crash.process_tree import kill_tree, tree_of

from .conftest import opened_site
from .films import FRAMES_IN_SHOT, act, film_run, frames_in
from .moved_clock import MovedClock
from .site import FINAL, Desk, Site, open_desk, prompts

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(2400)]

SHOTS = 6
STOPPED_S = 330
"""Longer than a deployment's slot is leased (300 s), a place at fal (120 s) and silence (100 s)."""
AWAY_S = 60
DRAWS_ON_S = 150
STEALS_S = 45
"""The other machine takes a job over after it has seen no sign of life for less than this."""
REQUESTS = ("submit", "status", "stream", "result", "upload", "media", "pricing", "listing")


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def shaken(request: pytest.FixtureRequest) -> Iterator[Site]:
    with opened_site(request.param) as site:
        yield site


@pytest.fixture
async def six(
    shaken: Site, clips: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator["Six"]:
    async with open_desk(shaken) as desk:
        yield Six(desk, clips, tmp_path, re.sub(r"[^a-z0-9]+", "-", request.node.name))


class Six:
    """A film with six jobs at fal."""

    def __init__(self, desk: Desk, clips: dict[str, str], folder: Path, name: str) -> None:
        self.desk, self.site = desk, desk.site
        self._given = film_run("away", act(1)[:SHOTS], clips, folder)
        # Each in a place of its own, so that every test buys.
        self._env = {"SHOTGRAPH_STORE": f"s3://films/{name}"}
        self._restarts = 0

    async def begin(self, env: Mapping[str, str] | None = None) -> None:
        """Have all six at fal, where they stay."""
        self._held = await self.desk.fal.fault("hold", state="IN_PROGRESS")
        self.run_id = await self.desk.begin(self._given, {**self._env, **(env or {})})
        await self.desk.until(lambda: self.desk.in_flight(SHOTS), of=self.run_id)

    async def begin_another(self) -> str:
        """Have the same film made beside it; gives the run's id when it runs."""
        run_id = await self.desk.begin(self._given, self._env)
        await self.desk.until(lambda: self.desk.is_in(run_id, "RUNNING"), of=run_id)
        return run_id

    async def lift(self) -> None:
        """Have fal finish them."""
        await self.desk.fal.lift(self._held)

    async def goes_on(self, what: str) -> None:
        """Wait for the film, and print the row; a run that failed is run again, as by a person."""
        back_at = time.monotonic()
        while (state := await self._ended())["type"] == "FAILED" and not self._restarts:
            print(f"\n{what}: failed: {state['message']}")
            self._restarts += 1
            body = {"state": {"type": "SCHEDULED", "name": "AwaitingRetry"}}
            await self.desk.ask("POST", f"flow_runs/{self.run_id}/set_state", body)
        report = await self.desk.report(self.run_id)
        took_s = time.monotonic() - back_at
        submits = prompts(await self.desk.jobs())
        again = ", run again by a person" if self._restarts else ""
        print(
            f"\nprefect: away: {self.site.database}: {what}: {len(submits)} submits of {SHOTS}, "
            f"the film after {took_s:.0f} s{again}; {await self.desk.states(self.run_id)}"
        )
        assert frames_in(report["output"]["path"]) == SHOTS * FRAMES_IN_SHOT
        assert len(submits) == len(set(submits)) == SHOTS
        assert not [job for job in await self.desk.jobs() if job["cancelled"]]

    async def _ended(self) -> dict[str, Any]:
        state: dict[str, Any] = {}

        async def is_over() -> bool:
            state.update((await self.desk.run(self.run_id))["state"])
            return state["type"] in FINAL - {"CRASHED"}

        await self.desk.until(is_over, of=self.run_id, longest_s=900)
        return state

    async def worker(self) -> str:
        """The worker that carries it out."""
        for name in ("worker-1", "worker-2"):
            with suppress(AssertionError):
                if self.site.run_of(name) == self.run_id:
                    return name
        raise AssertionError("nobody carries it out")


async def test_nothing_is_away(six: Six) -> None:
    await six.begin()
    await six.lift()
    await six.goes_on("nothing")


@pytest.mark.parametrize("away_s", [5, 60, 330, 900])
async def test_the_server_is_away(six: Six, away_s: int) -> None:
    await six.begin()
    six.site.kill("server")
    await asyncio.sleep(away_s)
    await six.lift()
    await asyncio.to_thread(six.site.start)
    await six.goes_on(f"the server, {away_s} s")


@pytest.mark.parametrize("away_s", [60, 330])
async def test_fal_is_ready_while_the_server_is_away(six: Six, away_s: int) -> None:
    await six.begin()
    six.site.kill("server")
    await six.lift()
    await asyncio.sleep(away_s)
    await asyncio.to_thread(six.site.start)
    await six.goes_on(f"the server, {away_s} s, in which fal finished")


async def test_fal_draws_on_when_the_server_is_back(six: Six) -> None:
    """The server says that the run has crashed, though it lives, and a second process joins it."""
    await six.begin()
    six.site.kill("server")
    await asyncio.sleep(STOPPED_S)
    await asyncio.to_thread(six.site.start)
    await asyncio.sleep(DRAWS_ON_S)
    await six.lift()
    await six.goes_on(f"the server, {STOPPED_S} s, and fal draws for {DRAWS_ON_S} s more")


async def test_the_database_is_away(six: Six) -> None:
    if six.site.database != "postgres":
        pytest.skip("SQLite is a file")
    await six.begin()
    six.site.kill("database")
    await asyncio.sleep(AWAY_S)
    await six.lift()
    await asyncio.to_thread(six.site.start)
    await six.goes_on(f"PostgreSQL, {AWAY_S} s")


async def test_the_films_process_is_killed(six: Six) -> None:
    await six.begin()
    os.kill(six.site.process_of(six.run_id), signal.SIGKILL)
    await six.lift()
    await six.goes_on("the film's process, killed")


async def test_the_workers_machine_is_gone(six: Six) -> None:
    await six.begin()
    kill_tree(six.site.pid(await six.worker()))
    await six.lift()
    await six.goes_on("the worker's machine, for good")
    await asyncio.to_thread(six.site.start)


async def test_the_workers_machine_stands_still(six: Six) -> None:
    """Another one makes the film's run meanwhile; then both look after the same jobs."""
    await six.begin()
    still = list(tree_of(six.site.pid(await six.worker())))
    for pid in still:
        os.kill(pid, signal.SIGSTOP)
    await asyncio.sleep(STOPPED_S)
    await six.lift()
    for pid in still:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    await six.goes_on(f"the worker's machine stands still, {STOPPED_S} s")
    await asyncio.to_thread(six.site.start)


@pytest.mark.parametrize("moved_s", [3600, -3600], ids=["forward", "back"])
async def test_the_clock_is_moved(six: Six, moved_s: int, tmp_path: Path) -> None:
    """Of the film's process, while fal draws; then the other machine makes the same film, too."""
    clock = MovedClock(tmp_path)
    await six.begin(clock.env)
    clock.move(moved_s)
    other = await six.begin_another()
    await asyncio.sleep(STEALS_S)
    await six.lift()
    await six.goes_on(f"the clock of the film's machine, moved by {moved_s:+} s")
    await six.desk.report(other)
    submits = prompts(await six.desk.jobs())
    assert len(submits) == SHOTS, "the other machine has bought nothing"


@pytest.mark.parametrize("away_s", [20, AWAY_S])
async def test_the_store_is_away(six: Six, away_s: int) -> None:
    await six.begin()
    six.site.gate.shut()
    await six.lift()
    await asyncio.sleep(away_s)
    six.site.gate.open()
    await six.goes_on(f"the store, {away_s} s, in which fal finished")


async def test_fal_is_away(six: Six) -> None:
    await six.begin()
    faults = [await six.desk.fal.fault("reset", at=request) for request in REQUESTS]
    await six.lift()
    await asyncio.sleep(AWAY_S)
    await _all(six.desk.fal.lift, faults)
    await six.goes_on(f"fal, {AWAY_S} s, in which it finished")


async def _all(what: Callable[[str], Awaitable[None]], each: list[str]) -> None:
    for one in each:
        await what(one)
