"""The costs of a run that a signal has stopped, so far: its JSON document, or a sentence."""

import asyncio
import contextvars
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from shotgraph.cli.interruptible import STOPPED, Interruptible
from shotgraph.cli.printing import folded, print_json, printed
from shotgraph.errors import Interrupted, ShotgraphError

if TYPE_CHECKING:
    from shotgraph.report import Report
    from shotgraph.report.so_far import RunSoFar

READ_S = 4.0
"""The longest time that a stopped run reads its costs from the store, for its JSON document."""
READ_FOR_PEOPLE_S = 1.0
"""The same for the sentence at a terminal: the command ends soon after Ctrl-C."""
READ_AT_ONCE_S = 2.0
"""The same after a second Ctrl-C: less than `EXIT_S`, with which the process ends."""


@contextmanager
def costs_when_stopped(
    interruptible: Interruptible, *, as_json: bool, is_rehearsal: bool
) -> Iterator[None]:
    """If a signal stops a run in the block, print what the run has cost so far.

    Args:
        interruptible: What stops the run.
        as_json: Whether the command prints JSON: then it is the document of the run so far.
        is_rehearsal: Whether nothing was sent to fal.

    Raises:
        Interrupted: A signal has stopped the run.
    """
    from shotgraph.report.so_far import run_so_far_kept

    def tell(error: Interrupted, read_s: float) -> None:
        report = _report(so_far, error, read_s).as_json()
        if as_json:
            print_json(report)
            sys.stdout.flush()
        else:
            _say_costs(report, is_rehearsal=is_rehearsal)

    with run_so_far_kept() as so_far:
        interruptible.on_end_at_once = lambda error: tell(error, READ_AT_ONCE_S)
        try:
            yield
        except (Interrupted, KeyboardInterrupt) as stopped:
            error = stopped if isinstance(stopped, Interrupted) else Interrupted(STOPPED)
            tell(error, READ_S if as_json else READ_FOR_PEOPLE_S)
            raise


def _say_costs(report: Mapping[str, Any], *, is_rehearsal: bool) -> None:
    """Say what a run has cost so far; nothing before its plan is made, when nothing was bought."""
    if not report["steps"]:
        return
    from shotgraph.report import cost_lines

    said = " ".join(cost_lines(report, is_rehearsal=is_rehearsal))
    with suppress(OSError, RuntimeError):  # RuntimeError: the signal came in the middle of a line
        sys.stderr.write(f"{folded(said, sys.stderr)}\n")
        sys.stderr.flush()


def end_if_printed(error: ShotgraphError) -> None:
    """End the command if the document of the stopped run is printed: an error prints no second."""
    if printed:
        sys.stderr.write(f"{folded(error.message, sys.stderr)}\n")
        sys.exit(error.exit_code)


def _report(so_far: "RunSoFar", error: Interrupted, read_s: float) -> "Report":
    found: list[Report] = []

    def read() -> None:
        with suppress(Exception):  # the report without the ledger's costs is used
            found.append(asyncio.run(so_far.report(error)))

    # In a thread of its own: a store that does not answer keeps nobody waiting for longer.
    context = contextvars.copy_context()
    reading = threading.Thread(target=context.run, args=(read,), name="costs", daemon=True)
    reading.start()
    reading.join(read_s)
    return found[0] if found else so_far.by_plan(error)
