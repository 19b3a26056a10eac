"""What the documents show works."""

import ast
import re
import shlex
import textwrap
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

from shotgraph.cli.main import app
from shotgraph.graph import build_graph
from shotgraph.spec import load_pipeline, read_pipeline
from shotgraph.spec.pipeline import STEP_KINDS
from shotgraph.spec.step_options import STEP_OPTIONS

from .pages import ROOT, Block, blocks, blocks_of, documents, without_blocks

EXAMPLES = ROOT / "examples"
# What the guide's fragments of steps refer to.
PARAMS = """\
name: fragment
params:
  shot: {type: video}
  sky:  {type: image}
  boat: {type: image}
  side: {type: image}
  music: {type: audio}
  shots: {list: video}
"""
_INLINE = re.compile(r"`(shotgraph [^`]+|make [^`]+)`")
_TARGET = re.compile(r"^([a-z-]+):", re.MULTILINE)
_SHELLS = ("sh", "console")


@pytest.mark.parametrize("block", blocks("yaml"), ids=str)
def test_pipeline_files_are_right(block: Block) -> None:
    pipeline = read_pipeline(block.text, file=str(block), folder=EXAMPLES)
    graph = build_graph(pipeline, placeholders=True)
    assert {film.step for film in graph.films} <= graph.nodes.keys()
    assert graph.films


@pytest.mark.parametrize("block", blocks("yaml fragment"), ids=str)
def test_fragments_of_pipeline_files_are_right(block: Block) -> None:
    if block.text.startswith("params:"):
        step = "steps: {x: {trim: {video: $shot, seconds: $seconds}}}\noutput: $x\n"
        text = f"name: fragment\n{block.text}{step}"
    else:
        last = re.findall(r"^(\w+):$", block.text, re.MULTILINE)[-1]
        text = f"{PARAMS}steps:\n{textwrap.indent(block.text, '  ')}output: ${last}\n"
    build_graph(read_pipeline(text, file=str(block), folder=EXAMPLES), placeholders=True)


def test_the_guide_shows_every_kind_of_step() -> None:
    text = "\n".join(block.text for block in blocks("yaml fragment"))
    text += "\n".join(block.text for block in blocks("yaml"))
    assert [kind for kind in STEP_KINDS if f"  {kind}:" not in text] == []
    assert [option for option in STEP_OPTIONS if f" {option}:" not in text] == []


def test_the_readmes_file_is_the_example() -> None:
    (block,) = (block for block in blocks_of(ROOT / "README.md") if block.info == "yaml")
    example = load_pipeline(EXAMPLES / "extend-restyle-concat.yaml")
    assert read_pipeline(block.text, folder=EXAMPLES).document.data == example.document.data


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_python_compiles_and_its_imports_are_there(block: Block) -> None:
    tree = ast.parse(block.text, str(block))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                import_module(name.name)
        elif isinstance(node, ast.ImportFrom):
            module = import_module(str(node.module))
            assert [name.name for name in node.names if not hasattr(module, name.name)] == []


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_python_calls_our_tasks_and_flows_with_arguments_that_they_have(block: Block) -> None:
    tree = ast.parse(block.text)
    ours = {
        name.asname or name.name: getattr(import_module(str(node.module)), name.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("shotgraph")
        for name in node.names
    }
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        called = ours.get(call.func.id) if isinstance(call.func, ast.Name) else None
        properties = getattr(getattr(called, "parameters", None), "properties", None)
        known = properties or getattr(getattr(called, "fn", None), "__annotations__", None)
        if known:
            assert [word.arg for word in call.keywords if word.arg not in known] == []


def shell_lines() -> list[tuple[str, str]]:
    """Every command that the documents show, with its place."""
    found = []
    for block in blocks(*_SHELLS):
        lines = block.text.splitlines()
        if block.info == "console":
            lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        found += [(str(block), line) for line in lines]
    for file in documents():
        inline = _INLINE.findall(without_blocks(file.read_text()))
        found += [(str(file.relative_to(ROOT)), line) for line in inline]
    return found


def ours(line: str) -> list[str]:
    """The words of a command of ours; an empty list for another's."""
    words = shlex.split(line, comments=True)
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words = words[1:]
    return words if words and Path(words[0]).name in ("shotgraph", "make") else []


COMMANDS = sorted({(place, line) for place, line in shell_lines() if ours(line)})


@pytest.mark.parametrize(("place", "line"), COMMANDS, ids=[line for _, line in COMMANDS])
def test_commands_exist(place: str, line: str) -> None:
    program, *words = ours(line)
    if program == "make":
        targets = [word for word in words if "=" not in word and word != "…"]
        known = _TARGET.findall((ROOT / "Makefile").read_text())
        assert [target for target in targets if target not in known] == [], place
        return
    command: Any = typer.main.get_command(app)
    while words and hasattr(command, "commands"):
        if words[0].startswith("-"):
            break
        assert words[0] in command.commands, f"{place}: {line}"
        command = command.commands[words.pop(0)]
    options = {name for option in command.params for name in option.opts} | {"--help"}
    given = [word.partition("=")[0] for word in words if word.startswith("--")]
    assert [option for option in given if option not in options] == [], place


def test_enough_commands_are_looked_at() -> None:
    programs = [Path(ours(line)[0]).name for _, line in COMMANDS]
    assert programs.count("shotgraph") > 10
    assert programs.count("make") > 5
