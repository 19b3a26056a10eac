"""500 jobs of 3 s, 100 at a time: from the first arrival to the last end, against the ideal."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from benchmarks.films import CLIP, apart, pipeline
from benchmarks.standing import StandIn, prefect_server, processor_s, stand_in
from benchmarks.timing import Deadline, OutOfTime, took

JOBS, JOB_S, AT_ONCE = 500, 3.0, 100
MOST_S = 900.0
"""The limit on a busy machine; in a run of all benchmarks, the limit is four minutes."""
LOOK_S = 2.0


def figures() -> list[str]:
    """Run a film of independent jobs until fal has done all, and a film of pairs to its end."""
    deadline = Deadline(MOST_S)
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as name,
        stand_in(JOB_S, AT_ONCE) as fal,
        prefect_server(Path(name) / "server") as prefect,
    ):
        environment = {
            **{key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ},
            **fal.environment(),
            "PREFECT_API_URL": prefect.url,
            "PREFECT_HOME": str(Path(name) / "server"),
            "SHOTGRAPH_FAL_AT_ONCE": str(AT_ONCE),
            "PYTHONPATH": str(Path(__file__).parents[1]),
        }
        said: list[str] = []
        for what, film, measured in (
            ("no job waits for another", apart(JOBS), _until_done),
            ("250 pairs, the second job of what the first made", pipeline(JOBS // 2), _to_its_end),
        ):
            folder = Path(name) / measured.__name__
            folder.mkdir()
            file = folder / "film.yaml"
            file.write_text(film)
            words = ["run", str(file), "--set", f"shot={CLIP}", "--out", str(folder / "films")]
            counted = [sys.executable, "-m", "benchmarks.counted", str(folder / "counts.json")]
            own = {**environment, "SHOTGRAPH_STORE": str(folder / "store")}
            fal.forget()
            before_s = prefect.cpu_s()
            found = measured([*counted, *words], own, fal, deadline, folder)
            beside_s = prefect.cpu_s() - before_s
            said += [f"{what}: {found}; Prefect's server beside it {beside_s:.1f} CPU s"]
        return said


def _until_done(
    command: Sequence[str],
    environment: Mapping[str, str],
    fal: StandIn,
    deadline: Deadline,
    folder: Path,
) -> str:
    """Run until fal has done all jobs, then kill the process; it would only decode more clips."""
    began = datetime.now().astimezone()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        while (done := _done(fal)) < JOBS and deadline.left_s > 0:
            if process.poll():
                raise RuntimeError((folder / "log").read_text(errors="replace")[-1500:])
            time.sleep(LOOK_S)
        cpu_s = processor_s(process.pid)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if done < JOBS:
        return f"ended when fal had done {done} of {JOBS} jobs"
    arrived = min(datetime.fromisoformat(job["received_at"]) for job in fal.jobs())
    first_s = (arrived - began).total_seconds()
    return f"{_makespan(fal)}; the first after {first_s:.1f} s; the process alone {cpu_s:.1f} CPU s"


def _to_its_end(
    command: Sequence[str],
    environment: Mapping[str, str],
    fal: StandIn,
    deadline: Deadline,
    folder: Path,
) -> str:
    try:
        ran = took(command, environment, folder / "log", deadline)
    except OutOfTime:
        return f"ended when fal had done {_done(fal)} of {JOBS} jobs"
    first_s = json.loads((folder / "counts.json").read_text())["first_submit_s"]
    return (
        f"{_makespan(fal)}; the first after {first_s:.1f} s; {ran.wall_s:.1f} s to the film, with "
        f"{ran.cpu_s:.1f} CPU s, {ran.peak_mib:.0f} MiB"
    )


def _done(fal: StandIn) -> int:
    return sum(job["ended_at"] is not None for job in fal.jobs())


def _makespan(fal: StandIn) -> str:
    jobs = fal.jobs()
    arrived = min(datetime.fromisoformat(job["received_at"]) for job in jobs)
    ended = max(datetime.fromisoformat(job["ended_at"]) for job in jobs)
    makespan_s, ideal_s = (ended - arrived).total_seconds(), JOBS * JOB_S / AT_ONCE
    return f"makespan {makespan_s:.1f} s, ideal {ideal_s:.0f} s: ratio {makespan_s / ideal_s:.2f}"
