"""The JSON document of a run that a signal has stopped: its steps and its costs so far."""

import asyncio
import contextvars
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from shotgraph.cli.interruptible import STOPPED, Interruptible
from shotgraph.cli.printing import folded, print_json, printed
from shotgraph.errors import Interrupted, ShotgraphError

if TYPE_CHECKING:
    from shotgraph.report import Report
    from shotgraph.report.so_far import RunSoFar

READ_S = 4.0
"""The longest time that a stopped run reads its costs from the store."""
READ_AT_ONCE_S = 0.4
"""The same after a second Ctrl-C, which ends the process at once."""


@contextmanager
def document_when_stopped(interruptible: Interruptible, *, as_json: bool) -> Iterator[None]:
    """If a signal stops a run in the block, print the document of the run so far.

    Args:
        interruptible: What stops the run.
        as_json: Whether the command prints JSON; if not, nothing is printed.

    Raises:
        Interrupted: A signal has stopped the run.
    """
    if not as_json:
        yield
        return
    from shotgraph.report.so_far import run_so_far_kept

    with run_so_far_kept() as so_far:
        interruptible.on_end_at_once = lambda error: _print(so_far, error, READ_AT_ONCE_S)
        try:
            yield
        except (Interrupted, KeyboardInterrupt) as stopped:
            error = stopped if isinstance(stopped, Interrupted) else Interrupted(STOPPED)
            _print(so_far, error, READ_S)
            raise


def end_if_printed(error: ShotgraphError) -> None:
    """End the command if the document of the stopped run is printed: an error prints no second."""
    if printed:
        sys.stderr.write(f"{folded(error.message, sys.stderr)}\n")
        sys.exit(error.exit_code)


def _print(so_far: "RunSoFar", error: Interrupted, read_s: float) -> None:
    found: list[Report] = []

    def read() -> None:
        with suppress(Exception):  # the report without the ledger's costs is printed
            found.append(asyncio.run(so_far.report(error)))

    # In a thread of its own: a store that does not answer keeps nobody waiting for longer.
    context = contextvars.copy_context()
    reading = threading.Thread(target=context.run, args=(read,), name="costs", daemon=True)
    reading.start()
    reading.join(read_s)
    report = found[0] if found else so_far.by_plan(error)
    print_json(report.as_json())
    sys.stdout.flush()
