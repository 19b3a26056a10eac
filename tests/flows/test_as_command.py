"""The command that a message names makes the same run."""

import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from shotgraph.cli.main import app
from shotgraph.graph import build_graph
from shotgraph.graph.bind import settings
from shotgraph.plan.run_command import as_command
from shotgraph.spec import load_pipeline

FILM = """\
name: film
params:
  shot: {type: video}
  words: {type: text}
  loud: {type: boolean, default: true}
  looks: {list: text, default: [x]}
steps:
  dusk:
    for_each: {look: $looks}
    edit: {video: $shot, prompt: "${words} ${look}", keep_audio: $loud}
output: $dusk
"""
RUN: dict[str, Any] = {
    "params": {"shot": "my shot.mp4", "words": "it's dusk", "loud": False, "looks": ["a", "b"]},
    "rehearse": True,
    "out": "made here",
    "max_usd": 2,
    "approve": ["seen"],
    "pick": {"dusk": 2},
    "store": "/somewhere",
    "trust_prices": True,
    "allow_fallback": True,
}


def test_it_is_read_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "film.yaml").write_text(FILM)
    (tmp_path / "my shot.mp4").touch()
    said = as_command({"pipeline": str(tmp_path / "film.yaml"), **RUN})
    assert said is not None
    program, verb, *words = shlex.split(said)
    assert (program, verb) == ("shotgraph", "run")
    command: Any = typer.main.get_command(app)
    parsed = command.commands["run"].make_context("run", words).params
    given = ("file", "rehearse", "out", "max_usd", "approve", "pick")
    assert parsed["trust_prices"]
    assert parsed["allow_fallback"]
    assert {name: parsed[name] for name in given} == {
        "file": Path("film.yaml"),
        "rehearse": True,
        "out": Path("made here"),
        "max_usd": None,
        "approve": ["seen"],
        "pick": ["dusk=2"],
    }
    pipeline = load_pipeline(parsed["file"])
    by_command = build_graph(pipeline, settings(parsed["values"]))
    assert by_command.nodes == build_graph(pipeline, RUN["params"]).nodes


def test_what_was_not_given_is_not_in_it() -> None:
    assert as_command({"pipeline": "/far/away/film.yaml"}) == "shotgraph run /far/away/film.yaml"


def test_a_text_or_a_bundle_has_no_command() -> None:
    assert as_command({"pipeline": f"bundle:{'0' * 64}", **RUN}) is None
    assert as_command({"pipeline": FILM, **RUN}) is None
    assert as_command({}) is None
