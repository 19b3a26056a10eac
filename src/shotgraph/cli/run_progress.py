"""The progress of a run on stderr: collect its events, and show them."""

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shotgraph.cli.live_view import LiveView, terminal_console
from shotgraph.cli.prefect_settings import server_is_configured
from shotgraph.cli.printing import Mode, mode_for
from shotgraph.cli.progress_lines import JsonLines, PlainLines, Presenter, Quiet
from shotgraph.cli.run_board import RunBoard
from shotgraph.clock import Clock, SystemClock
from shotgraph.graph import Graph
from shotgraph.money.budget import Budget
from shotgraph.money.job_progress import ProgressAtFal
from shotgraph.plan import Plan
from shotgraph.report import StepReport
from shotgraph.report.run_watch import watched_by

_FAL_SAYS = ": fal says: "
HEARTBEAT_S = 30.0
"""Seconds between two lines of progress in plain mode."""


class RunProgress:
    """Collects the events of a run, updates its board, and has it shown.

    A notice is a line to print when the run begins to buy: by then, no check can refuse the run.

    Attributes:
        board: The present state of the run.
    """

    def __init__(self, board: RunBoard, presenter: Presenter, notice: str = "") -> None:
        self.board = board
        self._presenter = presenter
        self._notice = notice
        self._to_buy: frozenset[str] = frozenset()

    def planned(self, graph: Graph, plan: Plan, wall: Budget | None) -> None:
        """Note the plan of the run."""
        self.board.planned(graph, plan, wall)
        self._to_buy = frozenset(step.name for step in plan.bought)
        steps = [
            {"name": step.name, "kind": step.kind, "state": step.state}
            | {"cost_usd": float(step.cost_usd)}
            | ({"cancel_asked": True} if step.cancel_asked else {})
            for step in plan.steps
        ]
        self._presenter.changed("planned", {"film": graph.name, "steps": steps})

    def begun(self, step: str) -> None:
        """Note that a step begins; before the first purchase, print the notice."""
        if self._notice and step in self._to_buy:
            self._presenter.told(self._notice)
            self._notice = ""
        self.board.begun(step)
        self._presenter.changed("begun", {"step": step})

    def at_fal(self, step: str, progress: ProgressAtFal) -> None:
        """Note the progress of a job at fal."""
        self.board.at_fal(step, progress)
        about: dict[str, Any] = {
            "step": step,
            "job": progress.step,
            "state": progress.state,
            "queue_position": progress.queue_position,
            "percent": progress.percent,
        }
        self._presenter.changed("at_fal", about)

    def ended(self, step: StepReport) -> None:
        """Note that a step has ended."""
        self.board.ended(step)
        self._presenter.changed("ended", step.as_json())

    def over(self) -> None:
        """Note that the run is over."""
        self.board.over()

    def stopping(self, by_person: bool) -> None:
        """Show at once what happens to each job, because a signal stops the run."""
        self.board.is_stopped_by("person" if by_person else "machine")
        self._presenter.stopping()

    @contextmanager
    def hearing_the_log(self) -> Iterator[None]:
        """Replace Prefect's console during the block; Prefect's own log lines are not shown.

        The log that Prefect sends to its server stays the same.
        """
        import prefect
        from prefect.logging.handlers import PrefectConsoleHandler

        root, hearing = logging.getLogger(), _Hearing(self, Path(prefect.__file__).parent)
        consoles = [one for one in root.handlers if isinstance(one, PrefectConsoleHandler)]
        # Prefect's thread for events has a logger outside of Prefect's, and says at the end of a
        # process that it still sends some: nobody can do anything about that.
        logging.getLogger(_EVENTS).addFilter(_nothing)
        for console in consoles:
            console.addFilter(_nothing)
        root.addHandler(hearing)
        try:
            yield
        finally:
            root.removeHandler(hearing)
            for console in consoles:
                console.removeFilter(_nothing)

    def logged(self, step: str, level: int, line: str, *, is_detail: bool) -> None:
        """Note a line of the log."""
        # The row shows a job's progress at fal in another place.
        if step and (not is_detail or _FAL_SAYS in line):
            self.board.said(step, line)
        self._presenter.logged(step, level, line, is_detail=is_detail)


_EVENTS = "EventsWorker"


def _nothing(record: logging.LogRecord) -> bool:
    return False


class _Hearing(logging.Handler):
    """Passes on the run's log lines; Prefect's lines are in its own log (``-v`` shows them)."""

    def __init__(self, progress: RunProgress, prefect: Path) -> None:
        super().__init__(logging.INFO)
        self._progress = progress
        self._prefect = prefect

    def emit(self, record: logging.LogRecord) -> None:
        if Path(record.pathname).is_relative_to(self._prefect):
            return
        try:
            step = str(getattr(record, "task_run_name", None) or "")
            is_detail = record.module == "job_progress"
            line = record.getMessage()
            self._progress.logged(step, record.levelno, line, is_detail=is_detail)
        except Exception:  # every logging handler must catch all exceptions
            self.handleError(record)


class Live:
    """The live view; above it, warnings stay, and all lines while a run is being stopped."""

    def __init__(self, board: RunBoard, view: LiveView) -> None:
        self._board = board
        self._view = view

    def changed(self, event: str, about: Mapping[str, Any]) -> None:
        """Do nothing: the view redraws itself."""

    def logged(self, step: str, level: int, line: str, *, is_detail: bool) -> None:
        """Print the lines that must stay."""
        if level >= logging.WARNING:
            self._view.tell(f"warning: {line}", "yellow")
        elif self._board.stopped is not None and not is_detail:
            self._view.tell(line)

    def told(self, line: str) -> None:
        """Print the line."""
        self._view.tell(line)

    def stopping(self) -> None:
        """Print what happens to each running step."""
        for line in self._board.being_stopped():
            self._view.tell(line)
        self._view.draw()


NOT_LIVE = "stderr is no terminal that can show a live view: plain lines follow\n"


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


@contextmanager
def progress_shown(
    asked: Mode,
    *,
    is_rehearsal: bool,
    verbose: bool = False,
    clock: Clock | None = None,
    note: str = "",
) -> Iterator[RunProgress | None]:
    """Show the progress of the runs in the block, on stderr.

    Args:
        asked: The option on the command line.
        is_rehearsal: Whether the run is a rehearsal, which costs nothing.
        verbose: Whether Prefect's own log is shown.
        clock: The run's clock; the system's by default.
        note: The notice to print when a run begins to buy; empty for none.

    Yields:
        The collector of the runs' events; None if Prefect's own log is shown in its place.
    """
    mode = mode_for(asked, sys.stderr, os.environ, verbose=verbose)
    if asked is Mode.LIVE and mode is Mode.PLAIN:
        _write(NOT_LIVE)
    board = RunBoard(
        clock or SystemClock(), is_rehearsal=is_rehearsal, has_server=server_is_configured()
    )
    if verbose and mode is Mode.PLAIN:
        with watched_by(RunProgress(board, Quiet(board, _write), note)):
            yield None
        return
    if mode is Mode.LIVE:
        with LiveView(board, terminal_console()) as view:
            yield from _watched(RunProgress(board, Live(board, view), note))
    elif mode is Mode.PLAIN:
        plain = PlainLines(board, _write)
        plain.beat()
        with _beating(plain.beat):
            yield from _watched(RunProgress(board, plain, note))
    elif mode is Mode.JSON:
        yield from _watched(RunProgress(board, JsonLines(board, _write), note))
    else:
        yield from _watched(RunProgress(board, Quiet(board, _write), note))


def _watched(progress: RunProgress) -> Iterator[RunProgress]:
    with watched_by(progress):
        yield progress


@contextmanager
def _beating(beat: Callable[[], None], every_s: float = HEARTBEAT_S) -> Iterator[None]:
    """Call a function every few seconds, in its own thread."""
    over = threading.Event()

    def beats() -> None:
        while not over.wait(every_s):
            beat()

    threading.Thread(target=beats, daemon=True, name="heartbeat").start()
    try:
        yield
    finally:
        over.set()
