"""1,000 jobs that run for an hour at fal: the time and memory of the process that waits."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from benchmarks.films import apart
from benchmarks.footage import quiet
from benchmarks.standing import prefect_server, processor_s, stand_in
from benchmarks.timing import Deadline

JOBS, JOB_S, MOST_S, LOOK_S = 1000, 3600.0, 900.0, 1.0
SETTLED_S, WATCHED_S = 20.0, 60.0
"""The pauses between requests grow to 10 s within 20 s; then the process is watched for 60 s."""


def figures() -> list[str]:
    """Send the jobs and watch the process; then kill it, since these jobs cost nothing."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as name,
        stand_in(JOB_S, JOBS) as fal,
        prefect_server(Path(name) / "server") as prefect,
    ):
        folder = Path(name)
        file, clip = folder / "film.yaml", quiet(folder / "quiet.mp4")
        file.write_text(apart(JOBS))
        environment = {
            **{key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ},
            **fal.environment(),
            "PREFECT_API_URL": prefect.url,
            "PREFECT_HOME": str(folder / "server"),
            "SHOTGRAPH_STORE": str(folder / "store"),
            "SHOTGRAPH_FAL_AT_ONCE": str(JOBS),
        }
        shotgraph = Path(sys.executable).with_name("shotgraph")
        words = [shotgraph, "run", file, "--set", f"shot={clip}", "--out", folder / "films"]
        with (folder / "log").open("wb") as said:
            process = subprocess.Popen(
                [str(word) for word in words],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        try:
            began, deadline = time.monotonic(), Deadline(MOST_S)
            while (sent := fal.submitted()) < JOBS and deadline.left_s > SETTLED_S + WATCHED_S:
                if process.poll() is not None:
                    raise RuntimeError((folder / "log").read_text(errors="replace")[-1500:])
                time.sleep(LOOK_S)
            sending_s, sending_cpu_s = time.monotonic() - began, processor_s(process.pid)
            time.sleep(SETTLED_S)
            before_s, server_s = processor_s(process.pid), prefect.cpu_s()
            time.sleep(WATCHED_S)
            took_s = (processor_s(process.pid) - before_s) * 60 / WATCHED_S
            server_s = (prefect.cpu_s() - server_s) * 60 / WATCHED_S
            return [
                f"{sent:,} of {JOBS:,} jobs were sent within {sending_s:.0f} s, with "
                f"{sending_cpu_s:.1f} CPU s of the process",
                f"while it waits for {fal.submitted():,}: {took_s:.1f} CPU s a minute, "
                f"{_memory_mib(process.pid):.0f} MiB; Prefect's server beside it {server_s:.1f} "
                "CPU s a minute",
            ]
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _memory_mib(pid: int) -> float:
    """Return the resident memory of a process on Linux, in MiB; 0 on other systems."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)
