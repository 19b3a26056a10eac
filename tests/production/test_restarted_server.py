"""Prefect's server or its database dies in the middle of a run, and is started again."""

import time
from pathlib import Path

import pytest

from .films import FRAMES_IN_SHOT, act, film_run, frames_in
from .site import Desk, Site, prompts

pytestmark = pytest.mark.prefect

SHOTS = 6
PARTS = ["server", "database"]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.timeout(600)
async def test_a_run_outlives_it(
    part: str, site: Site, desk: Desk, clips: dict[str, str], tmp_path: Path
) -> None:
    held = await desk.fal.fault("hold", state="IN_PROGRESS")
    shots = [*act(1)[: SHOTS // 2], *act(2)[: SHOTS // 2]]
    given = film_run("outlives", shots, clips, tmp_path)
    run_id = await desk.begin(given, {"SHOTGRAPH_STORE": str(tmp_path / "store")})
    await desk.until(lambda: desk.in_flight(SHOTS), of=run_id)
    began = time.monotonic()
    site.kill(part)
    site.start()
    down_s = time.monotonic() - began
    assert (await desk.run(run_id))["state"]["type"] == "RUNNING"
    await desk.fal.http.delete(f"{desk.fal.control}/faults/{held}")
    report = await desk.report(run_id)
    submits = prompts(await desk.jobs())
    print(
        f"\nprefect: the {part} was killed with {SHOTS} jobs at fal, and there again after "
        f"{down_s:.0f} s: {await desk.states(run_id)}, {len(submits)} submits"
    )
    assert len(submits) == len(set(submits)) == SHOTS
    assert frames_in(report["output"]["path"]) == SHOTS * FRAMES_IN_SHOT
