"""The present state of a run: a row for each step, and the sums of its money."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

from shotgraph.clock import Clock
from shotgraph.errors import Undecided
from shotgraph.graph import Graph
from shotgraph.money.budget import Budget
from shotgraph.money.job_progress import ProgressAtFal
from shotgraph.plan import Plan
from shotgraph.plan.budgets import AGREED_USD, budget_words
from shotgraph.plan.inputs import GATES
from shotgraph.report import StepReport

RowState: TypeAlias = Literal["awaits", "runs", "ended"]


@dataclass
class Row:
    """One step of a run.

    Attributes:
        paid: Whether fal draws the step.
        most_usd: The step's cost in the plan, in dollars; usually an upper bound.
        before: The steps that give this step its inputs.
        there: The steps in `before` that have ended.
        began_s: The time, on the run's clock, at which all inputs existed; None before.
        took_s: The duration of the step, in seconds; None before its end.
        jobs: The progress of its jobs at fal, by their names.
        line: The last line of the log about the step.
        report: The outcome of the step; None before its end.
    """

    name: str
    kind: str
    paid: bool = False
    most_usd: Decimal = Decimal(0)
    before: tuple[str, ...] = ()
    there: set[str] = field(default_factory=set)
    began_s: float | None = None
    took_s: float | None = None
    jobs: dict[str, ProgressAtFal] = field(default_factory=dict)
    line: str = ""
    report: StepReport | None = None

    @property
    def state(self) -> RowState:
        """Whether the step waits, runs, or has ended."""
        if self.report is not None:
            return "ended"
        return "awaits" if self.began_s is None else "runs"

    @property
    def is_at_fal(self) -> bool:
        """Whether fal has a job of the step, as far as is known."""
        return self.state == "runs" and any(job.state != "done" for job in self.jobs.values())

    @property
    def awaits_person(self) -> bool:
        """Whether the step waits for a person's decision."""
        return self.report is not None and isinstance(self.report.error, Undecided)

    @property
    def percent(self) -> float | None:
        """The progress of its jobs, 0 to 100; None if fal gives no percentage."""
        known = [job.percent for job in self.jobs.values()]
        if all(one is None for one in known):
            return None
        return sum(one or 0.0 for one in known) / len(known)

    def doing(self) -> str:
        """Describe the step's present work, in words."""
        if self.state == "awaits":
            left = [name for name in self.before if name not in self.there]
            return f"waits for {', '.join(left)}" if left else "waits"
        if self.report is not None:
            return _ENDS.get(self.report.status, self.report.status)
        at_fal = [job for job in self.jobs.values() if job.state != "done"]
        if not at_fal:
            return self._here()
        unread = next((job.unread for job in at_fal if job.unread), "")
        if unread:
            return f"accepted by fal; {unread}"
        if all(job.state == "accepted" for job in at_fal):
            return "accepted by fal"
        queued = [job for job in at_fal if job.state in ("accepted", "queued")]
        if len(queued) < len(at_fal):
            percent = self.percent
            return "being drawn" + (f", {percent:.0f} %" if percent is not None else "")
        ahead = [job.queue_position for job in queued if job.queue_position is not None]
        return "in fal's queue" + (f", {min(ahead)} ahead" if ahead else "")

    def _here(self) -> str:
        if self.kind in GATES:
            return "waits for a person"
        if self.jobs:
            return "drawn; its clip is fetched"
        return "being sent to fal" if self.paid else "being made here"


_ENDS = {"ran": "done", "cached": "in the store", "resumed": "continued", "skipped": "not made"}


def _billed_usd(row: Row) -> Decimal:
    return row.report.cost_usd if row.report is not None else Decimal(0)


@dataclass(frozen=True)
class Sums:
    """The dollars of a run.

    Attributes:
        so_far_usd: The bills of ended steps, as far as this run pays them.
        to_come_usd: The planned cost of all other steps, usually an upper bound.
    """

    so_far_usd: Decimal
    to_come_usd: Decimal


class RunBoard:
    """Keeps the rows of a run; a view reads them in another thread.

    Attributes:
        film: The film's name; empty before the plan exists.
        is_rehearsal: Whether the run is a rehearsal, which costs nothing.
        wall: The strictest budget of the run; None if it has none.
        is_over: Whether the last line of the run is printed, or about to be printed.
        has_server: Whether a Prefect server is configured, so that the run starts none.
        stopped: Who is stopping the run: a person or a machine; None if nobody is.
    """

    def __init__(
        self, clock: Clock, *, is_rehearsal: bool = False, has_server: bool = False
    ) -> None:
        self.clock = clock
        self.has_server = has_server
        self.is_rehearsal = is_rehearsal
        self.film = ""
        self.wall: Budget | None = None
        self.stopped: Literal["person", "machine"] | None = None
        self.began_s = clock.monotonic()
        self.rows: dict[str, Row] = {}
        self.lock = threading.RLock()
        """Held while rows are changed or read as a whole."""
        self.is_under_way = False
        self.is_over = False
        self._before_usd = Decimal(0)

    def begins_words(self) -> str:
        """Describe the work before the first step begins."""
        return "Prefect's server is asked" if self.has_server else "Prefect is starting"

    def planned(self, graph: Graph, plan: Plan, wall: Budget | None) -> None:
        """Make a row for each step of a plan; existing rows keep their state."""
        nodes = graph.nodes
        with self.lock:
            before, self.rows = self.rows, {}
            for step in plan.steps:
                row = before.get(step.name) or Row(step.name, step.kind)
                row.paid = nodes[step.name].endpoint is not None
                row.most_usd = step.cost_usd
                row.before = tuple(sorted(nodes[step.name].upstream()))
                self.rows[step.name] = row
            gone = [row for name, row in before.items() if name not in self.rows]
            self._before_usd += sum(map(_billed_usd, gone), Decimal(0))
            self.film, self.wall = graph.name, wall
            self.is_over = False

    def begun(self, step: str) -> None:
        """Note that a step begins, because all its inputs exist."""
        with self.lock:
            self.is_under_way = True
            self._row(step).began_s = self.clock.monotonic()

    def at_fal(self, step: str, progress: ProgressAtFal) -> None:
        """Note the progress of a step's job at fal."""
        with self.lock:
            self._row(step).jobs[progress.step] = progress

    def ended(self, step: StepReport) -> None:
        """Note that a step has ended."""
        with self.lock:
            self.is_under_way = True
            row = self._row(step.name)
            # Before a person's answer, the run may have bought the step already: both are one sum.
            self._before_usd += _billed_usd(row)
            row.report = step
            for other in self.rows.values():
                other.there.add(step.name)
            if row.began_s is not None:
                row.took_s = self.clock.monotonic() - row.began_s

    def over(self) -> None:
        """Note that the run is over, and is about to print its costs."""
        with self.lock:
            self.is_over = True

    def said(self, step: str, line: str) -> None:
        """Note a line of the log about a step."""
        with self.lock:
            if step in self.rows:
                self.rows[step].line = line.removeprefix(f"{step}: ")

    def is_stopped_by(self, whom: Literal["person", "machine"]) -> None:
        """Note who is stopping the run."""
        with self.lock:
            self.stopped = whom

    def sums(self) -> Sums:
        """Add up the dollars."""
        with self.lock:
            so_far = sum(map(_billed_usd, self.rows.values()), self._before_usd)
            left = (row.most_usd for row in self.rows.values() if row.report is None)
            return Sums(so_far, sum(left, Decimal(0)))

    def wall_words(self) -> str:
        """The strictest budget and its dollars, after "of"; empty if there is none."""
        if self.wall is None:
            return ""
        if self.wall.name == AGREED_USD:
            return f"the {budget_words(self.wall)}"
        return f"{self.wall.name} ${self.wall.limit_usd:.2f}"

    def being_stopped(self) -> list[str]:
        """Describe in a line what happens to each running step, as the run is being stopped."""
        with self.lock:
            running = [row for row in self.rows.values() if row.state == "runs"]
            return [f"{row.name}: {self._stops(row)}" for row in running]

    def _stops(self, row: Row) -> str:
        if row.is_at_fal and self.stopped == "person":
            return f"{row.doing()}; shotgraph is asking fal to cancel the job"
        if row.is_at_fal:
            return (
                f"{row.doing()}; the job continues at fal, and is on record: run again to continue"
            )
        if row.paid:
            return f"{row.doing()}; fal's answer is put on record first"
        return f"{row.doing()}; the step ends here, and only its working time is lost"

    def counted(self) -> tuple[Sequence[Row], Sequence[Row], Sequence[Row]]:
        """Return the rows that have ended, the running rows, and the waiting rows."""
        with self.lock:
            rows = list(self.rows.values())
        return tuple(  # type: ignore[return-value]
            [row for row in rows if row.state == state] for state in ("ended", "runs", "awaits")
        )

    def _row(self, step: str) -> Row:
        return self.rows.setdefault(step, Row(step, ""))
