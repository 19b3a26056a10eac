"""Of several takes with faults, the one that goes on."""

from collections.abc import Sequence
from dataclasses import dataclass

from shotgraph.media.quality.flaw import Flaws, weight_of
from shotgraph.money.results import Result


@dataclass(frozen=True)
class SeenTake:
    """A take that was looked at.

    Attributes:
        number: 0 for the take itself, from 1 for its retakes.
        result: What it is.
        flaws: What is wrong with it.
    """

    number: int
    result: Result
    flaws: Flaws


def best_of(takes: Sequence[SeenTake]) -> SeenTake:
    """The take with the fewest faults, by their weights; of equal ones, the first."""
    return min(takes, key=lambda take: (weight_of(take.flaws), take.number))


def why_best(best: SeenTake, takes: int) -> str:
    """Say why a take goes on."""
    called = f"retake {best.number}" if best.number else "the first take"
    if not best.flaws:
        return f"{called} goes on: nothing is wrong with it"
    return (
        f"{called} goes on: of {takes} takes with faults it has the fewest, which count "
        f"{weight_of(best.flaws)}"
    )
