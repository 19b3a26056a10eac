"""The commands ``demo``, ``rehearsal serve`` and ``view``."""

import asyncio
import contextlib
import sys
import webbrowser
from collections.abc import Callable, Mapping, Sequence
from errno import EACCES, EADDRINUSE
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from shotgraph.cli.closing import print_report
from shotgraph.cli.embedded_server import prefect_api
from shotgraph.cli.interruptible import Interruptible
from shotgraph.cli.prefect_settings import check_prefect_settings
from shotgraph.cli.run import Out, run_file
from shotgraph.errors import InvalidInput, ShotgraphError
from shotgraph.model.file_memory import at_home

if TYPE_CHECKING:
    from shotgraph.settings import Settings
    from shotgraph.view.film_pages import PlannedFile, PlanOf


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
        sys.exit(ran.exit_code)


MOST_PORT = 65_535
Port = Annotated[
    int,
    typer.Option("--port", metavar="N", min=0, max=MOST_PORT, help="0 takes a free port."),
]


rehearsal = typer.Typer(
    no_args_is_help=True, help="A local stand-in for fal: free runs, drawn with ffmpeg."
)


@rehearsal.callback()
def _rehearsal() -> None:
    """Keep ``serve`` a command of its own."""


@rehearsal.command("serve")
def _serve_rehearsal(
    port: Port = 0,
) -> None:
    """Serve until stopped; the first line on stdout has the address, as JSON."""
    from shotgraph.rehearsal import serve as serve_until_stopped

    try:
        asyncio.run(serve_until_stopped(port))
    except OSError as error:
        if error.errno not in (EADDRINUSE, EACCES):
            raise
        raise InvalidInput(f"can't listen at port {port}: {error.strerror}") from None


PORT = 4280

view = typer.Typer(help="The films of a store in a browser: to see, to compare, to decide.")

AnyPort = Annotated[
    int | None,
    typer.Option(
        "--port",
        metavar="N",
        min=0,
        max=MOST_PORT,
        help=f"By default {PORT}, or a free port if it is in use.",
    ),
]
Host = Annotated[
    str,
    typer.Option("--host", help="The address to listen on. The link gives access to every film."),
]
StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="STORE",
        help="A folder (with a slash in it), a bucket, or the name of a MediaStore block; "
        "SHOTGRAPH_STORE by default.",
    ),
]
Plans = Annotated[
    list[Path] | None,
    typer.Option(
        "--plan",
        metavar="FILE",
        help="A pipeline file; its plan is shown, with prices. May be given again.",
    ),
]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Only print the link.")]


@view.callback(invoke_without_command=True)
def _view(
    context: typer.Context,
    port: AnyPort = None,
    store: StoreOption = None,
    plan: Plans = None,
    no_browser: NoBrowser = False,
) -> None:
    """Open the screening room: see and compare clips, write notes, decide on takes."""
    if context.invoked_subcommand is not None:
        return
    say = partial(_open, opens=not no_browser)
    with contextlib.suppress(KeyboardInterrupt):
        try:
            asyncio.run(_serve(PORT if port is None else port, "127.0.0.1", store, plan or [], say))
        except InvalidInput:
            if port is not None:
                raise
            asyncio.run(_serve(0, "127.0.0.1", store, plan or [], say))


@view.command("serve")
def _serve_view(
    port: Port = PORT, host: Host = "127.0.0.1", store: StoreOption = None, plan: Plans = None
) -> None:
    """Serve until stopped; the first line on stdout has the address, as JSON."""
    asyncio.run(_serve(port, host, store, plan or [], None))


def _open(said: Mapping[str, str], *, opens: bool) -> None:
    link = said.get("link", said["url"])
    sys.stdout.write(f"The screening room is {link}\nCtrl-C closes it.\n")
    sys.stdout.flush()
    if opens and not webbrowser.open(link):
        sys.stdout.write("No browser could be opened: open the link yourself.\n")


async def _serve(
    port: int,
    host: str,
    named: str | None,
    plans: Sequence[Path],
    on_ready: Callable[[Mapping[str, str]], None] | None,
) -> None:
    from shotgraph.settings import Settings
    from shotgraph.store import open_store
    from shotgraph.view import serve as serve_until_stopped

    for file in plans:
        if not file.is_file():
            raise InvalidInput(f"--plan {file}: there is no such file")
    check_prefect_settings()
    settings = Settings()
    location = settings.store
    if named is not None:
        # Loading Prefect takes a second, and only a block's name needs it.
        from shotgraph.blocks.media_store import is_place, store_location

        # Prefect's own server would stay as long as the view, and ask for no password.
        with contextlib.nullcontext() if is_place(named) else prefect_api():
            location = await store_location(named)
        _check_store(location, named)
    known_as = urlsplit(settings.view_url).hostname if settings.view_url else None
    token = settings.view_token.get_secret_value() if settings.view_token else None
    await serve_until_stopped(
        open_store(location),
        host=host,
        port=port,
        known_as=known_as,
        token=token,
        resume=_resume,
        person=settings.person,
        plans=[_plan_of(file.absolute(), settings, location) for file in plans],
        on_ready=on_ready,
    )


def _check_store(location: str, named: str) -> None:
    # A missing store of the environment is made: a service may start before the first run.
    if "://" not in location and not at_home(location, "--store").is_dir():
        raise InvalidInput(f"--store {named}: there is no folder {location}, and none was made")


def _plan_of(file: Path, settings: "Settings", location: str) -> "PlanOf":
    async def plan() -> "PlannedFile":
        from shotgraph.cli.show_plan import planned_now
        from shotgraph.view.film_pages import PlannedFile

        here = settings.model_copy(update={"store": location})
        try:
            return PlannedFile.of(file.name, await planned_now(file, here))
        except ShotgraphError as error:
            return PlannedFile(file.name, error=error.message)

    return plan


async def _resume(run_id: str, values: Mapping[str, object]) -> None:
    """Resume a waiting Prefect run with the values of its form.

    Raises:
        InvalidInput: The run can't be resumed.
    """
    # Loading Prefect takes a second, and few people answer a waiting run here.
    from shotgraph.flows.asking import resume

    await resume(run_id, values)
