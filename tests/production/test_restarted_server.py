"""Prefect's server dies in the middle of a run, and is started again: the run goes on."""

import time
from pathlib import Path

import pytest

from .films import FRAMES_IN_SHOT, act, film_run, frames_in
from .site import Desk, Site, prompts

pytestmark = pytest.mark.prefect

SHOTS = 6


@pytest.mark.timeout(300)
async def test_a_run_outlives_the_server(
    site: Site, desk: Desk, clips: dict[str, str], tmp_path: Path
) -> None:
    held = await desk.fal.fault("hold", state="IN_PROGRESS")
    shots = [*act(1)[:3], *act(2)[:3]]
    run_id = await desk.begin(film_run("outlives", shots, clips, tmp_path))
    await desk.until(lambda: desk.in_flight(SHOTS), of=run_id)
    began = time.monotonic()
    site.kill("server")
    site.start()
    down_s = time.monotonic() - began
    assert (await desk.run(run_id))["state"]["type"] == "RUNNING"
    await desk.fal.http.delete(f"{desk.fal.control}/faults/{held}")
    report = await desk.report(run_id)
    submits = prompts(await desk.jobs())
    print(
        f"\nprefect: the server was killed with {SHOTS} jobs at fal, and there again after "
        f"{down_s:.0f} s: {await desk.states(run_id)}, {len(submits)} submits"
    )
    assert len(submits) == len(set(submits)) == SHOTS
    assert frames_in(report["output"]["path"]) == SHOTS * FRAMES_IN_SHOT
