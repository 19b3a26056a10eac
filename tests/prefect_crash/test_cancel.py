"""Runs that a person stops while one job waits at fal and another one is being drawn."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from shotgraph.money.attempts import Ledger
from shotgraph.money.events import Accepted, CancelAsked
from shotgraph.store import open_store
from tests.cli.command import Desk
from tests.rehearsal.client import EDIT, EDIT_PRO

from .crash_films import PAID, CrashFilm
from .hosts import Host
from .process_tree import BIN, running
from .stage import Jobs, Stage, Studio, open_stage

ENDED_S = 300.0
"""The promise is 5 s at rest, to the cancel at fal and to the end: both figures are printed, and a
busy machine is no finding."""
IN_A_STEP = "poll:pause:8"
"""Where the process is in the middle of a step, after both jobs were asked after."""
HELD = {EDIT: "IN_PROGRESS", EDIT_PRO: "IN_QUEUE"}
"""Where the two jobs are that fal has when the run is stopped."""


@pytest.mark.crash
@pytest.mark.timeout(1800)
async def test_a_cancelled_run_cancels_its_jobs_and_goes_on_later(
    studio: Studio, host: Host
) -> None:
    async with open_stage(studio) as stage:
        film = studio.film(f"{host.plain.name}-cancelled")
        await _hold(stage)
        run_id = await stage.begin(film, host.plain)
        took_s = await _stopped(stage, film, lambda: stage.prefect.cancel(run_id))
        state = await stage.prefect.ended(run_id)
        assert state["type"] == "CANCELLED", state
        await _what_happened_is_said(stage, film, await stage.prefect.log_of(run_id))
        await stage.fal.lift()
        report = await stage.made(film, host.plain)
        went_on = await _went_on(stage, film, report)
    print(
        f"\ncrash: through Prefect, {host.what}: cancelled: fal asked in {took_s:.1f} s: {went_on}"
    )


@pytest.mark.crash
@pytest.mark.timeout(1800)
async def test_a_command_that_a_person_stops_cancels_its_jobs(studio: Studio) -> None:
    async with open_stage(studio) as stage:
        film = studio.film("ctrl-c")
        command, desk = _command(studio, film)
        await _hold(stage)
        with running(BIN / "shotgraph", *command, env=desk.env, log=film.folder / "log") as run:
            took_s = await _stopped(stage, film, lambda: asyncio.to_thread(run.interrupt))
            asked = time.monotonic()
            assert await asyncio.to_thread(run.wait, ENDED_S) == 130, run.said()
            ended_s = took_s + time.monotonic() - asked
            await _what_happened_is_said(stage, film, run.said().splitlines())
        await stage.fal.lift()
        again = await asyncio.to_thread(desk.run, *command, "--json")
        went_on = await _went_on(stage, film, again.json)
    print(f"\ncrash: Ctrl-C: fal asked in {took_s:.1f} s, ended in {ended_s:.1f} s: {went_on}")


@pytest.mark.crash
@pytest.mark.timeout(1800)
async def test_a_command_that_a_machine_stops_leaves_its_jobs(studio: Studio) -> None:
    """SIGTERM without a terminal, as from ``docker stop``, at whatever line the process is."""
    async with open_stage(studio) as stage:
        film = studio.film("sigterm")
        command, desk = _command(studio, film)
        env = {**desk.env, "SHOTGRAPH_FAILPOINT": IN_A_STEP}
        await _hold(stage)
        with running(BIN / "shotgraph", *command, env=env, log=film.folder / "log") as run:
            await asyncio.to_thread(run.until_stopped)
            before = time.monotonic()
            run.terminate_where_it_stopped()
            assert await asyncio.to_thread(run.wait, ENDED_S) == 130, run.said()
            ended_s = time.monotonic() - before
            assert run.said().count("was not cancelled and is on record") == len(HELD)
        jobs = film.jobs_in(await stage.fal.jobs())
        assert not any(job["cancelled"] for job in jobs)
        await stage.fal.lift()
        again = await asyncio.to_thread(desk.run, *command, "--json")
        statuses = {step["name"]: step["status"] for step in again.json["steps"]}
        assert statuses == {"dawn": "resumed", "next": "ran", "dusk": "resumed", "film": "ran"}
        verdict = await stage.judge(film, [again.json])
        assert verdict.is_ideal(), verdict
    print(f"\ncrash: SIGTERM without a terminal: ended in {ended_s:.1f} s: {verdict}")


def _command(studio: Studio, film: CrashFilm) -> tuple[tuple[str, ...], Desk]:
    (film.folder / "film.yaml").write_text(film.pipeline, encoding="utf-8")
    desk = Desk(film.folder, {**studio.env, "SHOTGRAPH_STORE": film.store})
    return ("run", str(film.folder / "film.yaml"), "--set", f"shot={film.shot}"), desk


async def _hold(stage: Stage) -> None:
    for endpoint_id, state in HELD.items():
        await stage.fal.fault("hold", endpoint_id=endpoint_id, state=state)


async def _stopped(stage: Stage, film: CrashFilm, stop: Callable[[], Awaitable[None]]) -> float:
    """Stop a run that has one job in each state; gives the seconds until fal was asked."""
    await stage.until(film, _both_are_followed)
    before = time.monotonic()
    await stop()
    await stage.until(film, lambda jobs: all(job["cancelled"] for job in jobs))
    return time.monotonic() - before


def _both_are_followed(jobs: Jobs) -> bool:
    where = {job["endpoint_id"]: job["status"] for job in jobs if job["polls"] > 0}
    return where == HELD


async def _what_happened_is_said(stage: Stage, film: CrashFilm, log: list[str]) -> None:
    """Check the ledger and the run's own words on each job."""
    ids = {job["request_id"] for job in film.jobs_in(await stage.fal.jobs())}
    attempts = await Ledger(open_store(film.store).records).all_latest()
    recorded = {
        accepted.request_id
        for attempt in attempts
        if (accepted := attempt.find(Accepted)) and attempt.find(CancelAsked)
    }
    assert recorded == ids
    for request_id in ids:
        assert any(
            "the run was stopped; shotgraph asked fal to cancel the job" in line
            and request_id in line
            for line in log
        ), log


async def _went_on(stage: Stage, film: CrashFilm, report: dict[str, Any]) -> str:
    """Check a run after one that was stopped; gives it in words."""
    statuses = {step["name"]: step["status"] for step in report["steps"]}
    # What was drawn on is taken up; what waited was cancelled, cost nothing, and is bought anew.
    assert statuses == {"dawn": "resumed", "next": "ran", "dusk": "ran", "film": "ran"}
    verdict = await stage.judge(film, [report])
    assert verdict.is_ideal(submits=len(PAID) + 1), verdict
    return str(verdict)
