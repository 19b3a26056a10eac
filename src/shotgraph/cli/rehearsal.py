"""``shotgraph rehearsal serve``: a local server that speaks fal's protocol."""

import asyncio
from typing import Annotated

import typer

rehearsal = typer.Typer(
    no_args_is_help=True, help="A local stand-in for fal: free runs, drawn with ffmpeg."
)


@rehearsal.callback()
def _rehearsal() -> None:
    """Keep ``serve`` a command of its own."""


@rehearsal.command()
def serve(
    port: Annotated[int, typer.Option("--port", metavar="N", help="0 takes a free one.")] = 0,
) -> None:
    """Serve until stopped; the first line on stdout says where, as JSON."""
    from shotgraph.rehearsal import serve as serve_until_stopped

    asyncio.run(serve_until_stopped(port))
