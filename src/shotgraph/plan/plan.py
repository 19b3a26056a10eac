"""What a run would do, before it does it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, TypeAlias

State: TypeAlias = Literal["have", "in_flight", "buy", "local", "unknown"]


@dataclass(frozen=True)
class PlannedStep:
    """One step of the plan.

    Attributes:
        state: have: its result is in the store; in_flight: fal has the job; buy: to be bought;
            local: to be made here; unknown: whether fal took an earlier submission is not known,
            or what it takes has not been seen yet.
        cost_usd: What it would cost now, in dollars: an upper bound where part seconds are billed.
        seconds: How long it is likely to take, in seconds.
        note: What a reader should know besides.
    """

    name: str
    kind: str
    state: State
    cost_usd: Decimal
    seconds: int
    note: str = ""


@dataclass(frozen=True)
class Plan:
    """What a run would do, step by step in the file's order."""

    steps: Sequence[PlannedStep]

    @property
    def cost_usd(self) -> Decimal:
        """What the run would cost, in dollars."""
        return sum((step.cost_usd for step in self.steps), Decimal(0))

    def as_json(self) -> dict[str, Any]:
        """The plan as ``plan --json`` prints it."""
        return {
            "steps": [
                {
                    "name": step.name,
                    "kind": step.kind,
                    "state": step.state,
                    "cost_usd": float(step.cost_usd),
                    "seconds": step.seconds,
                }
                for step in self.steps
            ],
            "cost_usd": float(self.cost_usd),
        }
