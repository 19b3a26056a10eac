"""JSON and tables on stdout, and the options that several commands share."""

import json
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TextIO, TypeAlias

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
_SENTENCES = frozenset({"why", ""})
_BELOW = frozenset({"request", "key"}) | _SENTENCES
"""Columns that get lines below their row if the row has no room for them."""
_WORDS = 14
"""The width of a column of one or two words, such as a kind or a state."""
_NARROWEST = 8


printed: list[dict[str, Any]] = []
"""The document of this command, once it is printed: an error makes no second one."""


def print_json(document: dict[str, Any]) -> None:
    """Print one JSON document, alone, on stdout."""
    printed.append(document)
    sys.stdout.write(without_keys(json.dumps(document, indent=2)) + "\n")


@contextmanager
def errors_in(document: Mapping[str, Any], *, as_json: bool) -> Iterator[None]:
    """End the command with a document of its own where an error is raised inside.

    Args:
        document: What is printed with the error.
        as_json: Whether JSON was asked for; else the error goes on.
    """
    try:
        yield
    except ShotgraphError as error:
        if not as_json:
            raise
        print_json({**document, "error": error.as_json()})
        sys.exit(error.exit_code)


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
    """Fold what is too wide. Sentences and what is copied get lines of their own then."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, markup=False)
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    has_room = sum(widths) + len(_GAP) * (len(widths) - 1) <= console.width
    inside = [n for n, heading in enumerate(headings) if has_room or heading not in _BELOW]
    room = console.width - len(_GAP) * (len(inside) - 1)
    shares = dict(zip(inside, _shares([widths[n] for n in inside], room), strict=True))
    for row in (headings, *rows):
        cells = {
            n: Text(row[n], styles.get(row[n], "")).wrap(console, width, overflow="fold")
            for n, width in shares.items()
        }
        for number in range(max(map(len, cells.values()))):
            line = Text()
            for n, texts in cells.items():
                text = texts[number] if number < len(texts) else Text()
                text.rstrip()
                text.align("right" if headings[n] in numbers else "left", shares[n])
                line.append_text(text).append(_GAP)
            line.rstrip()
            console.print(line, soft_wrap=True)
        for n, heading in enumerate(headings):
            if n not in shares and row is not headings and row[n]:
                named = row[n] if heading in _SENTENCES else f"{heading} {row[n]}"
                for text in Text(named, "dim").wrap(console, console.width - 4, overflow="fold"):
                    console.print(Text("    ").append_text(text), soft_wrap=True)


def _shares(widths: Sequence[int], room: int) -> list[int]:
    """Take from the widest columns until all of them fit; from short words only at last."""
    shares = [max(width, 1) for width in widths]
    for least in (_WORDS, _NARROWEST):
        while sum(shares) > room and max(shares) > least:
            shares[shares.index(max(shares))] -= 1
    return shares


def folded(text: str, stream: TextIO) -> str:
    """Fold a message at its words, where the stream is a terminal; never a command in it."""
    if not stream.isatty():
        return text
    width = max(40, shutil.get_terminal_size().columns)
    lines: list[str] = []
    for line in text.split("\n"):
        is_whole = len(line) <= width or line.startswith("  ")
        lines += [line] if is_whole else textwrap.wrap(line, width, **_AT_WORDS)
    return "\n".join(lines)


_AT_WORDS: Any = {"break_long_words": False, "break_on_hyphens": False}


class Mode(StrEnum):
    """How a run shows its progress."""

    AUTO = "auto"
    LIVE = "live"
    PLAIN = "plain"
    JSON = "json"
    QUIET = "quiet"


ProgressOption = Annotated[
    Mode,
    typer.Option(
        "--progress",
        help="What is said on stderr while it runs: a live view, plain lines, one JSON object a "
        "line, or warnings alone. auto: live at a terminal that can, else plain.",
    ),
]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Show Prefect's log, too, as plain lines.")
]


def mode_for(asked: Mode, stream: TextIO, env: Mapping[str, str], *, verbose: bool) -> Mode:
    """Choose how progress is shown: `auto` looks at the stream and the environment.

    What is no terminal, or can't draw, gets plain lines where a live view is asked for: rich would
    draw nothing there.

    Args:
        asked: What the command line says.
        stream: Where it goes.
        env: The environment: TERM, NO_COLOR (https://no-color.org) and CI count.
        verbose: Whether Prefect's log is shown, too: its lines and a live view don't go together.
    """
    if asked not in (Mode.AUTO, Mode.LIVE):
        return asked
    can_draw = stream.isatty() and env.get("TERM", "dumb") not in ("dumb", "unknown")
    if asked is Mode.LIVE:
        return Mode.LIVE if can_draw else Mode.PLAIN
    is_plain = bool(env.get("NO_COLOR")) or bool(env.get("CI")) or verbose
    speaks = (getattr(stream, "encoding", None) or "").lower().replace("-", "") == "utf8"
    return Mode.LIVE if can_draw and speaks and not is_plain else Mode.PLAIN
