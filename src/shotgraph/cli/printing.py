"""JSON and tables on stdout, and the options of several commands."""

import json
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn, TextIO, TypeAlias

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
        help="Trust the price_usd of the file's fal steps where no other price is known.",
    ),
]
AsJson: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else.")
]


_GAP = "  "
_SENTENCES = frozenset({"why", ""})
_BELOW = frozenset({"request", "key"}) | _SENTENCES
"""Columns that are printed below their row if the row has no room for them."""
_WORDS = 14
"""The width that a column of one or two words needs, such as a kind or a state."""
_NARROWEST = 8


printed: list[dict[str, Any]] = []
"""The documents that this command has printed: an error then prints no second one."""


def print_json(document: dict[str, Any]) -> None:
    """Print one JSON document on stdout, with secret keys removed."""
    printed.append(document)
    sys.stdout.write(without_keys(json.dumps(document, indent=2)) + "\n")


def end_with(document: Mapping[str, Any], error: ShotgraphError) -> NoReturn:
    """Print a JSON document on stdout and the error's message on stderr, and end the command.

    The message is for the log of a script: stdout may go elsewhere.
    """
    print_json(dict(document))
    sys.stderr.write(f"{folded(error.message, sys.stderr)}\n")
    sys.exit(error.exit_code)


@contextmanager
def errors_in(document: Mapping[str, Any], *, as_json: bool) -> Iterator[None]:
    """On an error, print a JSON document, the message on stderr, and end the command.

    Args:
        document: The fields to print with the error.
        as_json: Whether the command prints JSON; if not, the error is raised as before.
    """
    try:
        yield
    except ShotgraphError as error:
        if not as_json:
            raise
        end_with({**document, "error": error.as_json()}, error)


def print_table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    numbers: set[str],
    styles: Mapping[str, str] | None = None,
) -> None:
    """Print a table on stdout.

    Args:
        headings: The headings of the columns.
        rows: The cells.
        numbers: The headings of right-aligned columns.
        styles: The style, in a terminal, of a cell with this text; a file gets plain text.
    """
    rows = [[shown(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _print_within_the_terminal(headings, rows, numbers, styles or {})
        return
    # Each row stays one line, however long: tools search and cut files by lines.
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
    """Fold the table to the terminal's width; columns in `_BELOW` may get lines of their own."""
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
    """Narrow the widest columns until all of them fit; columns of short words come last."""
    shares = [max(width, 1) for width in widths]
    for least in (_WORDS, _NARROWEST):
        while sum(shares) > room and max(shares) > least:
            shares[shares.index(max(shares))] -= 1
    return shares


def folded(text: str, stream: TextIO) -> str:
    """Fold a message between words if the stream is a terminal; indented commands stay whole."""
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
        help="The progress on stderr: a live view, plain lines, one JSON object a line, or only "
        "warnings (quiet). auto: live in a capable terminal, else plain.",
    ),
]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Show Prefect's log, too, as plain lines.")
]


def mode_for(asked: Mode, stream: TextIO, env: Mapping[str, str], *, verbose: bool) -> Mode:
    """Choose the form of the progress: `auto` depends on the stream and the environment.

    Without a terminal that can draw, a requested live view becomes plain lines: rich would draw
    nothing there.

    Args:
        asked: The option on the command line.
        stream: The stream for the progress.
        env: The environment: TERM, NO_COLOR (https://no-color.org) and CI count.
        verbose: Whether Prefect's log is shown too; its lines would disturb a live view.
    """
    if asked not in (Mode.AUTO, Mode.LIVE):
        return asked
    can_draw = stream.isatty() and env.get("TERM", "dumb") not in ("dumb", "unknown")
    if asked is Mode.LIVE:
        return Mode.LIVE if can_draw else Mode.PLAIN
    is_plain = bool(env.get("NO_COLOR")) or bool(env.get("CI")) or verbose
    speaks = (getattr(stream, "encoding", None) or "").lower().replace("-", "") == "utf8"
    return Mode.LIVE if can_draw and speaks and not is_plain else Mode.PLAIN
