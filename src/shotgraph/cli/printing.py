"""JSON and tables on stdout, and the options that several commands share."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from shotgraph.errors import ShotgraphError
from shotgraph.foreign_text import shown, without_keys

File: TypeAlias = Annotated[Path, typer.Argument(metavar="FILE", help="The pipeline file.")]
Set: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A parameter's value for this run."),
]
TrustPrices: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--trust-prices",
        help="Vouch for the price_usd of the file's fal steps, where only the file knows it.",
    ),
]
AsJson: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print one JSON document, alone, on stdout.")
]


_GAP = "  "


printed: list[dict[str, Any]] = []
"""The document of this command, once it is printed: an error makes no second one."""


def print_json(document: dict[str, Any]) -> None:
    """Print one JSON document, alone, on stdout."""
    printed.append(document)
    sys.stdout.write(without_keys(json.dumps(document, indent=2)) + "\n")


def print_table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    numbers: set[str],
    styles: Mapping[str, str] | None = None,
) -> None:
    """Print a table on stdout.

    Args:
        headings: Of its columns.
        rows: Its cells.
        numbers: The columns that are set to the right, by their headings.
        styles: How a cell with this text looks in a terminal; a file gets plain text.
    """
    rows = [[shown(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _print_within_the_terminal(headings, rows, numbers, styles or {})
        return
    # A line stays a line, however long it is: what is in a file is searched and cut by lines.
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    for row in (headings, *rows):
        cells = (
            cell.rjust(width) if heading in numbers else cell.ljust(width)
            for heading, cell, width in zip(headings, row, widths, strict=True)
        )
        sys.stdout.write(_GAP.join(cells).rstrip() + "\n")


def _print_within_the_terminal(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    numbers: set[str],
    styles: Mapping[str, str],
) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_edge=False, padding=(0, len(_GAP), 0, 0))
    for heading in headings:
        table.add_column(heading, justify="right" if heading in numbers else "left")
    for row in rows:
        table.add_row(*(Text(cell, style=styles.get(cell, "")) for cell in row))
    Console(highlight=False, markup=False).print(table)


def error_json(error: ShotgraphError) -> dict[str, Any]:
    """Write an error for machines."""
    return {"code": error.code, "message": error.message}
