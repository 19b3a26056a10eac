"""shotgraph plan on 100 and 1,000 steps, as whole processes, beside importing Prefect."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.timing import beside, median_s

_CLIP = Path(__file__).parents[1] / "examples" / "clips" / "harbour.mp4"


def pipeline(steps: int) -> str:
    """Write a chain of edits, every tenth of which starts anew from the clip."""
    lines = ["name: bench", "params: {shot: {type: video}}", "steps:"]
    for number in range(steps):
        source = "shot" if number % 10 == 0 else f"s{number - 1}"
        lines.append(f"  s{number}: {{edit: {{video: ${source}, prompt: Look {number}}}}}")
    return "\n".join([*lines, f"output: $s{steps - 1}", ""])


def figures() -> list[str]:
    """Time it."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "SHOTGRAPH_STORE": f"{folder}/store"}

        def run(*arguments: str) -> None:
            subprocess.run(
                [sys.executable, *arguments],
                env=environment,
                check=True,
                stdout=subprocess.DEVNULL,
            )

        prefect = median_s(lambda: run("-c", "import prefect"))
        for steps in (100, 1000):
            file = Path(folder) / f"{steps}.yaml"
            file.write_text(pipeline(steps))
            command = "from shotgraph.cli.main import main; main()"
            arguments = ("-c", command, "plan", str(file), "--set", f"shot={_CLIP}")
            planned = median_s(lambda given=arguments: run(*given))  # type: ignore[misc]
            found.append(beside(f"{steps} steps", planned, "import prefect alone", prefect))
    return found
