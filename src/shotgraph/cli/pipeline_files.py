"""The commands ``new``, ``validate`` and ``schema``: for people who write pipeline files."""

import asyncio
import json
import os
import re
import shlex
import sys
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shotgraph.cli.printing import AsJson, File, Set, print_json
from shotgraph.errors import InvalidInput, ShotgraphError

if TYPE_CHECKING:
    from shotgraph.graph import Graph
    from shotgraph.spec import Problem


FIRST = "first-film"
"""The film with a full explanation in its comments."""
_NAME_LINE = re.compile(r"^name: [a-z0-9-]+", re.MULTILINE)
_LONGEST_NAME = 64
SCHEMA = "pipeline.schema.json"
_SCHEMA_LINE = "# yaml-language-server: $schema="

NewFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="The file to write; film.yaml by default.")
]
Like = Annotated[
    str, typer.Option("--like", metavar="NAME", help="The film of the gallery to copy.")
]


def new(file: NewFile = Path("film.yaml"), like: Like = FIRST) -> None:
    """Write a commented film that can be rehearsed at once; no file is overwritten."""
    with as_file(files("shotgraph") / "examples") as gallery:
        begun = _film(gallery.resolve(), like)
        used_files = {
            file.parent / path.relative_to(gallery.resolve()): path for path in _uses(begun)
        }
        text = (
            f"{_SCHEMA_LINE}{SCHEMA}\n{_own(begun.read_text(encoding='utf-8'), begun.stem, file)}"
        )
        _check_room(file, used_files)
        try:
            written = [path for path in used_files if _copy(used_files[path], path)]
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("x", encoding="utf-8") as opened:
                opened.write(text)
            written += _with_schema(file.parent)
        except FileExistsError as error:
            raise InvalidInput(f"{error.filename} exists already, and is not overwritten") from None
        except OSError as error:
            raise InvalidInput(f"{error.filename} can't be written: {error.strerror}") from None
    also = f", and what it uses: {', '.join(map(str, written))}" if written else ""
    quoted = shlex.quote(str(file))
    sys.stdout.write(
        f"{file} is written{also}\n"
        f"Try it for nothing:  shotgraph run {quoted} --rehearse\n"
        f"What it would cost:  shotgraph plan {quoted}\n"
    )


def _film(gallery: Path, like: str) -> Path:
    from shotgraph.spec.meant import nearest_name

    names = sorted(path.stem for path in gallery.glob("*.yaml"))
    if like in names:
        return gallery / f"{like}.yaml"
    nearest = nearest_name(like, names)
    raise InvalidInput(
        f'--like "{like}": there is no such film in the gallery\n'
        f"        allowed: {', '.join(names)}"
        + (f"\n        did you mean {nearest}?" if nearest else "")
    )


def _uses(film: Path) -> Iterator[Path]:
    """Find the files that a film uses: clips, stills, sounds and others."""
    from shotgraph.graph import build_graph
    from shotgraph.model.references import LocalFile
    from shotgraph.spec import load_pipeline

    found = {film}
    for node in build_graph(load_pipeline(film)).nodes.values():
        found.add(Path(node.source.file))
        found |= {ref.file for _, _, ref in node.media() if isinstance(ref, LocalFile)}
    yield from sorted(found - {film})


def _own(text: str, name: str, file: Path) -> str:
    """Name the film after its file, and put the file's path into the commands in its comments."""
    text = text.replace(f"examples/{name}.yaml", shlex.quote(str(file)))
    own = re.sub(r"[^a-z0-9]+", "-", file.stem.lower()).strip("-")[:_LONGEST_NAME] or name
    for behind in (".mp4", "-1.mp4"):
        text = text.replace(f"{name}{behind}", f"{own}{behind}")
    return _NAME_LINE.sub(f"name: {own}", text, count=1)


def _check_room(file: Path, used_files: dict[Path, Path]) -> None:
    """Check that no other file is in the way, before anything is written.

    Raises:
        InvalidInput: A file is in the way.
    """
    if os.path.lexists(file):
        raise InvalidInput(f"{file} exists already, and is not overwritten. Name another file")
    for path, source in used_files.items():
        if path.exists() and not _is_same(path, source):
            raise InvalidInput(
                f"{path} exists already with other contents than the film needs, and is not "
                "overwritten. Name a file in another folder"
            )


def _with_schema(folder: Path) -> list[Path]:
    """Write the schema that the film's first line names; an existing file stays."""
    path = folder / SCHEMA
    if os.path.lexists(path):
        return []
    path.write_text(_schema_text(), encoding="utf-8")
    return [path]


def _schema_text() -> str:
    return (files("shotgraph") / "spec" / SCHEMA).read_text(encoding="utf-8")


def _is_same(path: Path, source: Path) -> bool:
    return path.is_file() and path.read_bytes() == source.read_bytes()


def _copy(source: Path, path: Path) -> bool:
    """Copy a file unless it exists; return whether it was copied."""
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as opened:
        opened.write(source.read_bytes())
    return True


def _looked_at(file: Path, values: list[str]) -> tuple["Graph", list["Problem"]]:
    """Check a file and its media in one pass; return its graph and the warnings."""
    from shotgraph.graph import check
    from shotgraph.graph.bind import settings
    from shotgraph.making.file_prices import free_steps
    from shotgraph.making.resolve_media import look_at_media
    from shotgraph.making.url_places import urls_at_no_public_place
    from shotgraph.settings import Settings
    from shotgraph.spec import load_draft
    from shotgraph.spec.problem import invalid

    checked = check(load_draft(file), settings(values), placeholders=True)
    looked = asyncio.run(look_at_media(checked.graph, checked.unsure))
    free = free_steps(checked.graph, but=checked.unsure)
    bases = Settings().bases
    nowhere = urls_at_no_public_place(checked.graph, bases, but=checked.unsure)
    problems = [*checked.problems, *looked.problems, *free, *nowhere]
    if problems:
        raise invalid(problems, checked.graph.document.text)
    warnings = [*checked.graph.warnings, *looked.warnings]
    return checked.graph, sorted(warnings, key=lambda warning: warning.location)


def validate(file: File, values: Set = None, as_json: AsJson = False) -> None:
    """Check a pipeline file: every problem with its line, and warnings. Nothing is sent or made."""
    try:
        graph, warnings = _looked_at(file, values or [])
    except ShotgraphError as error:
        if not as_json:
            raise
        print_json(_refused(error))
        sys.exit(error.exit_code)
    if as_json:
        found = [item.as_json() for item in warnings]
        print_json({"valid": True, "problems": [], "warnings": found})
        return
    from shotgraph.spec.problem import rendered

    for warning in warnings:
        sys.stdout.write(f"warning: {rendered(warning)}\n")
    paid = sum(node.endpoint is not None for node in graph.nodes.values())
    sys.stdout.write(
        f"{file} is right: {_steps(len(graph.nodes))}, {paid} of them paid, making "
        f"${graph.output}\n"
    )


def _steps(number: int) -> str:
    return f"{number} {'step' if number == 1 else 'steps'}"


def _refused(error: ShotgraphError) -> dict[str, Any]:
    from shotgraph.spec import InvalidPipeline

    if isinstance(error, InvalidPipeline):
        problems = [item.as_json() for item in error.problems]
        return {"valid": False, "problems": problems, "warnings": []}
    return {"valid": False, "problems": [], "warnings": [], "error": error.as_json()}


Target = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="A file to write it to.")
]


def schema(out: Target = None) -> None:
    """Print the JSON Schema of pipeline files; editors use it to complete and explain fields."""
    text = _schema_text()
    if out is None:
        sys.stdout.write(text)
        return
    try:
        if os.path.lexists(out) and not _is_schema(out):
            raise InvalidInput(
                f"{out} exists already, is not a schema of shotgraph, and is not overwritten. "
                "Name another file"
            )
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"{out} can't be written: {error.strerror}") from None
    sys.stdout.write(
        f"{out} is written. An editor that knows YAML uses it for a file that begins with\n"
        f"{_SCHEMA_LINE}{out.as_posix()}\n"
    )


def _is_schema(path: Path) -> bool:
    """Whether a file is a schema that any version of this command has written."""
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("$id") == json.loads(_schema_text())["$id"]
