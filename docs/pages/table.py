"""Tables in Markdown."""

from collections.abc import Sequence


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table; a bar inside a cell stays a bar."""
    lines = [_row(headings), _row(["---"] * len(headings))]
    return "\n".join(lines + [_row(row) for row in rows]) + "\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def first_line(docstring: str | None) -> str:
    """Take the first paragraph of a docstring, as one line."""
    line = " ".join((docstring or "").strip().split("\n\n")[0].split())
    return line.replace("``", "`")


def code(text: object) -> str:
    """Set as code."""
    return f"`{text}`"
