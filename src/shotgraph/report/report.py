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
        status: ran: this run made or bought the result; cached: the result was in the store;
            resumed: an earlier run bought the job, and this run fetched the result; skipped: an
            input was not made.
        cost_usd: The amount billed for the step's jobs in this run, in dollars. A job that had
            ended before this run counts in the run that bought it.
        may_be_billed_usd: The most that may have been billed for them in addition, in dollars.
        estimate_usd: The plan's estimate; None for a free step.
        why: Why the cost differs from the estimate; empty if it does not.
        treatment: The changes that a local step made to its clips, if they are on record.
        lengths: The pieces with another length than requested.
        flaws: The faults found in fal's result.
        decided_by: Who chose the clip at a gate; None for an open gate, and for other steps.
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
    """A film or an image that a run made, as a file.

    Attributes:
        path: The path of the file.
        medium: The medium in the store.
        cuts: The differences between both sides of each cut, as JSON.
        file_sha256: The hash of the file: the medium's bytes, and the film's story behind them.
            None if the file carries no story.
        delivery: The measurements of a further file for a profile; None for the film itself.
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
    """A further file of a film, in a manifest.

    Attributes:
        step: The step that made the file.
        file: The file's name in the film's own folder.
        measured: The measurements of the file.
    """

    # A newer shotgraph may write fields that this version doesn't know.
    model_config = ConfigDict(frozen=True, extra="ignore")

    step: str
    file: str
    medium: Medium
    measured: Delivery | None = None


def _measured(delivery: Delivery) -> dict[str, Any]:
    return {**delivery.model_dump(mode="json"), "says": delivery.lines()}


@dataclass(frozen=True)
class Report:
    """The result of a run.

    Attributes:
        films: The films: one, or one for each item of a list.
        deliveries: The further files of the films.
        storyboard: The page that shows the run to people, if it was written.
        film_money: The cost of the film in all its runs, without rehearsals; None if the store
            could not be read.
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
        """How the run ended."""
        if self.error is None:
            return "done"
        if isinstance(self.error, OverBudget):
            return "over_budget"
        return "unknown" if isinstance(self.error, Ambiguous) else "failed"

    @property
    def cost_usd(self) -> Decimal:
        """The amount billed for the run, in dollars."""
        return sum((step.cost_usd for step in self.steps), Decimal(0))

    @property
    def may_be_billed_usd(self) -> Decimal:
        """The most that may have been billed for the run in addition, in dollars."""
        return sum((step.may_be_billed_usd for step in self.steps), Decimal(0))

    @property
    def waiting(self) -> list[Undecided]:
        """The gates that a person has to decide before the run continues; else empty."""
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


def _film_json(money: Money | None) -> dict[str, float | None]:
    return {
        "film_cost_usd": None if money is None else float(money.billed_usd),
        "film_may_be_billed_usd": None if money is None else float(money.may_be_billed_usd),
    }


def worst(errors: Sequence[ShotgraphError]) -> ShotgraphError | None:
    """Choose the error that a run ends with.

    An unknown outcome comes before a failure, and a failure before a wait for a person.
    """
    ranks = [isinstance(error, Ambiguous) * 2 - isinstance(error, Undecided) for error in errors]
    return errors[ranks.index(max(ranks))] if errors else None


class FilmCut(BaseModel):
    """A cut or transition between two clips of a film.

    Attributes:
        before: The step that made the clip before the cut, or the file.
        after: The step that made the clip after the cut, or the file.
        frame: The first frame of the film that shows only the clip after the cut, from 0.
        kind: ``cut``, or the name of the transition.
        overlap: The number of frames of the transition, which show both clips; 0 at a cut.
        numbers: The differences between the ends of the original clips; None if one was not
            measured.
        matched_delta_e: The colour difference that is left after matching.
    """

    # A newer shotgraph may write fields that this version doesn't know.
    model_config = ConfigDict(frozen=True, extra="ignore")

    before: str
    after: str
    frame: int
    kind: str = "cut"
    overlap: int = 0
    numbers: CutNumbers | None = None
    matched_delta_e: float | None = None

    def line(self) -> str:
        """Describe the differences in one line."""
        if self.numbers is None:
            return "not measured"
        matched = self.matched_delta_e
        said = self.numbers.line() + (f"; matched to {matched:.1f} ΔE" if matched else "")
        ends = f"the ends of the clips, under {self.overlap} frames of {self.kind}: "
        return f"{ends}{said}" if self.overlap else said

    def as_json(self) -> dict[str, Any]:
        """The cut as ``run --json`` prints it."""
        step = {"motion_step": self.numbers.motion_step} if self.numbers is not None else {}
        said = self.model_dump(mode="json", exclude={"numbers"})
        numbers = self.numbers.model_dump(mode="json") if self.numbers is not None else {}
        return {**said, **numbers, **step, "says": self.line()}
