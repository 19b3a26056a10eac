"""What commands print."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from shotgraph.errors import ShotgraphError


def print_json(document: dict[str, Any]) -> None:
    """Print one JSON document, alone, on stdout."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]], numbers: set[str]) -> None:
    """Print a table on stdout; columns named in `numbers` are set to the right."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, justify="right" if heading in numbers else "left")
    for row in rows:
        table.add_row(*row)
    # A width of its own where stdout is no terminal, so that lines in files stay whole.
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False, markup=False)
    console.print(table)


def error_json(error: ShotgraphError) -> dict[str, Any]:
    """Write an error for machines."""
    return {"code": error.code, "message": error.message}
