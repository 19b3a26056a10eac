"""How a run shows its progress: what the command line says, the terminal and the environment."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, TextIO

import typer


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
