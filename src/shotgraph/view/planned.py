"""The plan of a pipeline file, as the page shows it.

The room plans only the files that were named when it started: no page can name another.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from shotgraph.plan import Plan
from shotgraph.report import words

_STATES = {
    "have": "have",
    "in_flight": "in flight",
    "buy": "to buy",
    "local": "to make here",
    "unknown": "not known",
}


@dataclass(frozen=True)
class PlannedRow:
    """One step, in words."""

    name: str
    kind: str
    state: str
    cost: str
    note: str


@dataclass(frozen=True)
class PlannedFile:
    """A file and its plan.

    Attributes:
        error: Why it has none; empty if it has.
    """

    name: str
    steps: Sequence[PlannedRow] = ()
    cost: str = ""
    warnings: Sequence[str] = ()
    error: str = ""

    @classmethod
    def of(cls, name: str, plan: Plan) -> "PlannedFile":
        """Write a plan in words."""
        rows = [
            PlannedRow(
                step.name,
                step.kind,
                _STATES[step.state],
                ("at most " if step.upper_bound else "") + words.dollars(step.cost_usd)
                if step.cost_usd
                else "",
                step.note,
            )
            for step in plan.steps
        ]
        return cls(name, rows, words.dollars(plan.cost_usd), plan.warnings)


PlanOf: TypeAlias = Callable[[], Awaitable[PlannedFile]]
"""Plans a file now; says in the result what is wrong with it."""
