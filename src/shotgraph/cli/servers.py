"""The commands ``demo`` and ``rehearsal serve``."""

import asyncio
import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

import typer

from shotgraph.cli.closing import print_report
from shotgraph.cli.interruptible import Interruptible
from shotgraph.cli.run import Out, run_file


def demo(out: Out = Path("films")) -> None:
    """Make the example film with a rehearsal: nothing is sent to fal, nothing is paid."""
    with as_file(files("shotgraph") / "examples") as examples:
        file = examples / "extend-restyle-concat.yaml"
        sys.stdout.write(f"Rehearsing {file}\n\n")
        sys.stdout.flush()
        with Interruptible() as interruptible:
            ran = run_file(
                file, {}, rehearse=True, out=out, max_usd=None, interruptible=interruptible
            )
    print_report(ran.report, rehearse=True)
    for message in ran.messages:
        sys.stderr.write(f"{message}\n")
    if ran.error is not None:
        sys.exit(ran.error.exit_code)


rehearsal = typer.Typer(
    no_args_is_help=True, help="A local stand-in for fal: free runs, drawn with ffmpeg."
)


@rehearsal.callback()
def _rehearsal() -> None:
    """Keep ``serve`` a command of its own."""


@rehearsal.command("serve")
def _serve_rehearsal(
    port: Annotated[int, typer.Option("--port", metavar="N", help="0 takes a free one.")] = 0,
) -> None:
    """Serve until stopped; the first line on stdout says where, as JSON."""
    from shotgraph.rehearsal import serve as serve_until_stopped

    asyncio.run(serve_until_stopped(port))
