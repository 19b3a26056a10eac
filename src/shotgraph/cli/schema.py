"""``shotgraph schema``: what a pipeline file may say, for editors."""

import sys
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from shotgraph.errors import InvalidInput

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
