"""The watch of a run: a listener, such as a view at a terminal, that is told of each step."""

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
    """A listener for the events of a run. The run waits for each call, so calls must be fast."""

    def planned(self, graph: Graph, plan: Plan, wall: Budget | None) -> None:
        """The plan of the run is made.

        Args:
            graph: The film.
            plan: The plan.
            wall: The strictest budget; None if the run has no budget.
        """

    def begun(self, step: str) -> None:
        """All inputs of a step are there; the step begins."""

    def at_fal(self, step: str, progress: ProgressAtFal) -> None:
        """A job of a step has made progress at fal."""

    def ended(self, step: StepReport) -> None:
        """A step has ended, with or without success."""

    def over(self) -> None:
        """The run is over: its last line, with the cost, comes next."""


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
    """Let a watch follow every run in the block, and in the tasks and threads that it starts."""
    token = _watch.set(watch)
    try:
        yield
    finally:
        _watch.reset(token)


def run_watch() -> RunWatch:
    """The watch of this run; its errors do not stop the run."""
    return _Guarded(_watch.get())
