"""Forty shots by two workers; one of them loses its power in the middle."""

import time
from pathlib import Path

import pytest

from tests.rehearsal.client import EDIT_PRO

from .films import CLIPS_IN_ACT, FRAMES_IN_SHOT, SHOTS_IN_ACT, act, film_run, frames_in
from .site import Desk, Site, prompts

pytestmark = pytest.mark.prefect

SHOTS = 2 * SHOTS_IN_ACT


@pytest.mark.timeout(900)
async def test_forty_shots_survive_the_death_of_a_worker(
    site: Site, desk: Desk, clips: dict[str, str], tmp_path: Path
) -> None:
    held = await desk.fal.fault("hold", state="IN_PROGRESS", endpoint_id=EDIT_PRO)
    acts = [film_run(f"act-{number}", act(number), clips, tmp_path) for number in (1, 2)]
    runs = [await desk.begin(parameters) for parameters in acts]

    async def half_is_made() -> bool:
        jobs = await desk.jobs()
        return len(jobs) == SHOTS and len(site.s3.counts("PUT", "production/results/")) == SHOTS / 2

    await desk.until(half_is_made, of=runs[0])
    lost = site.run_of("worker-1")
    assert lost in runs
    killed_at = time.monotonic()
    site.kill("worker-1")
    await desk.fal.http.delete(f"{desk.fal.control}/faults/{held}")
    reports = {run_id: await desk.report(run_id) for run_id in runs}
    back_s = time.monotonic() - killed_at
    whole = await desk.report(
        await desk.begin(film_run("whole", [*act(1), *act(2)], clips, tmp_path))
    )
    counts = (await desk.fal.book())["counts"]
    submits = prompts(await desk.jobs())
    print(
        f"\nprefect: {SHOTS} shots by two workers, one killed with {SHOTS // 2} jobs at fal: "
        f"{len(submits)} submits, {counts['uploads']} uploads of {2 * CLIPS_IN_ACT} clips, "
        f"{counts['downloads']} downloads; the lost run was there again and done {back_s:.0f} s "
        f"later: {await desk.states(lost)}; S3: "
        f"PUT {sum(site.s3.counts('PUT', 'production/objects/').values())}, "
        f"GET {sum(site.s3.counts('GET', 'production/objects/').values())} media"
    )
    assert len(submits) == len(set(submits)) == SHOTS
    assert counts["uploads"] == 2 * CLIPS_IN_ACT
    assert counts["downloads"] == SHOTS
    assert {"Crashed", "AwaitingRetry", "Completed"} <= set(await desk.states(lost))
    for report in reports.values():
        assert frames_in(report["output"]["path"]) == SHOTS_IN_ACT * FRAMES_IN_SHOT
    assert frames_in(whole["output"]["path"]) == SHOTS * FRAMES_IN_SHOT
    assert whole["cost_usd"] == 0
    assert max(site.s3.counts("PUT", "production/objects/").values()) == 1
    assert max(site.s3.counts("GET", "production/objects/").values()) == 1
