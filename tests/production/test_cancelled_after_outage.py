"""Prefect's server was away; then a person cancels a run that went on through it."""

import asyncio
import time
from pathlib import Path

import pytest

from .films import act, film_run
from .site import FINAL, Desk, Site

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(900)]

SHOTS = 2
AWAY_S = 150
"""Prefect's worker gives its observer of cancels up after three questions without an answer."""


async def test_it_is_cancelled_all_the_same(
    site: Site, desk: Desk, clips: dict[str, str], tmp_path: Path
) -> None:
    # Else the run would be Crashed when the server is back, and carried out by a second process.
    site.automate("--heartbeat-s", str(2 * AWAY_S))
    await desk.fal.fault("hold", state="IN_PROGRESS")
    given = film_run("heard", act(1)[:SHOTS], clips, tmp_path)
    run_id = await desk.begin(given, {"SHOTGRAPH_STORE": str(tmp_path / "store")})
    await desk.until(lambda: desk.in_flight(SHOTS), of=run_id)
    site.kill("server")
    await asyncio.sleep(AWAY_S)
    await asyncio.to_thread(site.start)
    await desk.cancel(run_id)
    began = time.monotonic()

    async def is_over() -> bool:
        return (await desk.run(run_id))["state"]["type"] in FINAL

    await desk.until(is_over, of=run_id)
    took_s = time.monotonic() - began
    site.automate()
    logs = [site.folder / name / "log" for name in ("worker-1", "worker-2")]
    deaf = any("flow run cancellation will fail" in log.read_text() for log in logs)
    jobs = await desk.jobs()
    print(
        f"\nprefect: cancelled after the server was away for {AWAY_S} s"
        f"{', which Prefect no longer hears' if deaf else ''}: {await desk.states(run_id)} after "
        f"{took_s:.0f} s, fal asked to cancel {sum(job['cancelled'] for job in jobs)} of {SHOTS}"
    )
    assert deaf, "Prefect has stopped it: this tests nothing"
    assert (await desk.run(run_id))["state"]["type"] == "CANCELLED"
    assert len(jobs) == SHOTS
    assert all(job["cancelled"] for job in jobs)
