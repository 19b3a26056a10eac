"""The ``shotgraph`` command."""

import gc
import os
import sys
from contextlib import suppress
from typing import Any, TextIO

import typer

from shotgraph.cli.contact_sheet import sheet
from shotgraph.cli.deploy import deploy
from shotgraph.cli.doctor import doctor
from shotgraph.cli.export import deliver, export
from shotgraph.cli.inspect_film import inspect
from shotgraph.cli.jobs import jobs, purge, reconcile
from shotgraph.cli.pipeline_files import new, schema, validate
from shotgraph.cli.printing import folded, print_json, printed
from shotgraph.cli.run import run
from shotgraph.cli.servers import demo, rehearsal, view
from shotgraph.cli.show_plan import NO_PLAN, plan
from shotgraph.cli.working_folder import check_working_folder, leave_unread
from shotgraph.errors import Interrupted, InvalidInput, ShotgraphError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Make a film from a file: Prefect runs it, Kling O1 on fal draws it, ffmpeg joins it.",
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
app.command()(export)
app.command()(inspect)
app.command()(deliver)
app.command()(schema)
app.add_typer(rehearsal, name="rehearsal")
app.add_typer(view, name="view")


@app.callback(invoke_without_command=True)
def _version(version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    if version:
        from shotgraph import __version__

        sys.stdout.write(f"shotgraph {__version__}\n")
        raise typer.Exit


_JSON = "--json"
# Typer exports only this class of command-line errors; its base class covers the others.
_USAGE_ERROR: Any = typer.BadParameter.__base__


_OBJECTS = 50_000
"""New objects between two garbage collections; Python's default is 700."""


def main() -> None:
    """Run the command; its exit code shows the outcome (see the guide)."""
    # Loading Prefect makes about a million objects, and none of them is garbage.
    gc.set_threshold(_OBJECTS)
    _open_what_is_closed()
    code: str | int | None = 0
    unwritten: OSError | None = None
    printed.clear()
    leave_unread(_tell)
    try:
        check_working_folder(sys.argv)
        code = app(standalone_mode=False)
    except typer.Abort:
        _tell("Aborted!")
        code = 1
    except _USAGE_ERROR as error:
        _use_own_words(error)
        error.show()
        code = error.exit_code
        if _JSON in sys.argv[1:] and not printed:
            wrong = InvalidInput(error.format_message())
            print_json(_document(error.ctx.info_name if error.ctx else None, wrong))
    except ShotgraphError as error:
        if _JSON in sys.argv[1:] and not printed:
            print_json(_document(sys.argv[1], error))
        _tell(folded(str(error), sys.stderr))
        code = error.exit_code
    except SystemExit as ended:
        code = ended.code
    except OSError:
        # Errors of the disks for store and films have their own class: this is stdout, or unknown.
        unwritten = _written("\n", sys.stdout)
        if unwritten is None:
            raise
    unwritten = unwritten or _written("", sys.stdout)
    if unwritten is not None:
        code = code or 1
        if not isinstance(unwritten, BrokenPipeError):
            _tell(
                f"the output could not be written: {unwritten.strerror}. The command did its "
                "work: run it again to see the output"
            )
    if code == Interrupted.exit_code:
        _leave(Interrupted.exit_code)
    # Without this, Python collects garbage at its end, for as long as a fifth of the imports.
    gc.freeze()
    sys.exit(code)


def _document(command: str | None, error: ShotgraphError) -> dict[str, Any]:
    """The JSON of a command that could not begin; `run` and `plan` have fixed fields."""
    if command == "run":
        from shotgraph.report import Report

        return Report(run_id="", error=error).as_json()
    return {**(NO_PLAN if command == "plan" else {}), "error": error.as_json()}


def _use_own_words(error: Any) -> None:
    # Newer typers read values with pydantic, and pass on its message.
    from pydantic import ValidationError

    if isinstance(error.__cause__, ValidationError):
        from shotgraph.model.pydantic_words import own_words

        error.message = own_words(error.__cause__)


def _tell(line: str) -> None:
    _written(f"{line}\n", sys.stderr)


def _written(text: str, stream: TextIO) -> OSError | None:
    """Write a text and everything before it in the buffer; return the error if that fails.

    Then redirect the stream to nowhere: Python would write again at its end, and print a traceback.
    """
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        return error
    return None


def _open_what_is_closed() -> None:
    """Redirect closed standard streams, as after ``>&-``, to nowhere.

    For a closed stream Python has None. And the next file to be opened, perhaps a record of the
    store, would get the number of stdout, and the output of every child process.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115  open to the end
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115  open to the end


def _leave(code: int) -> None:
    """End the process at once: Python's end takes seconds, and aborts if a thread still logs.

    After a stop that did not wait for the run, such a thread may exist.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(code)
