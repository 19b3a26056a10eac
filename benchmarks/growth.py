"""plan, run, and run again over 10, 100 and more steps: time, memory, calls, store operations."""

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.films import CLIP, pipeline, repeated
from benchmarks.standing import prefect_server, stand_in
from benchmarks.timing import Deadline, OutOfTime, took

MOST_WRITTEN = 2000
PLAN, RUN, AGAIN, PLAN_AGAIN = "plan, empty store", "run", "run again", "plan, all there"


@dataclass(frozen=True)
class Grown:
    """One command over a film of so many steps.

    Attributes:
        server_cpu_s: What Prefect's server took meanwhile, in seconds of the processor.
        calls: Requests to Prefect's server.
        operations: Operations of the store.
        hashed: How often a file was hashed.
        first_submit_s: Seconds from the command's start to its first job; None if it sent none.
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


def grown(sizes: Sequence[int], most_run: int, deadline: Deadline) -> list[Grown]:
    """Measure each command over each size.

    Args:
        sizes: Numbers of steps, in the order in which they are tried.
        most_run: Larger films are only planned.
        deadline: Where it is reached, the rest is left out.
    """
    found: list[Grown] = []
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as name,
        stand_in(0.0, 64) as fal,
        prefect_server(Path(name) / "server") as prefect,
    ):
        inherited = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        for steps in sizes:
            folder = Path(name) / str(steps)
            folder.mkdir()
            file = folder / "film.yaml"
            film = pipeline if steps <= MOST_WRITTEN else repeated
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
            for what in (PLAN, RUN, AGAIN, PLAN_AGAIN):
                if what != PLAN and steps > most_run:
                    continue
                shot, out = ["--set", f"shot={CLIP}"], ["--out", str(folder / "films")]
                words = ["plan", str(file), *shot] if "plan" in what else ["run", str(file), *shot]
                words += [] if "plan" in what else out
                before_s = prefect.cpu_s()
                try:
                    one = _counted(steps, what, words, environment, folder, deadline)
                except OutOfTime:
                    return found
                except RuntimeError as error:
                    print(f"{steps} steps, {what}: {error}", flush=True)
                    break  # the next size may go well
                found.append(replace(one, server_cpu_s=prefect.cpu_s() - before_s))
                print(found[-1], flush=True)
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
