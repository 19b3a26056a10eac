"""The ``shotgraph`` command."""

import sys

import typer

from shotgraph.cli.demo import demo
from shotgraph.cli.deploy import deploy
from shotgraph.cli.doctor import doctor
from shotgraph.cli.jobs import jobs
from shotgraph.cli.new import new
from shotgraph.cli.plan import plan
from shotgraph.cli.purge import purge
from shotgraph.cli.reconcile import reconcile
from shotgraph.cli.rehearsal import rehearsal
from shotgraph.cli.run import run
from shotgraph.cli.schema import schema
from shotgraph.cli.sheet import sheet
from shotgraph.cli.validate import validate
from shotgraph.cli.view import view
from shotgraph.errors import ShotgraphError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="A film declared in a file, run by Prefect, drawn by Kling O1 on fal, joined by ffmpeg.",
)
app.command()(new)
app.command()(run)
app.command()(plan)
app.command()(validate)
app.command()(demo)
app.command()(doctor)
app.command()(deploy)
app.command()(jobs)
app.command()(reconcile)
app.command()(purge)
app.command()(sheet)
app.command()(schema)
app.add_typer(rehearsal, name="rehearsal")
app.add_typer(view, name="view")


@app.callback(invoke_without_command=True)
def _version(version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    if version:
        from shotgraph import __version__

        sys.stdout.write(f"shotgraph {__version__}\n")
        raise typer.Exit


def main() -> None:
    """Run the command; its exit code says how it ended (see the guide)."""
    try:
        app()
    except ShotgraphError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
