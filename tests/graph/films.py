"""Pipelines for tests, by their text."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shotgraph.graph import Graph, check
from shotgraph.graph.takes import GivenAnswers
from shotgraph.spec import InvalidPipeline, read_draft


def graph_of(
    steps: str,
    folder: Path,
    *,
    params: str = "{}",
    output: str = "$film",
    given: Mapping[str, Any] | None = None,
    placeholders: bool = False,
    answers: GivenAnswers | None = None,
) -> Graph:
    """Build the graph of a film with these steps, which are YAML."""
    text = f"name: film\nparams: {params}\nsteps:{_indented(steps)}\noutput: {output}\n"
    draft = read_draft(text, file="film.yaml", folder=folder)
    found = check(draft, given, folder=folder, placeholders=placeholders, answers=answers)
    return found.graph_or_raise()


def problems_of(steps: str, folder: Path, **more: Any) -> list[str]:
    """Say what is wrong with a film: the path inside of the file, and what was found there."""
    try:
        graph_of(steps, folder, **more)
    except InvalidPipeline as error:
        return [f"{problem.where}: {problem.what}" for problem in error.problems]
    return []


def _indented(steps: str) -> str:
    return "".join(f"\n  {line}" for line in steps.strip("\n").splitlines())
