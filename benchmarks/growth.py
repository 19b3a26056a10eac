"""plan, run, and run again for 10, 100 and more steps: time, memory, calls, store operations."""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.films import CLIP, edited, pipeline, repeated
from benchmarks.footage import quiet
from benchmarks.standing import prefect_server, stand_in
from benchmarks.timing import Deadline, OutOfTime, took

MOST_WRITTEN = 2000
PLAN, RUN, AGAIN, PLAN_AGAIN = "plan, empty store", "run", "run again", "plan, all there"
RUN_QUIET, AGAIN_QUIET = "run, quiet clips", "run again, quiet clips"


@dataclass(frozen=True)
class Grown:
    """The measurements of one command for a film.

    Attributes:
        server_cpu_s: The processor time of Prefect's server during the command, in seconds.
        calls: The number of requests to Prefect's server.
        operations: The number of operations of the store.
        hashed: The number of times that a file was hashed.
        first_submit_s: Seconds from the command's start to its first job; None without a job.
    """

    steps: int
    what: str
    wall_s: float
    cpu_s: float
    peak_mib: float
    calls: int
    operations: int
    hashed: int
    first_submit_s: float | None
    server_cpu_s: float = 0.0


def grown(
    sizes: Sequence[int], most_run: int, quiet_sizes: Sequence[int], deadline: Deadline
) -> list[Grown]:
    """Measure each command for each size of film.

    Args:
        sizes: The numbers of steps, in the order of the measurements.
        most_run: The most steps of a film that is run; larger films are only planned.
        quiet_sizes: The numbers of steps for films of clips that are easy to decode; these films
            are run, and not planned.
        deadline: The time after which no more is measured.
    """
    found: list[Grown] = []
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as name,
        stand_in(0.0, 64) as fal,
        prefect_server(Path(name) / "server") as prefect,
    ):
        inherited = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        quiet_clip = quiet(Path(name) / "quiet.mp4")
        ways: list[tuple[int, Path, Sequence[str]]]
        ways = [(steps, CLIP, (PLAN, RUN, AGAIN, PLAN_AGAIN)) for steps in sizes]
        ways += [(steps, quiet_clip, (RUN_QUIET, AGAIN_QUIET)) for steps in quiet_sizes]
        for number, (steps, clip, commands) in enumerate(ways):
            folder = Path(name) / str(number)
            folder.mkdir()
            file = folder / "film.yaml"
            film = edited if clip == quiet_clip else pipeline
            film = film if steps <= MOST_WRITTEN else repeated
            file.write_text(film(steps // 2))
            environment = {
                **inherited,
                **fal.environment(),
                "PREFECT_API_URL": prefect.url,
                "PREFECT_HOME": str(Path(name) / "server"),
                "SHOTGRAPH_STORE": str(folder / "store"),
                "SHOTGRAPH_FAL_AT_ONCE": "100",
                "PYTHONPATH": str(Path(__file__).parents[1]),
            }
            for what in commands:
                if what in (RUN, AGAIN, PLAN_AGAIN) and steps > most_run:
                    continue
                shot, out = ["--set", f"shot={clip}"], ["--out", str(folder / "films")]
                words = ["plan", str(file), *shot] if "plan" in what else ["run", str(file), *shot]
                words += [] if "plan" in what else out
                before_s = prefect.cpu_s()
                try:
                    one = _counted(steps, what, words, environment, folder, deadline)
                except OutOfTime:
                    return found
                except RuntimeError as error:
                    print(f"{steps} steps, {what}: {error}", flush=True)
                    break  # the next size may succeed
                found.append(replace(one, server_cpu_s=prefect.cpu_s() - before_s))
                print(found[-1], flush=True)
            shutil.rmtree(folder)  # a thousand clips are gigabytes
    return found


def _counted(
    steps: int,
    what: str,
    words: Sequence[str],
    environment: dict[str, str],
    folder: Path,
    deadline: Deadline,
) -> Grown:
    counts = folder / "counts.json"
    command = [sys.executable, "-m", "benchmarks.counted", str(counts), *words]
    one = took(command, environment, folder / "log", deadline)
    counted = json.loads(counts.read_text())
    return Grown(
        steps,
        what,
        one.wall_s,
        one.cpu_s,
        one.peak_mib,
        counted.get("prefect", 0),
        counted.get("store", 0),
        counted.get("hashed", 0) + counted.get("hash_looks", 0),
        counted.get("first_submit_s"),
    )
