"""The report of one run."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from shotgraph.errors import Ambiguous, OverBudget, ShotgraphError, Undecided
from shotgraph.media.probe import Medium
from shotgraph.media.profiles import Delivery
from shotgraph.media.quality.cut_sides import CutNumbers
from shotgraph.media.quality.flaw import Flaws
from shotgraph.media.treatment import Treatment
from shotgraph.model.references import Sha256
from shotgraph.money.accounts import Money
from shotgraph.money.results import PieceLength
from shotgraph.plan.plan import DecidedBy

StepStatus: TypeAlias = Literal["ran", "cached", "resumed", "failed", "skipped"]
RunStatus: TypeAlias = Literal["done", "failed", "unknown", "over_budget"]


@dataclass(frozen=True)
class StepReport:
    """The report of one step.

    Attributes:
        status: ran: made or bought by this run; cached: it was there; resumed: bought by an
            earlier run, and its result taken by this one; skipped: what it takes was not made.
        cost_usd: What was billed for its jobs in this run, in dollars. A job that had ended before
            the run took it up was billed before.
        may_be_billed_usd: What may have been billed for them besides, in dollars: whether it was
            is not known yet.
        estimate_usd: What the plan said that it would cost; None for what costs nothing.
        why: Why that was off; empty if it was not.
        treatment: What a local step did to its clips, where that is on record.
        lengths: The pieces that came back in another length than was asked for.
        flaws: What was found to be wrong with what fal returned.
        decided_by: Who let the clip of a gate go on; None of a gate that is open, and of others.
    """

    name: str
    kind: str
    status: StepStatus
    cost_usd: Decimal = Decimal(0)
    request_id: str | None = None
    error: ShotgraphError | None = None
    estimate_usd: Decimal | None = None
    why: str = ""
    may_be_billed_usd: Decimal = Decimal(0)
    treatment: Treatment | None = None
    lengths: tuple[PieceLength, ...] = ()
    flaws: Flaws = ()
    decided_by: DecidedBy | None = None

    def as_json(self) -> dict[str, Any]:
        """The step as ``run --json`` prints it."""
        return {
            "name": self.name,
            "kind": self.kind,
            "status": self.status,
            "cost_usd": float(self.cost_usd),
            "may_be_billed_usd": float(self.may_be_billed_usd),
            "request_id": self.request_id,
            "estimate_usd": None if self.estimate_usd is None else float(self.estimate_usd),
            **({"estimate_was_off": self.why} if self.why else {}),
            **({"treatment": self.treatment.as_json()} if self.treatment else {}),
            **({"lengths": [one.as_json() for one in self.lengths]} if self.lengths else {}),
            **({"flaws": [one.as_json() for one in self.flaws]} if self.flaws else {}),
            **({"decided_by": self.decided_by} if self.decided_by else {}),
            **({"error": self.error.as_json()} if self.error else {}),
        }


@dataclass(frozen=True)
class FilmFile:
    """The film, or image, that a run's output is.

    Attributes:
        path: Where it was put.
        medium: Its bytes in the store, and what they show.
        cuts: What differs on both sides of each of its cuts, as JSON.
        file_sha256: Of the file, which is those bytes with the film's story behind them; None
            where it carries none.
        delivery: What was measured, of a further file that a profile asked for.
    """

    path: Path
    medium: Medium
    cuts: tuple[dict[str, Any], ...] = ()
    file_sha256: Sha256 | None = None
    delivery: Delivery | None = None

    def as_json(self) -> dict[str, Any]:
        """The film as ``run --json`` prints it."""
        film = self.medium
        return {
            "path": str(self.path),
            "sha256": self.file_sha256 or film.sha256,
            "duration_s": float(film.duration_s),
            "width": film.width,
            "height": film.height,
            "fps": float(film.fps) if film.fps is not None else None,
            **({"cuts": list(self.cuts)} if self.cuts else {}),
            **({"measured": _measured(self.delivery)} if self.delivery else {}),
        }


class DeliveryEntry(BaseModel):
    """A further file of a film, as a manifest has it.

    Attributes:
        step: The step that made it.
        file: Its name in the film's own folder.
        measured: What was found in it.
    """

    # What a later shotgraph writes besides, an older one need not know.
    model_config = ConfigDict(frozen=True, extra="ignore")

    step: str
    file: str
    medium: Medium
    measured: Delivery | None = None


def _measured(delivery: Delivery) -> dict[str, Any]:
    return {**delivery.model_dump(mode="json"), "says": delivery.lines()}


@dataclass(frozen=True)
class Report:
    """What a run did.

    Attributes:
        films: What it made: one film, or one for each item of a list.
        deliveries: The further files of the films.
        storyboard: The page that shows it to people, where one was written.
        film_money: What the film cost in all its runs, without rehearsals; None where it could not
            be read.
    """

    run_id: str
    steps: Sequence[StepReport] = field(default=())
    films: Sequence[FilmFile] = field(default=())
    deliveries: Sequence[FilmFile] = field(default=())
    error: ShotgraphError | None = None
    storyboard: Path | None = None
    film_money: Money | None = None

    @property
    def status(self) -> RunStatus:
        """How it ended."""
        if self.error is None:
            return "done"
        if isinstance(self.error, OverBudget):
            return "over_budget"
        return "unknown" if isinstance(self.error, Ambiguous) else "failed"

    @property
    def cost_usd(self) -> Decimal:
        """What was billed for it, in dollars."""
        return sum((step.cost_usd for step in self.steps), Decimal(0))

    @property
    def may_be_billed_usd(self) -> Decimal:
        """What may have been billed for it besides, in dollars."""
        return sum((step.may_be_billed_usd for step in self.steps), Decimal(0))

    @property
    def waiting(self) -> list[Undecided]:
        """What a person has to decide before the run goes on; empty if it ended otherwise."""
        if not isinstance(self.error, Undecided):
            return []
        return [step.error for step in self.steps if isinstance(step.error, Undecided)]

    @property
    def output(self) -> FilmFile | None:
        """The film, or the first of several."""
        return self.films[0] if self.films else None

    def as_json(self) -> dict[str, Any]:
        """The report as ``run --json`` prints it."""
        error = self.error
        several = {"outputs": [film.as_json() for film in self.films]}
        further = {"deliveries": [file.as_json() for file in self.deliveries]}
        waits = [
            {"step": one.step, "clips": one.clips, "message": one.message} for one in self.waiting
        ]
        return {
            "run_id": self.run_id,
            "status": self.status,
            "output": self.output.as_json() if self.output else None,
            **(several if len(self.films) > 1 else {}),
            **(further if self.deliveries else {}),
            **({"storyboard": str(self.storyboard)} if self.storyboard else {}),
            "steps": [step.as_json() for step in self.steps],
            "cost_usd": float(self.cost_usd),
            "may_be_billed_usd": float(self.may_be_billed_usd),
            **_film_json(self.film_money),
            "error": error.as_json() if error else None,
            **({"waits_for": waits} if waits else {}),
        }


def _film_json(money: Money | None) -> dict[str, float]:
    if money is None:
        return {}
    return {
        "film_cost_usd": float(money.billed_usd),
        "film_may_be_billed_usd": float(money.may_be_billed_usd),
    }


def worst(errors: Sequence[ShotgraphError]) -> ShotgraphError | None:
    """Choose the error that a run ends with.

    An unknown outcome comes before a failure, and a failure before a wait for a person.
    """
    ranks = [isinstance(error, Ambiguous) * 2 - isinstance(error, Undecided) for error in errors]
    return errors[ranks.index(max(ranks))] if errors else None


class FilmCut(BaseModel):
    """Where one clip of a film gives way to the next.

    Attributes:
        before: The step that made the clip before it, or the file.
        after: The same of the clip after it.
        frame: The film's first frame of the clip after it alone, from 0.
        kind: ``cut``, or the transition; both clips are in `overlap` frames of that.
        numbers: What differs between their ends, as the clips are; None if one was not looked at.
        matched_delta_e: What is left of the colours' difference where they were matched.
    """

    # What a later shotgraph writes besides, an older one need not know.
    model_config = ConfigDict(frozen=True, extra="ignore")

    before: str
    after: str
    frame: int
    kind: str = "cut"
    overlap: int = 0
    numbers: CutNumbers | None = None
    matched_delta_e: float | None = None

    def line(self) -> str:
        """Say what differs."""
        if self.numbers is None:
            return "not measured"
        matched = self.matched_delta_e
        said = self.numbers.line() + (f"; matched to {matched:.1f} ΔE" if matched else "")
        ends = f"the ends of the clips, under {self.overlap} frames of {self.kind}: "
        return f"{ends}{said}" if self.overlap else said

    def as_json(self) -> dict[str, Any]:
        """It as ``run --json`` prints it."""
        step = {"motion_step": self.numbers.motion_step} if self.numbers is not None else {}
        said = self.model_dump(mode="json", exclude={"numbers"})
        numbers = self.numbers.model_dump(mode="json") if self.numbers is not None else {}
        return {**said, **numbers, **step, "says": self.line()}
