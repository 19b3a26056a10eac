"""A plan: the steps that a run would find, buy or make, and their prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from shotgraph.endpoints import Endpoint
from shotgraph.keys import Key
from shotgraph.money.attempts import AttemptId
from shotgraph.plan.inputs import PlannedGate

StepState: TypeAlias = Literal["have", "in_flight", "buy", "local", "unknown"]
DecidedBy: TypeAlias = Literal["person", "faults", "rehearsal"]
"""Who chooses the clip at a gate; a rehearsal waits for nobody."""
STATE_WORDS: dict[str, str] = {
    "have": "have",
    "in_flight": "in flight",
    "buy": "to buy",
    "local": "to make here",
    "unknown": "not known",
    "cancel_asked": "cancel asked",
}


@dataclass(frozen=True)
class PlannedStep:
    """One step of the plan.

    Attributes:
        state: have: the result is in the store; in_flight: fal has or had the job, and the clip is
            not in the store yet; buy: to buy; local: to make on this machine; unknown: it is
            unknown whether fal accepted an earlier submission, or cancelled the job; or the cost
            is unknown, because an input does not exist yet.
        cost_usd: The cost of the step now, in dollars.
        seconds: The likely duration of the step, in seconds.
        note: A remark for the reader.
        upper_bound: Whether `cost_usd` is only an upper bound.
        is_bounded: Whether the step can't cost more than `cost_usd`.
        saved_usd: The price of results that exist already, in dollars.
        seen: The number of earlier jobs that `seconds` is the median of; 0 for the usual time.
        request_id: fal's id of the job in flight, or the ids of its pieces.
        since: When the job in flight was sent.
        same_as: An earlier step with the same job, which is bought once.
        key: The content key; None if an input does not exist yet.
        doubtful: Attempts with a job that fal may or may not have; `cost_usd` has their price.
        cancel_asked: Whether the state is `unknown` only because fal was asked to cancel the job.
        price_doubt: Why only the file names the price; empty if the price is known, or if the
            person who runs the file trusts it.
        why: Why the step has to be bought or made; for a job in flight, why its clip is not in the
            store; for an existing result, the price of another take.
        length_s: The present or future length of the clip, in seconds; None if the step makes no
            video, or if the length is not known.
        faulty_takes: The number of takes with faults in the store, if the step is taken again.
        retakes_usd: The part of `cost_usd` for retakes, which are bought only because of faults.
        picked: The take, from 1, that a pick of the best takes has chosen; None for other steps.
        picked_by: Who has picked the take.
        does: The treatment of a local step's clips, as far as it is known, a line each: the film,
            then the clips that are changed.
    """

    name: str
    kind: str
    state: StepState
    cost_usd: Decimal
    seconds: int
    note: str = ""
    upper_bound: bool = False
    is_bounded: bool = True
    saved_usd: Decimal = Decimal(0)
    seen: int = 0
    request_id: str | None = None
    since: datetime | None = None
    same_as: str | None = None
    key: Key | None = None
    doubtful: frozenset[AttemptId] = frozenset()
    price_doubt: str = ""
    faulty_takes: int = 0
    retakes_usd: Decimal = Decimal(0)
    picked: int | None = None
    picked_by: DecidedBy = "person"
    does: tuple[str, ...] = ()
    why: str = ""
    length_s: Fraction | None = None
    cancel_asked: bool = False

    @property
    def shown_state(self) -> str:
        """The name of the state in tables of words, such as `STATE_WORDS`."""
        return "cancel_asked" if self.cancel_asked else self.state

    def as_json(self) -> dict[str, Any]:
        """The step as ``plan --json`` prints it."""
        return {
            "name": self.name,
            "kind": self.kind,
            "state": self.state,
            "cost_usd": float(self.cost_usd),
            "seconds": self.seconds,
            "seconds_are": f"the median of {self.seen} here" if self.seen else "usual",
            "upper_bound": self.upper_bound,
            "saved_usd": float(self.saved_usd),
            "request_id": self.request_id,
            "since": self.since.isoformat() if self.since else None,
            "note": self.note,
            "why": self.why,
            "length_s": None if self.length_s is None else float(self.length_s),
            **({"retakes_usd": float(self.retakes_usd)} if self.retakes_usd else {}),
            **({"cancel_asked": True} if self.cancel_asked else {}),
            **({"price_is_known": False} if self.price_doubt else {}),
            **({"does": list(self.does)} if self.does else {}),
        }


@dataclass(frozen=True)
class Plan:
    """The plan of a run, step by step in the file's order.

    Attributes:
        seconds: The likely duration: the longest chain of steps that wait for each other, or the
            sum of all local steps if that is more.
        endpoints: The endpoints that are used, each with its present price.
        warnings: The sources of prices, if not fal's answer of today; and other warnings, such as
            costs without an upper bound.
        gates: The gates with existing clips.
        doubts: The warnings about steps that fail if a model returns less than requested.
        undecoded: The number of input files that were not decoded yet; a run decodes them first.
    """

    steps: Sequence[PlannedStep]
    seconds: int = 0
    endpoints: Sequence[Endpoint] = ()
    warnings: Sequence[str] = ()
    gates: Sequence[PlannedGate] = ()
    doubts: Sequence[str] = ()
    undecoded: int = 0

    @property
    def bought(self) -> list[PlannedStep]:
        """The steps that the run would buy; a job of several steps is bought by the first."""
        return [step for step in self.steps if step.cost_usd and step.same_as is None]

    @property
    def is_bounded(self) -> bool:
        """Whether the highest possible cost of the run is known."""
        return all(step.is_bounded for step in self.steps)

    @property
    def there(self) -> str:
        """The number of steps with a result in the store, in words."""
        have = sum(step.state == "have" for step in self.steps)
        return f"{have} of {len(self.steps)} steps are in the store"

    @property
    def cost_usd(self) -> Decimal:
        """The cost of the run, in dollars."""
        return sum((step.cost_usd for step in self.steps), Decimal(0))

    @property
    def doubtful(self) -> frozenset[AttemptId]:
        """The attempts that `cost_usd` has the price of, though fal may have their jobs."""
        return frozenset().union(*(step.doubtful for step in self.steps))

    @property
    def saved_usd(self) -> Decimal:
        """The price of results that exist already, in dollars."""
        return sum((step.saved_usd for step in self.steps), Decimal(0))

    def as_json(self) -> dict[str, Any]:
        """The plan as ``plan --json`` prints it."""
        return {
            "steps": [step.as_json() for step in self.steps],
            "cost_usd": float(self.cost_usd),
            "saved_usd": float(self.saved_usd),
            "seconds": self.seconds,
            "upper_bound": any(step.upper_bound for step in self.steps),
            "prices": [
                {
                    "endpoint_id": endpoint.id,
                    "usd_per_second": float(endpoint.price.usd_per_second),
                    "billed_on": endpoint.price.billed_on,
                    "dated": endpoint.price.dated,
                    "source": endpoint.price.source,
                }
                for endpoint in self.endpoints
                if endpoint.has_limits
            ],
            "warnings": list(self.warnings),
            **({"files_not_decoded": self.undecoded} if self.undecoded else {}),
        }
