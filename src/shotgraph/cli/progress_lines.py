"""The progress of a run as lines: for people, for programs, or only warnings."""

import json
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from shotgraph.cli.run_board import RunBoard
from shotgraph.foreign_text import shown


class Presenter(Protocol):
    """Shows the changes of a board."""

    def changed(self, event: str, about: Mapping[str, Any]) -> None:
        """Show an event of the run."""

    def logged(self, step: str, level: int, line: str, *, is_detail: bool) -> None:
        """Show a line of the log.

        Args:
            step: The step of the line; empty if it has none.
            level: The level, as in `logging`.
            line: The line.
            is_detail: Whether it is only about the progress of a job at fal.
        """

    def told(self, line: str) -> None:
        """Show a line for the person who started the run."""

    def stopping(self) -> None:
        """Show that the run is being stopped; the board knows by whom."""


class PlainLines:
    """Short lines for files, CI and dumb terminals."""

    def __init__(self, board: RunBoard, write: Callable[[str], None]) -> None:
        self._board = board
        self._write = write
        self._is_planned = False

    def changed(self, event: str, about: Mapping[str, Any]) -> None:
        """Print the plan, and the end of each step."""
        if event == "planned":
            if not self._is_planned:
                self._is_planned = True
                self._say(_planned_words(self._board, about["steps"]))
        elif event == "ended" and about["status"] != "cached":
            self._say(self._end_words(str(about["name"])))

    def logged(self, step: str, level: int, line: str, *, is_detail: bool) -> None:
        """Print the line, unless it is a detail: the heartbeat covers details."""
        if not is_detail:
            self._say(f"{'warning: ' if level >= logging.WARNING else ''}{line}")

    def told(self, line: str) -> None:
        """Print the line."""
        self._say(line)

    def stopping(self) -> None:
        """Print what happens to each running step."""
        for line in self._board.being_stopped():
            self._say(line)

    def beat(self) -> None:
        """Print the progress, until the run itself prints its end."""
        with self._board.lock:
            if not self._board.is_over:
                self._beat()

    def _beat(self) -> None:
        ended, running, waiting = self._board.counted()
        if not running and not self._board.is_under_way:
            self._say(self._board.begins_words())
            return
        at = "; ".join(f"{row.name} {row.doing()}" for row in running[:5])
        more = f"; and {len(running) - 5} more" if len(running) > 5 else ""
        if not running:
            at = "The next steps begin" if waiting else "The film and its pages are written"
        money = self._board.sums()
        self._say(
            f"{len(ended)} of {len(self._board.rows)} steps are finished, "
            f"${money.so_far_usd:.2f} so "
            f"far. {at}{more}"
        )

    def _end_words(self, name: str) -> str:
        row = self._board.rows[name]
        said = "waits for a person" if row.awaits_person else row.doing()
        took = f" in {row.took_s:.0f} s" if row.took_s is not None and said == "done" else ""
        cost = f", ${row.report.cost_usd:.3f}" if row.report and row.report.cost_usd else ""
        return f"{name}: {said}{took}{cost}"

    def _say(self, line: str) -> None:
        now = self._board.clock.now().astimezone()
        self._write(f"{now:%H:%M:%S}  {shown(line)}\n")


_STATES = {
    "have": "there",
    "in_flight": "at fal",
    "buy": "to buy",
    "local": "to make here",
    "unknown": "not known yet",
    "cancel_asked": "cancel asked",
}


def _planned_words(board: RunBoard, steps: Sequence[Mapping[str, Any]]) -> str:
    counted = Counter(
        "cancel_asked" if step.get("cancel_asked") else step["state"] for step in steps
    )
    found = [f"{counted[state]} {word}" for state, word in _STATES.items() if counted[state]]
    most = board.sums().to_come_usd
    money = f", for at most ${most:.2f}" if most else ""
    wall = f"; its budget: {board.wall_words()}" if board.wall else ""
    free = "; a rehearsal: nothing is paid" if board.is_rehearsal else ""
    several = f"{len(steps)} {'step' if len(steps) == 1 else 'steps'}"
    return f"{board.film}: {several}: {', '.join(found)}{money}{wall}{free}"


class JsonLines:
    """One JSON object a line: ``at``, ``event``, and the fields of the event."""

    def __init__(self, board: RunBoard, write: Callable[[str], None]) -> None:
        self._board = board
        self._write = write

    def changed(self, event: str, about: Mapping[str, Any]) -> None:
        """Write the event."""
        at = self._board.clock.now().isoformat()
        self._write(json.dumps({"at": at, "event": event, **about}) + "\n")

    def logged(self, step: str, level: int, line: str, *, is_detail: bool) -> None:
        """Write the line."""
        about = {"step": step or None, "level": logging.getLevelName(level).lower()}
        self.changed("said", {**about, "line": shown(line)})

    def told(self, line: str) -> None:
        """Write the line as an event."""
        self.logged("", logging.INFO, line, is_detail=False)

    def stopping(self) -> None:
        """Write what happens to each running step."""
        about = {"by": self._board.stopped, "steps": self._board.being_stopped()}
        self.changed("stopping", about)


class Quiet:
    """Only warnings, and what happens to jobs when the run is stopped."""

    def __init__(self, board: RunBoard, write: Callable[[str], None]) -> None:
        self._board = board
        self._write = write

    def changed(self, event: str, about: Mapping[str, Any]) -> None:
        """Print nothing."""

    def logged(self, step: str, level: int, line: str, *, is_detail: bool) -> None:
        """Print warnings."""
        if level >= logging.WARNING:
            self._write(f"warning: {shown(line)}\n")

    def told(self, line: str) -> None:
        """Print the line."""
        self._write(f"{shown(line)}\n")

    def stopping(self) -> None:
        """Print what happens to each running step."""
        for line in self._board.being_stopped():
            self._write(f"{shown(line)}\n")
