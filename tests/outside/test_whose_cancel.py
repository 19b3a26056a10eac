"""A job is cancelled at fal by a person, and by nothing else that ends a flow."""

import subprocess
import sys

from tests.cli.command import Desk

from .figures import Count
from .other_fal import Job, OtherFal
from .own_flows import FLOWS

KIND = 3


def _run(desk: Desk, *words: str) -> dict[str, str]:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.outside.own_flows", *words],
        env=desk.env,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    ends = dict(line.split() for line in ran.stdout.splitlines() if line.count(" ") == 1)
    assert ends.keys() == FLOWS.keys(), ran.stderr[-4000:]
    return ends


def test_what_is_no_person_cancels_nothing(desk: Desk, fal: OtherFal, count: Count) -> None:
    def draws_on(job: Job) -> None:
        job.runs_for = 1 << 30

    fal.new_job = draws_on
    ends = _run(desk)
    ended_well = {name for name, end in ends.items() if end == "well"}
    cancelled = {job.endpoint_id for job in fal.cancelled}
    for job in fal.jobs:
        job.runs_for = 0
    again = _run(desk, "again")
    count(flows=len(FLOWS), submits=fal.submits, cancelled_at_fal=len(cancelled))
    assert not ended_well, "each of them was to end before fal had drawn"
    assert cancelled == set()
    assert set(again.values()) == {"well"}, again
    assert sorted(job.endpoint_id for job in fal.jobs) == sorted(f"other/{name}" for name in FLOWS)
