"""The watch of a run: a view at a terminal hears of each step."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Protocol

from shotgraph.graph import Graph
from shotgraph.money.budget import Budget
from shotgraph.money.job_progress import ProgressAtFal
from shotgraph.plan import Plan
from shotgraph.report.report import StepReport


class RunWatch(Protocol):
    """Hears of a run. It is called where the run is, so it does nothing that takes long."""

    def planned(self, graph: Graph, plan: Plan, wall: Budget | None) -> None:
        """The run has its plan.

        Args:
            graph: The film.
            plan: Its plan.
            wall: The strictest of its budgets; None if it has none.
        """

    def begun(self, step: str) -> None:
        """All that a step needs is there."""

    def at_fal(self, step: str, progress: ProgressAtFal) -> None:
        """A job of a step got on at fal."""

    def ended(self, step: StepReport) -> None:
        """A step has ended, well or not."""

    def over(self) -> None:
        """The run is over: its last line comes now, with what it cost."""


class _Guarded:
    """Calls a watch; an error of the watch does not stop the run."""

    def __init__(self, watch: RunWatch | None) -> None:
        self._watch = watch

    def planned(self, graph: Graph, plan: Plan, wall: Budget | None) -> None:
        if self._watch is not None:
            with suppress(Exception):
                self._watch.planned(graph, plan, wall)

    def begun(self, step: str) -> None:
        if self._watch is not None:
            with suppress(Exception):
                self._watch.begun(step)

    def at_fal(self, step: str, progress: ProgressAtFal) -> None:
        if self._watch is not None:
            with suppress(Exception):
                self._watch.at_fal(step, progress)

    def ended(self, step: StepReport) -> None:
        if self._watch is not None:
            with suppress(Exception):
                self._watch.ended(step)

    def over(self) -> None:
        if self._watch is not None:
            with suppress(Exception):
                self._watch.over()


_watch: ContextVar[RunWatch | None] = ContextVar("run_watch", default=None)


@contextmanager
def watched_by(watch: RunWatch) -> Iterator[None]:
    """Tell a watch of every run in the block, and in the tasks and threads that it starts."""
    token = _watch.set(watch)
    try:
        yield
    finally:
        _watch.reset(token)


def run_watch() -> RunWatch:
    """Whoever watches this run; an error of theirs is no error of the run."""
    return _Guarded(_watch.get())
