"""People's own flows end while fal has jobs of theirs, by a person or by Prefect, and run again."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.prefect_crash.hosts import Serve, Worker, until_known
from tests.prefect_crash.prefect_api import BETWEEN_LOOKS_S, LONGEST_S
from tests.prefect_crash.process_tree import BIN, ProcessTree, running
from tests.rehearsal.client import EDIT, EDIT_PRO, REFERENCE

from .conftest import Street
from .house import House, until_gone
from .own_flows import NAMES

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(1800)]


@asynccontextmanager
async def own_flows(house: House, street: Street) -> AsyncIterator[str]:
    """Have the host carry them out; gives the name of their deployments."""
    name = NAMES[house.host.what]
    command = ("-m", "tests.prefect_people.own_flows")
    pool = (Worker.pool,) if isinstance(house.host, Worker) else ()
    tree = ProcessTree(
        BIN / "python", *command, *pool, env=street.env, log=street.folder / f"{name}.log"
    )
    try:
        if isinstance(house.host, Serve):
            path = f"deployments/name/careless/{name}"
            await asyncio.to_thread(until_known, path, tree, street.env)
        else:
            assert await asyncio.to_thread(tree.wait, LONGEST_S) == 0, tree.said()
        yield name
    finally:
        tree.kill()


async def test_the_recipe_is_cancelled_and_goes_on_later(house: House, street: Street) -> None:
    words = f"dusk, {house.host.plain.name}"
    # Both hosts have one store: what the one has bought, the other would find there.
    length = "5" if isinstance(house.host, Serve) else "10"
    given = {"shot": str(house.shot), "look": words, "length": length}
    await house.fal.fault("hold", endpoint_id=REFERENCE, state="IN_PROGRESS")
    async with own_flows(house, street) as name:
        run_id = await house.prefect.begin(name, given, {}, flow="extend-restyle-concat")
        before = await _until_held(house, {REFERENCE: "IN_PROGRESS"})
        took_s = await _cancelled(house, run_id, before)
        await house.fal.lift()
        again = await house.prefect.begin(name, given, {}, flow="extend-restyle-concat")
        await house.prefect.completed(again)
    submits = len(await house.fal.jobs()) - len(before) + 1
    # It was drawn on, and taken up: the recipe has two paid steps.
    assert submits == 2
    print(f"\nprefect: the recipe is cancelled, {house.host.what}: fal asked in {took_s:.1f} s")


async def test_a_careless_flow_is_cancelled_whole(house: House, street: Street) -> None:
    given = {"shot": str(house.shot), "name": f"{house.host.plain.name} careless"}
    held = {EDIT: "IN_PROGRESS", EDIT_PRO: "IN_QUEUE"}
    for endpoint_id, state in held.items():
        await house.fal.fault("hold", endpoint_id=endpoint_id, state=state)
    async with own_flows(house, street) as name:
        run_id = await house.prefect.begin(name, given, {}, flow="careless")
        before = await _until_held(house, held)
        took_s = await _cancelled(house, run_id, before)
        mine = _of(await house.fal.jobs(), given["name"])
        assert len(mine) == 2, "nothing was sent after it"
        await house.fal.lift()
        again = await house.prefect.begin(name, given, {}, flow="careless")
        assert (await house.prefect.ended(again))["type"] == "COMPLETED"
    # The one that waited was cancelled, and is bought anew; the other was taken up.
    assert len(_of(await house.fal.jobs(), given["name"])) == 4
    print(f"\nprefect: a flow of one's own, {house.host.what}: fal asked in {took_s:.1f} s")


@pytest.mark.parametrize("host", ["serve"], indirect=True)
async def test_a_lost_lease_cancels_nothing(house: House, street: Street) -> None:
    """A server that keeps leases in memory is started again; then Prefect ends the run."""
    given = {"shot": str(house.shot), "name": "leased"}
    held = {EDIT: "IN_PROGRESS", EDIT_PRO: "IN_QUEUE"}
    for endpoint_id, where in held.items():
        await house.fal.fault("hold", endpoint_id=endpoint_id, state=where)
    serving = (BIN / "python", "-m", "tests.prefect_people.leased")
    with running(*serving, env=street.env, log=street.folder / "leased.log") as tree:
        await asyncio.to_thread(until_known, "deployments/name/leased/leased", tree, street.env)
        run_id = await house.prefect.begin("leased", given, {}, flow="leased")
        await _until_held(house, held)
        await asyncio.to_thread(house.server.kill)
        await asyncio.to_thread(house.server.start)
        state = await house.prefect.ended(run_id)
        assert state["type"] == "CRASHED", state
        await until_gone(run_id)
        log = await house.prefect.log_of(run_id)
        assert any("lease renewal failed" in line for line in log), log
        assert not any(job["cancelled"] for job in _of(await house.fal.jobs(), "leased"))
        await house.fal.lift()
        again = await house.prefect.begin("leased", given, {}, flow="leased")
        state = await house.prefect.ended(again)
        assert state["type"] == "COMPLETED", state
    assert len(_of(await house.fal.jobs(), "leased")) == 2, "ideal: each was bought once"
    print("\nprefect: a lease is lost with 2 jobs at fal, run again: 2 submits, ideal 2")


LEASED = """
name: leased
params: {{shot: {{type: video}}}}
steps:
  one: {{edit: {{video: $shot, prompt: "One, {name}"}}}}
  two: {{edit: {{video: $shot, prompt: "Two, {name}", tier: pro}}}}
  film: {{concat: {{clips: [$one, $two]}}}}
output: $film
"""


@pytest.mark.parametrize("host", ["serve"], indirect=True)
async def test_a_film_outlives_its_lost_lease(house: House, street: Street) -> None:
    """Prefect does not end it, and it is no other run that makes the film."""
    given = {
        "pipeline": LEASED.format(name="outlives"),
        "params": {"shot": str(house.shot)},
        "out": str(house.folder / "outlives"),
    }
    held = {EDIT: "IN_PROGRESS", EDIT_PRO: "IN_QUEUE"}
    for endpoint_id, where in held.items():
        await house.fal.fault("hold", endpoint_id=endpoint_id, state=where)
    serving = (BIN / "python", "-m", "tests.prefect_people.leased")
    with running(*serving, env=street.env, log=street.folder / "outlives.log") as tree:
        await asyncio.to_thread(until_known, "deployments/name/film/leased", tree, street.env)
        run_id = await house.prefect.begin("leased", given, {})
        await _until_held(house, held)
        await asyncio.to_thread(house.server.kill)
        await asyncio.to_thread(house.server.start)
        async with asyncio.timeout(LONGEST_S):
            while not await _says(house, run_id, "lease renewal failed"):  # noqa: ASYNC110
                await asyncio.sleep(BETWEEN_LOOKS_S)
        await house.fal.lift()
        await house.prefect.completed(run_id)
        states = await house.prefect.ask("GET", f"flow_run_states/?flow_run_id={run_id}")
    assert [state["type"] for state in states].count("RUNNING") == 1, states
    assert len(_of(await house.fal.jobs(), "outlives")) == 2, "ideal: each was bought once"
    print("\nprefect: a film's lease is lost with 2 jobs at fal: it goes on, 2 submits, ideal 2")


async def _says(house: House, run_id: str, words: str) -> bool:
    return any(words in line for line in await house.prefect.log_of(run_id))


async def _until_held(house: House, held: Mapping[str, str]) -> list[dict[str, Any]]:
    """Wait until every job that is held is being asked after; gives all jobs."""
    async with asyncio.timeout(LONGEST_S):
        while True:
            jobs = await house.fal.jobs()
            followed = [job for job in jobs if job["status"] != "COMPLETED" and job["polls"] > 0]
            if {job["endpoint_id"]: job["status"] for job in followed} == held:
                return jobs
            await asyncio.sleep(BETWEEN_LOOKS_S)


async def _cancelled(house: House, run_id: str, jobs: Sequence[dict[str, Any]]) -> float:
    """Cancel a run; gives the seconds until fal was asked to cancel all of its jobs."""
    held = {job["request_id"] for job in jobs if job["status"] != "COMPLETED"}
    before = time.monotonic()
    await house.prefect.cancel(run_id)
    async with asyncio.timeout(LONGEST_S):
        while not held <= await _asked_to_cancel(house):  # noqa: ASYNC110  fal tells nobody
            await asyncio.sleep(0.02)
    # The promise is 5 s at rest: the figure is printed, and a busy machine is no finding.
    took_s = time.monotonic() - before
    state = await house.prefect.ended(run_id)
    assert state["type"] == "CANCELLED", state
    await until_gone(run_id)
    return took_s


async def _asked_to_cancel(house: House) -> set[str]:
    return {job["request_id"] for job in await house.fal.jobs() if job["cancelled"]}


def _of(jobs: Sequence[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [job for job in jobs if job["input"]["prompt"].endswith(f", {name}")]
