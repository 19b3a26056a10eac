"""Flow runs that die in the middle of paid jobs, and are run again."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any, TypeAlias

import pytest

from shotgraph.failpoints import Failpoint
from shotgraph.inputs.hosts import FalBases
from tests.crash.deaths import LOST
from tests.crash.fault_proxy import open_proxy
from tests.crash.site import FULL
from tests.rehearsal.client import REFERENCE

from .crash_films import CrashFilm
from .hosts import Host
from .oracle import Verdict
from .stage import Jobs, Stage, Studio, open_stage

SAMPLE = (
    ("intent_there:kill", "reply_read:kill", "fetch_half:kill"),
    ("post_sent:kill:2", "poll:kill", "result_put:kill:2"),
)
"""One film each: a run that dies is followed by one that takes its jobs up, and dies later."""
EVERY = tuple((f"{place}:kill",) for place in Failpoint)
AT_ONCE = 3
"""Films at a time: their processes mostly import Prefect."""

Ended: TypeAlias = tuple[CrashFilm, list[dict[str, Any]]]


@pytest.mark.crash
@pytest.mark.timeout(3600)
async def test_a_flow_that_died_is_run_again(studio: Studio, host: Host) -> None:
    chosen, at_once = EVERY if FULL else SAMPLE, asyncio.Semaphore(AT_ONCE)
    async with open_stage(studio) as stage:
        ended = await asyncio.gather(*(_killed(stage, host, deaths, at_once) for deaths in chosen))
        ended.append(await _killed_with_its_machine(stage, host))
        verdict = Verdict()
        for film, reports in ended:
            judged = await stage.judge(film, reports)
            assert judged.is_ideal(), f"{film.name}: {judged}"
            verdict += judged
    kills = sum(map(len, chosen)) + 1
    print(f"\ncrash: through Prefect, {host.what}: {kills} kills of {len(ended)} films: {verdict}")


async def _killed(
    stage: Stage, host: Host, deaths: tuple[str, ...], at_once: asyncio.Semaphore
) -> Ended:
    """Have flow runs of a film kill themselves one after the other, and then one that does not."""
    places = [Failpoint(death.partition(":")[0]) for death in deaths]
    film = stage.studio.film("-".join((host.plain.name, *places)))
    async with at_once, AsyncExitStack() as stack:
        env = await _losing_answers(stage, places, stack)
        for place, death in zip(places, deaths, strict=True):
            doomed = {**env, "SHOTGRAPH_FAILPOINT": death}
            async with host.armed(f"{film.name}-at-{place}", doomed) as deployment:
                state = await stage.prefect.ended(await stage.begin(film, deployment))
                assert (state["type"], "-9" in (state["message"] or "")) == ("CRASHED", True), state
        last = host.plain
        if env:
            last = await stack.enter_async_context(host.armed(film.name, env))
        return film, [await stage.made(film, last)]


async def _losing_answers(
    stage: Stage, places: list[Failpoint], stack: AsyncExitStack
) -> dict[str, str]:
    """Have answers lost where a run passes a place only then; gives what leads there."""
    bases = FalBases(**stage.studio.fal.bases.as_dict())
    for place in places:
        if place in LOST:
            _, spoilt = await stack.enter_async_context(open_proxy(bases, LOST[place]))
            return {"SHOTGRAPH_FAL_QUEUE_URL": spoilt.queue_url}
    return {}


async def _killed_with_its_machine(stage: Stage, host: Host) -> Ended:
    """Kill all processes while a job is drawn, and have Prefect carry out the same run again."""
    film = stage.studio.film(f"{host.plain.name}-machine")
    held = await stage.fal.fault("hold", endpoint_id=REFERENCE)
    run_id = await stage.begin(film, host.plain)
    await stage.until(film, _is_drawing_the_next_shot)
    await asyncio.to_thread(host.kill)
    await asyncio.to_thread(host.start)
    # Nobody is left who could tell Prefect.
    assert (await stage.prefect.run(run_id))["state"]["type"] == "RUNNING"
    await stage.fal.http.delete(f"{stage.fal.control}/faults/{held}")
    await stage.prefect.crashed(run_id)
    await stage.prefect.retry(run_id)
    report = await stage.prefect.completed(run_id)
    assert report["run_id"] == run_id
    return film, [report]


def _is_drawing_the_next_shot(jobs: Jobs) -> bool:
    return any(job["endpoint_id"] == REFERENCE and job["status"] == "IN_PROGRESS" for job in jobs)
