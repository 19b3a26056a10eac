"""A new paid endpoint is one file: the language, the plan, the run, the page and Python follow."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import plain_env

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
FILM = """\
name: slow
params:
  shot: {type: video, default: harbour.mp4}
  length: {type: choice, choices: ["3", "8"], default: "3"}
steps:
  slow:
    slow_down: {video: $shot, duration: $length}
output: $slow
"""
BY_HAND = """
import asyncio, json
from inspect import signature
from shotgraph.tasks import RunSettings, slow_down
from shotgraph.tasks.run_settings import rehearsing
from prefect import flow

@flow
async def slow(shot: str) -> dict:
    async with rehearsing(True) as settings:
        return await slow_down(shot, duration="3", settings=settings)

if __name__ == "__main__":
    made = asyncio.run(slow("harbour.mp4"))
    print(json.dumps({"made": made, "takes": list(signature(slow_down.fn).parameters)}))
"""
BY_FORM = """
import asyncio, json
from shotgraph.flows import flow_of

if __name__ == "__main__":
    film = flow_of("film.yaml")
    form = film.parameters.model_dump()
    ended = asyncio.run(film({"length": "3"}, rehearse=True))
    print(json.dumps({"form": form, "ended": ended}, default=str))
"""


@dataclass(frozen=True)
class Desk:
    """A folder with the film, and a shotgraph with one file more than ours has."""

    folder: Path
    env: Mapping[str, str]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=self.env, capture_output=True, text=True, check=False
        )

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("-c", "from shotgraph.cli.main import main; main()", *arguments)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("desk")
    package = folder / "source/shotgraph"
    shutil.copytree(ROOT / "src/shotgraph", package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "tests/endpoints/one_file.py", package / "endpoints/kling_o1/slow_down.py")
    (folder / "film.yaml").write_text(FILM)
    shutil.copy(ROOT / "examples/clips/harbour.mp4", folder)
    store = str(folder / "store")
    env = {
        **plain_env(folder),
        "PYTHONPATH": str(folder / "source"),
        "SHOTGRAPH_STORE": store,
        # Of the scripts, which start Prefect themselves: a busy machine is no finding.
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "600",
    }
    return Desk(folder, env)


def json_of(ended: subprocess.CompletedProcess[str]) -> Any:
    assert ended.returncode == 0, ended.stderr[-2000:]
    return json.loads(ended.stdout)


def test_a_file_says_what_is_wrong_with_it(desk: Desk) -> None:
    (desk.folder / "wrong.yaml").write_text(FILM.replace("slow_down", "slowmo"))
    said = desk.command("validate", "wrong.yaml")
    assert said.returncode == 2
    assert "slow_down" in said.stderr
    schema = desk.run("-c", "from shotgraph.spec.json_schema import *; print(schema_text())").stdout
    assert '"slow_down_step"' in schema


def test_a_film_is_planned_and_made(desk: Desk) -> None:
    planned = json_of(desk.command("plan", "film.yaml", "--rehearse", "--json"))
    (step,) = planned["steps"]
    assert (step["kind"], step["state"], step["cost_usd"]) == ("slow_down", "buy", 0.15)
    report = json_of(desk.command("run", "film.yaml", "--rehearse", "--json"))
    (step,) = report["steps"]
    assert (report["status"], step["kind"], step["cost_usd"]) == ("done", "slow_down", 0.15)
    pages = Path(report["output"]["path"]).parent.glob("**/*.html")
    assert any("Slowed down" in page.read_text() for page in pages)


def test_python_calls_its_task(desk: Desk) -> None:
    (desk.folder / "by_hand.py").write_text(BY_HAND)
    said = json_of(desk.run("by_hand.py"))
    assert said["takes"] == [
        *("video", "duration", "smooth", "tier", "take", "on_length"),
        *("check", "retakes", "settings"),
    ]
    assert said["made"]["kind"] == "video"


def test_a_form_runs_it(desk: Desk) -> None:
    (desk.folder / "by_form.py").write_text(BY_FORM)
    said = json_of(desk.run("by_form.py"))
    assert "length" in json.dumps(said["form"])
    assert said["ended"]["status"] == "done"
