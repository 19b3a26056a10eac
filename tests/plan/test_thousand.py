"""A plan of a thousand steps: the same as of few."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shotgraph.graph import Graph, build_graph
from shotgraph.money.job import Job
from shotgraph.plan import make_plan, planner
from shotgraph.spec import read_pipeline
from shotgraph.store import Store
from tests.plan.films import paid_job_of
from tests.plan.records import ACCEPTED, put_attempt, put_result

STEPS = 1000
COMMAND = "from shotgraph.cli.main import main; main()"


def film(steps: int) -> str:
    """Chains of ten edits, each beginning with the clip."""
    lines = ["name: film", "params: {shot: {type: video, default: clip.mp4}}", "steps:"]
    for number in range(steps):
        source = "shot" if number % 10 == 0 else f"s{number - 1}"
        lines.append(f"  s{number}: {{edit: {{video: ${source}, prompt: Look {number}}}}}")
    return "\n".join([*lines, f"output: $s{steps - 1}", ""])


def graph_of(steps: int, folder: Path) -> Graph:
    return build_graph(read_pipeline(film(steps), folder=folder), folder=folder)


def first_of_a_chain(number: int, folder: Path, store: Store) -> Job:
    step = f"film: {{edit: {{video: clip.mp4, prompt: Look {number}}}}}"
    return paid_job_of(step, folder, store)


async def both(graph: Graph, store: Store, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Plan it by questions for each step, and by lists of all that there is."""
    plans = []
    for many in (10**9, 1):
        monkeypatch.setattr(planner, "MANY", many)
        plans.append((await make_plan(graph, store, backend="fal")).as_json())
    return plans


async def test_lists_say_what_questions_say(
    folder: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = graph_of(30, folder)
    made = await put_result(store, first_of_a_chain(0, folder, store), folder / "clip.mp4")
    await put_result(store, first_of_a_chain(10, folder, store), folder / "short.mp4")
    await put_attempt(store, first_of_a_chain(20, folder, store), ACCEPTED)
    asked, listed = await both(graph, store, monkeypatch)
    assert listed == asked
    states = {step["name"]: step["state"] for step in listed["steps"]}
    assert (states["s0"], states["s10"], states["s20"]) == ("have", "have", "in_flight")
    assert (states["s1"], states["s2"]) == ("buy", "buy")

    # Bytes of another length are damaged, and count as none.
    path = await store.assets.file(made.asset)
    path.chmod(0o644)
    path.write_bytes(b"cut short")
    asked, listed = await both(graph, store, monkeypatch)
    assert listed == asked
    assert next(step["state"] for step in listed["steps"] if step["name"] == "s0") == "buy"


@pytest.mark.slow
def test_the_command_plans_all_of_them(folder: Path, tmp_path: Path) -> None:
    """How long it takes is a benchmark's: benchmarks/starting.py."""
    file = tmp_path / "film.yaml"
    file.write_text(film(STEPS))
    env = {**os.environ, "SHOTGRAPH_STORE": str(tmp_path / "store")}
    shot = f"shot={folder / 'clip.mp4'}"
    command = [sys.executable, "-c", COMMAND, "plan", str(file), "--set", shot, "--json"]
    ran = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    plan = json.loads(ran.stdout)
    assert len(plan["steps"]) == STEPS
    assert plan["cost_usd"] == pytest.approx(STEPS * 0.504)
