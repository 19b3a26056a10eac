"""The commands ``demo``, ``rehearsal serve`` and ``view serve``: servers on this machine."""

import asyncio
import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

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


view = typer.Typer(
    no_args_is_help=True, help="The films and clips of a store, to be looked at in a browser."
)

Port = Annotated[int, typer.Option("--port", metavar="N", help="0 takes a free one.")]
Host = Annotated[
    str, typer.Option("--host", help="Where it listens. Whoever has its link sees every film.")
]
StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="STORE",
        help="A folder with a slash in it, a bucket, or the name of a MediaStore block; "
        "SHOTGRAPH_STORE by default.",
    ),
]


@view.callback()
def _view() -> None:
    """Keep ``serve`` a command of its own."""


@view.command("serve")
def _serve_view(port: Port = 4280, host: Host = "127.0.0.1", store: StoreOption = None) -> None:
    """Serve until stopped; the first line on stdout says where, as JSON."""
    asyncio.run(_serve(port, host, store))


async def _serve(port: int, host: str, named: str | None) -> None:
    from shotgraph.settings import Settings
    from shotgraph.store import open_store
    from shotgraph.view import serve as serve_until_stopped

    settings = Settings()
    location = settings.store
    if named is not None:
        # Prefect takes its second to load, and only a block's name needs it.
        from shotgraph.blocks.media_store import store_location

        location = await store_location(named)
    known_as = urlsplit(settings.view_url).hostname if settings.view_url else None
    token = settings.view_token.get_secret_value() if settings.view_token else None
    await serve_until_stopped(
        open_store(location), host=host, port=port, known_as=known_as, token=token
    )
