"""What the guide shows is what comes out."""

import asyncio
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shotgraph.cli.main import app
from shotgraph.graph import build_graph
from shotgraph.money.budget import Budget
from shotgraph.plan import make_plan
from shotgraph.plan.budgets import over_budget
from shotgraph.spec import load_pipeline
from shotgraph.store import open_store
from tests.cli.command import Desk, plain_env

from .pages import ROOT, Block, blocks_of

GUIDE = blocks_of(ROOT / "docs" / "guide.md")
PYTHON = [block for block in GUIDE if block.info == "python"]
STARTS = "arun_deployment("
"""What waits for a worker; tests/deployments/test_foreign_project.py runs it."""
SAVES = ".save("
"""What would change the blocks of a server."""


def with_words(words: str, info: str) -> Block:
    (block,) = (block for block in GUIDE if block.info == info and words in block.text)
    return block


def shown(command: str) -> str:
    """What the guide shows of a command's output."""
    text = with_words(f"$ {command}\n", "console").text
    return text.partition(f"$ {command}\n")[2].partition("\n$ ")[0].rstrip("\n")


def lay_out(folder: Path) -> None:
    """The files that the guide speaks of, in a folder."""
    (folder / "clips").mkdir()
    harbour = (ROOT / "examples/clips/harbour.mp4").read_bytes()
    for name in ("clips/harbour.mp4", "mine.mp4"):
        (folder / name).write_bytes(harbour)
    film = with_words("name: harbour-lengthened", "yaml").text
    (folder / "film.yaml").write_text(film)
    (folder / "repaint.yaml").write_text(with_words("name: repainted", "yaml").text)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "guide"
    folder.mkdir()
    lay_out(folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("SHOTGRAPH_STORE", str(tmp_path / "store"))
    monkeypatch.delenv("FAL_KEY", raising=False)
    return folder


def test_a_plan(folder: Path) -> None:
    ran = CliRunner().invoke(app, ["plan", "film.yaml"])
    assert ran.exit_code == 0
    assert ran.stdout.partition("Note:")[0].rstrip("\n") == shown("shotgraph plan film.yaml")


def test_a_budget_that_is_too_low(folder: Path, tmp_path: Path) -> None:
    graph = build_graph(load_pipeline(Path("film.yaml")))
    plan = asyncio.run(make_plan(graph, open_store(str(tmp_path / "store")), backend="fal"))
    half = Budget(name="--max-usd", limit_usd=Decimal("0.5"))
    refused = over_budget(graph, plan, [half], "shotgraph run film.yaml")
    assert str(refused) == shown("shotgraph run film.yaml --max-usd 0.5")


def test_a_mistake(folder: Path) -> None:
    (block,) = (block for block in blocks_of(ROOT / "README.md") if block.info == "yaml")
    Path("film.yaml").write_text(block.text.replace("video: $next", "video: $nxt"))
    ran = CliRunner().invoke(app, ["validate", "film.yaml"])
    assert f"{ran.exception}\n" == with_words('there is no step or parameter "nxt"', "text").text


def test_a_warning(folder: Path) -> None:
    Path("film.yaml").write_text(
        "name: film\n"
        "params:\n"
        "  shot: {type: video, default: mine.mp4}\n"
        "\n"
        "steps:\n"
        "  dusk: {edit: {video: $shot, prompt: Paint it, keep_audio: true}}\n"
        "  rain: {edit: {video: $shot, prompt: Let it rain}}\n"
        "output: $dusk\n"
    )
    ran = CliRunner().invoke(app, ["validate", "film.yaml"])
    assert ran.exit_code == 0
    assert with_words("warning:", "text").text in ran.stdout


def test_a_film_out_of_python(folder: Path) -> None:
    ended = python(with_words("write_pipeline(", "python"), folder, {})
    assert ended.returncode == 0, ended.stderr
    graph = build_graph(load_pipeline(folder / "in-three-looks.yaml"), {"shot": "mine.mp4"})
    assert [node.kind.name for node in graph.nodes.values()].count("edit") == 3


def python(block: Block, folder: Path, env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a block of Python as a file of its own."""
    file = folder / "snippet.py"
    file.write_text(block.text)
    return subprocess.run(
        [sys.executable, str(file)],
        cwd=folder,
        env=env or None,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def at_desk(tmp_path: Path) -> Desk:
    folder = tmp_path / "guide"
    folder.mkdir()
    lay_out(folder)
    ours = {
        "SHOTGRAPH_STORE": str(tmp_path / "store"),
        # The command gives Prefect's server time to start on a busy machine; plain Python does not.
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "600",
    }
    return Desk(folder, {**plain_env(tmp_path / "prefect"), **ours})


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_films_that_python_makes_are_made(at_desk: Desk) -> None:
    blocks = [one for one in PYTHON if STARTS not in one.text and SAVES not in one.text]
    assert len(blocks) == len(PYTHON) - 2 >= 3
    # The flow that runs any file is shown with the README's film, which has a look.
    (readme,) = (block for block in blocks_of(ROOT / "README.md") if block.info == "yaml")
    (at_desk.folder / "film.yaml").write_text(readme.text)
    for block in blocks:
        ended = python(block, at_desk.folder, at_desk.env)
        assert ended.returncode == 0, (str(block), ended.stderr)
    films = {path.name for path in (at_desk.folder / "films/rehearsal").glob("*.mp4")}
    assert films == {"harbour-at-dusk.mp4", "look-0.mp4", "look-1.mp4"}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_what_a_change_makes_new(at_desk: Desk) -> None:
    assert at_desk.run("run", "film.yaml", "--rehearse").code == 0
    file = at_desk.folder / "film.yaml"
    file.write_text(file.read_text().replace("The boats come home", "The boats leave"))
    said = at_desk.run("plan", "film.yaml", "--rehearse", "--diff").out.partition("Note:")[0]
    rehearsal, _, said = said.partition("\n\n")
    assert rehearsal.startswith("A rehearsal: nothing is paid.")
    said = re.sub(r"run of [-0-9]+ [0-9:]+ UTC by rehearsal", "run of 2026-11-27 20:55 UTC", said)
    said = said.replace("to draw ", "to buy  ")  # which is how a rehearsal says it
    assert said.rstrip("\n") == shown("shotgraph plan film.yaml --diff")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_first_commands(at_desk: Desk) -> None:
    lines = with_words("shotgraph validate repaint.yaml", "sh").text.splitlines()
    free = [line for line in lines if "run" not in line.split() or "--rehearse" in line]
    assert len(free) == len(lines) - 1
    for line in free:
        ran = at_desk.run(*line.split()[1:])
        assert ran.code == 0, (line, ran.err)
    assert (at_desk.folder / "films/rehearsal/repainted.mp4").is_file()
