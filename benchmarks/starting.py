"""The processor time of commands that make nothing: seconds, medians of five runs."""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.films import CLIP, pipeline
from benchmarks.timing import Deadline, took

TIMES, MOST_S = 5, 180.0


def figures() -> Iterator[str]:
    """Time `--help`, `validate` and `plan`."""
    deadline = Deadline(MOST_S)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        file = folder / "film.yaml"
        file.write_text(pipeline(500))
        environment = {**os.environ, "SHOTGRAPH_STORE": str(folder / "store")}
        environment.pop("PREFECT_API_URL", None)
        command = Path(sys.executable).with_name("shotgraph")
        given = [str(file), "--set", f"shot={CLIP}"]
        for what, words in {
            "--help": ["--help"],
            "validate, 1,000 steps": ["validate", *given],
            "plan, 1,000 steps": ["plan", *given],
        }.items():
            ran = [
                took([command, *words], environment, folder / "log", deadline)
                for _ in range(TIMES + 1)
            ][1:]  # the first run only warms up
            cpu_s = median(one.cpu_s for one in ran)
            wall_s = median(one.wall_s for one in ran)
            yield (f"{what}: {cpu_s:.2f} CPU s, {wall_s:.2f} s on the clock")
