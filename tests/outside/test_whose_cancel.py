"""A job is cancelled at fal by a person, and by nothing else that ends a flow or its process."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.command import Desk
from tests.locked_database import AsksAgainNow
from tests.prefect_crash.hosts import until_known
from tests.prefect_crash.process_tree import ProcessTree, running

from .figures import Count
from .other_fal import Answer, Asked, Job, OtherFal
from .own_flows import FLOWS, SERVED

KIND = 3
LONGEST_S = 1500
OWN_FLOWS = (sys.executable, "-m", "tests.outside.own_flows")
MACHINES = {"SIGTERM": signal.SIGTERM, "SIGKILL": signal.SIGKILL}
"""What ends a process without a person: a service manager, a container's end, lack of memory."""


@pytest.fixture
def drawing(tmp_path: Path, fal: OtherFal) -> Path:
    """A folder with a file for each job that fal was asked about; fal draws on and on."""
    folder = tmp_path / "drawing"
    folder.mkdir()

    def draws_on(job: Job) -> None:
        job.runs_for = 1 << 30

    def notes(asked: Asked) -> Answer | None:
        if asked.job is not None:
            (folder / _name(asked.job)).touch()
        return None

    fal.new_job = draws_on
    fal.moods.append(notes)
    return folder


@pytest.fixture
def env(desk: Desk, drawing: Path) -> dict[str, str]:
    return {**desk.env, "OUTSIDE_DRAWING": str(drawing), "PREFECT_LOGGING_LEVEL": "ERROR"}


def _name(job: Job) -> str:
    return job.endpoint_id.removeprefix("other/")


def _until(is_so: Callable[[], bool], process: ProcessTree) -> None:
    give_up_at = time.monotonic() + LONGEST_S
    while not is_so():
        assert process.exit_code is None, process.said()
        assert time.monotonic() < give_up_at, process.said()
        time.sleep(0.05)


def _run(env: dict[str, str], *words: str) -> dict[str, str]:
    """Have the flows run to their ends; gives how each ended."""
    command = [*OWN_FLOWS, *words]
    ran = subprocess.run(
        command, env=env, capture_output=True, text=True, timeout=LONGEST_S, check=False
    )
    ends = dict(line.split() for line in ran.stdout.splitlines() if line.count(" ") == 1)
    assert ends, ran.stderr[-4000:]
    return ends


def _taken_up(env: dict[str, str], fal: OtherFal, *names: str) -> dict[str, str]:
    """Have fal end its jobs, and run them once more."""
    for job in fal.jobs:
        job.runs_for = 0
    return _run(env, "again", *names)


def test_what_is_no_person_cancels_nothing(
    env: dict[str, str], fal: OtherFal, count: Count
) -> None:
    ends = _run(env)
    cancelled = {_name(job) for job in fal.cancelled}
    again = _taken_up(env, fal)
    count(flows=len(FLOWS), submits=fal.submits, ideal=len(FLOWS), cancelled_at_fal=len(cancelled))
    assert ends.keys() == FLOWS.keys()
    assert "well" not in ends.values(), f"each was to end before fal had drawn: {ends}"
    assert cancelled == set()
    assert again == dict.fromkeys(FLOWS, "well")
    assert sorted(map(_name, fal.jobs)) == sorted(FLOWS)


def test_a_process_that_a_machine_ends_cancels_nothing(
    env: dict[str, str], drawing: Path, fal: OtherFal, count: Count, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        began = {
            name: stack.enter_context(
                running(*OWN_FLOWS, "again", name, env=env, log=tmp_path / name)
            )
            for name in MACHINES
        }
        for name, process in began.items():
            _until((drawing / name).exists, process)
            process.send(MACHINES[name])
            process.wait(LONGEST_S)
    cancelled = len(fal.cancelled)
    again = _taken_up(env, fal, *MACHINES)
    ways = len(MACHINES)
    count(processes=ways, submits=fal.submits, ideal=ways, cancelled_at_fal=cancelled)
    assert cancelled == 0
    assert again == dict.fromkeys(MACHINES, "well")
    assert fal.submits == ways


def test_a_person_at_a_script_is_heard(
    env: dict[str, str], drawing: Path, fal: OtherFal, count: Count, tmp_path: Path
) -> None:
    with running(*OWN_FLOWS, "again", "ctrl-c", env=env, log=tmp_path / "log") as process:
        _until((drawing / "ctrl-c").exists, process)
        process.interrupt()
        process.wait(LONGEST_S)
    count(submits=fal.submits, ideal=1, persons=1, persons_heard=len(fal.cancelled))
    assert [_name(job) for job in fal.cancelled] == ["ctrl-c"]


def test_a_person_in_prefect_is_heard(
    env: dict[str, str], drawing: Path, fal: OtherFal, count: Count, tmp_path: Path
) -> None:
    known = f"deployments/name/plain/{SERVED}"
    api: dict[str, Any] = {"base_url": f"{env['PREFECT_API_URL']}/", "timeout": 300}
    api["transport"] = AsksAgainNow()
    serving = running(*OWN_FLOWS, "served", env=env, log=tmp_path / "log")
    with serving as process, httpx.Client(**api) as prefect:
        until_known(known, process, env)
        deployment = prefect.get(known).json()["id"]
        given = {"parameters": {"name": "button"}, "state": {"type": "SCHEDULED"}}
        path = f"deployments/{deployment}/create_flow_run"
        run = prefect.post(path, json=given).raise_for_status().json()["id"]
        _until((drawing / "button").exists, process)
        cancelling = {"state": {"type": "CANCELLING", "name": "Cancelling"}}
        prefect.post(f"flow_runs/{run}/set_state", json=cancelling).raise_for_status()

        def has_ended() -> bool:
            kind: str = prefect.get(f"flow_runs/{run}").json()["state_type"]
            return kind not in ("RUNNING", "CANCELLING")

        _until(has_ended, process)
    count(submits=fal.submits, ideal=1, persons=1, persons_heard=len(fal.cancelled))
    assert [_name(job) for job in fal.cancelled] == ["button"]
