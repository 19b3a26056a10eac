"""500 jobs of 3 s, 100 at once: from the first to arrive to the last to end, beside the ideal."""

import json
import os
import sys
import tempfile
from datetime import datetime
from pathlib import Path

from benchmarks.films import CLIP, pipeline
from benchmarks.standing import prefect_server, stand_in
from benchmarks.timing import Deadline, OutOfTime, took

JOBS, JOB_S, AT_ONCE, MOST_S = 500, 3.0, 100, 240.0


def figures() -> list[str]:
    """Run a film of so many steps in one process."""
    root = Path(__file__).parents[1]
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as name,
        stand_in(JOB_S, AT_ONCE) as fal,
        prefect_server(Path(name) / "server") as prefect,
    ):
        folder = Path(name)
        file, counts = folder / "film.yaml", folder / "counts.json"
        file.write_text(pipeline(JOBS // 2))
        environment = {
            **{key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ},
            **fal.environment(),
            "PREFECT_API_URL": prefect.url,
            "PREFECT_HOME": str(folder / "server"),
            "SHOTGRAPH_STORE": str(folder / "store"),
            "SHOTGRAPH_FAL_AT_ONCE": str(AT_ONCE),
            "PYTHONPATH": str(root),
        }
        words = ["run", file, "--set", f"shot={CLIP}", "--out", folder / "films"]
        command = [sys.executable, "-m", "benchmarks.counted", counts, *words]
        try:
            ran = took(command, environment, folder / "log", Deadline(MOST_S))
        except OutOfTime:
            done = sum(job["ended_at"] is not None for job in fal.jobs())
            return [f"it was ended after {MOST_S:.0f} s, when fal had done {done} of {JOBS} jobs"]
        jobs = fal.jobs()
        first_s = json.loads(counts.read_text())["first_submit_s"]
    arrived = min(datetime.fromisoformat(job["received_at"]) for job in jobs)
    ended = max(datetime.fromisoformat(job["ended_at"]) for job in jobs)
    makespan_s, ideal_s = (ended - arrived).total_seconds(), JOBS * JOB_S / AT_ONCE
    return [
        f"makespan {makespan_s:.1f} s, ideal {ideal_s:.0f} s: ratio {makespan_s / ideal_s:.2f}",
        f"the first job was sent {first_s:.1f} s after the command began",
        f"the process: {ran.cpu_s:.1f} CPU s, {ran.peak_mib:.0f} MiB",
        f"the server of Prefect beside it: {prefect.cpu_s():.1f} CPU s",
    ]
