"""``make setup`` in an empty folder, and the demo twice: seconds on the clock."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.timing import Deadline, OutOfTime, took

ROOT, MOST_S = Path(__file__).parents[1], 220.0


def figures() -> Iterator[str]:
    """Set up as in a clean clone; uv takes packages from its cache, if they are there."""
    deadline, beside = Deadline(MOST_S), Path(sys.executable).parent
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        clone = folder / "clone"
        left_out = shutil.ignore_patterns(".venv*", ".bench", ".git", "build", "dist", ".*_cache")
        shutil.copytree(ROOT, clone, symlinks=True, ignore=left_out)
        inherited = {key: os.environ[key] for key in os.environ if not key.startswith("PREFECT_")}
        environment = {
            **inherited,
            "PREFECT_HOME": str(folder / "prefect"),
            "SHOTGRAPH_STORE": str(folder / "store"),
        }
        python = f"PYTHON={Path(sys.base_prefix) / 'bin' / 'python3'}"
        demo = [beside / "shotgraph", "demo", "--out", folder / "films"]
        database = [beside / "prefect", "server", "database", "upgrade", "-y"]
        for what, command in (
            ("make setup, with Prefect's database", ["make", "-C", clone, "setup", python]),
            ("", database),
            ("make demo, first", demo),
            ("make demo, again", demo),
        ):
            try:
                ran = took(command, environment, folder / "log", deadline)
            except (OutOfTime, RuntimeError) as error:
                yield f"{what or command}: failed; {str(error)[-200:]}"
                continue
            if what:
                yield f"{what}: {ran.wall_s:.1f} s, {ran.cpu_s:.1f} CPU s"
