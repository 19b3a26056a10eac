"""Each example is right, costs what its first lines say, and is listed where people look."""

import asyncio
import json
import shlex
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from shotgraph.cli.main import app
from shotgraph.graph import Graph, build_graph
from shotgraph.plan import Plan, make_plan
from shotgraph.spec import load_pipeline
from shotgraph.store import open_store
from tests.examples.gallery import DAILY, GALLERY, ROOT, Example

EACH = [pytest.param(example, id=example.name) for example in GALLERY]
# What the gallery is to hold at least.
WANTED = ("trailer", "product-film", "extensions", "looks", "music", "localised", "daily", "words")


def graph_of(file: Path) -> Graph:
    return build_graph(load_pipeline(file))


def plan_of(graph: Graph, folder: Path) -> Plan:
    return asyncio.run(make_plan(graph, open_store(str(folder)), backend="rehearsal"))


def test_every_file_is_in_the_gallery() -> None:
    assert [example.file for example in GALLERY] == sorted(ROOT.glob("*.yaml"))
    assert len(GALLERY) > 8


@pytest.mark.parametrize("example", EACH)
def test_it_is_right_and_nothing_in_it_is_doubtful(example: Example) -> None:
    ran = CliRunner().invoke(app, ["validate", str(example.file), "--json"])
    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.stdout) == {"valid": True, "problems": [], "warnings": []}


@pytest.mark.parametrize("example", EACH)
def test_it_costs_what_it_says(example: Example, tmp_path: Path) -> None:
    graph = graph_of(example.file)
    plan = plan_of(graph, tmp_path)
    assert {step.state for step in plan.steps} == {"buy", "local"}
    cents = plan.cost_usd.quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert example.said_usd == cents
    assert graph.budget_usd is not None
    assert graph.budget_usd >= plan.cost_usd


@pytest.mark.parametrize("example", EACH)
def test_its_command_is_one_of_ours(example: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    program, verb, file, *options = shlex.split(example.command)
    assert (program, verb) == ("shotgraph", "run")
    assert file == f"examples/{example.name}.yaml"
    command: Any = typer.main.get_command(app)
    command.commands["run"].make_context("run", [file, *options], resilient_parsing=False)
    monkeypatch.chdir(ROOT.parent)
    assert Path(file).is_file()
    assert "--rehearse" in options


def test_a_page_lists_them_all() -> None:
    page = (ROOT / "README.md").read_text()
    for example in GALLERY:
        assert f"[{example.name}]({example.name}.yaml)" in page
        assert f"${example.said_usd}" in page
    assert load_pipeline(DAILY.file).name in page
