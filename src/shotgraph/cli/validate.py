"""The commands ``validate`` and ``schema``."""

import asyncio
import sys
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shotgraph.cli.output import AsJson, File, Set, error_json, print_json
from shotgraph.errors import InvalidInput, ShotgraphError
from shotgraph.spec import InvalidPipeline
from shotgraph.spec.problem import rendered

if TYPE_CHECKING:
    from shotgraph.graph import Graph
    from shotgraph.spec import Problem


def _looked_at(file: Path, values: list[str]) -> tuple["Graph", list["Problem"]]:
    """Check a file and the media in it, in one pass; give its graph, and what is doubtful."""
    from shotgraph.graph import check
    from shotgraph.graph.bind import settings
    from shotgraph.making.resolve_media import look_at_media
    from shotgraph.plan.file_prices import free_steps
    from shotgraph.spec import load_draft
    from shotgraph.spec.problem import invalid

    checked = check(load_draft(file), settings(values), placeholders=True)
    looked = asyncio.run(look_at_media(checked.graph, checked.unsure))
    free = free_steps(checked.graph, but=checked.unsure)
    problems = [*checked.problems, *looked.problems, *free]
    if problems:
        raise invalid(problems, checked.graph.document.text)
    warnings = [*checked.graph.warnings, *looked.warnings]
    return checked.graph, sorted(warnings, key=lambda warning: warning.place)


def validate(file: File, values: Set = None, as_json: AsJson = False) -> None:
    """Check a pipeline file: every problem with its line, and warnings. Nothing is sent or made."""
    try:
        graph, warnings = _looked_at(file, values or [])
    except InvalidPipeline as error:
        if as_json:
            problems = [item.as_json() for item in error.problems]
            print_json({"valid": False, "problems": problems, "warnings": []})
            sys.exit(error.exit_code)
        raise
    except ShotgraphError as error:
        if as_json:
            said = error_json(error)
            print_json({"valid": False, "problems": [], "warnings": [], "error": said})
            sys.exit(error.exit_code)
        raise
    if as_json:
        found = [item.as_json() for item in warnings]
        print_json({"valid": True, "problems": [], "warnings": found})
        return
    for warning in warnings:
        sys.stdout.write(f"warning: {rendered(warning)}\n")
    paid = sum(node.endpoint is not None for node in graph.nodes.values())
    sys.stdout.write(
        f"{file} is right: {len(graph.nodes)} steps, {paid} of them paid, making ${graph.output}\n"
    )


Target = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="A file to write it to.")
]


def schema(out: Target = None) -> None:
    """Print the JSON Schema of pipeline files, by which editors complete and explain them."""
    text = (files("shotgraph") / "spec" / "pipeline.schema.json").read_text(encoding="utf-8")
    if out is None:
        sys.stdout.write(text)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"{out} can't be written: {error.strerror}") from None
    sys.stdout.write(
        f"{out} is written. An editor that knows YAML uses it for a file that begins with\n"
        f"# yaml-language-server: $schema={out.as_posix()}\n"
    )
