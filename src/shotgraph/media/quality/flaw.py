"""A fault of a clip with its time, and the weights of the kinds of faults."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

FlawKind: TypeAlias = Literal[
    "black",
    "frozen",
    "flicker",
    "cut",
    "repeated",
    "jump",
    "silent",
    "clipped",
    "length",
    "motion",
    "seam",
]
"""The kinds of faults.

The last three come from a comparison: with the length that was asked for, with the source of an
edit, with the shot that a clip continues.
"""

WEIGHTS: dict[FlawKind, int] = {
    "black": 5,
    "frozen": 5,
    "silent": 5,
    "motion": 4,
    "cut": 4,
    "length": 3,
    "flicker": 3,
    "repeated": 2,
    "seam": 2,
    "jump": 1,
    "clipped": 1,
}
"""The weights of faults, to compare takes: 5 makes a clip useless, 1 can be cut out of it."""


class Flaw(BaseModel):
    """One fault of a clip.

    Attributes:
        kind: The kind of fault.
        begin_s: The beginning of the fault, in seconds on the clip's clock.
        end_s: The end of the fault, in seconds.
        what: The fault in words, with the measured value and the limit, without the time.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    # A record of a newer shotgraph may have a kind that this version does not know.
    kind: FlawKind | str
    begin_s: Fraction
    end_s: Fraction
    what: str

    @property
    def weight(self) -> int:
        """The fault's weight, 1 to 5."""
        return {str(kind): weight for kind, weight in WEIGHTS.items()}.get(self.kind, 1)

    def line(self) -> str:
        """The fault with its time in words."""
        begin, end = _seconds(self.begin_s), _seconds(self.end_s)
        when = f"at {begin} s" if begin == end else f"from {begin} s to {end} s"
        return f"{when}: {self.what}"

    def as_json(self) -> dict[str, str | float]:
        """The fault as ``run --json`` prints it."""
        return {
            "kind": self.kind,
            "begin_s": round(float(self.begin_s), 3),
            "end_s": round(float(self.end_s), 3),
            "says": self.line(),
        }

    def is_during(self, other: "Flaw", slack_s: Fraction = Fraction(1, 4)) -> bool:
        """Whether another fault is of the same kind and at the same time."""
        return (
            self.kind == other.kind
            and self.begin_s <= other.end_s + slack_s
            and other.begin_s <= self.end_s + slack_s
        )


Flaws: TypeAlias = tuple[Flaw, ...]


def weight_of(flaws: Iterable[Flaw]) -> int:
    """The sum of the faults' weights; 0 for a clip without faults."""
    return sum(flaw.weight for flaw in flaws)


def lines_of(flaws: Sequence[Flaw], most: int = 5) -> list[str]:
    """Describe faults in the order of time.

    Args:
        flaws: The faults.
        most: The number of faults to describe; the rest are counted.
    """
    in_order = sorted(flaws, key=lambda flaw: (flaw.begin_s, flaw.kind))
    said = [flaw.line() for flaw in in_order[:most]]
    more = len(flaws) - most
    return [*said, f"and {more} more"] if more > 0 else said


def flaws_json(flaws: Iterable[Flaw]) -> list[dict[str, Any]]:
    """Give faults as JSON for a record."""
    return [flaw.model_dump(mode="json") for flaw in flaws]


def flaws_of_json(said: Iterable[dict[str, Any]]) -> Flaws:
    """Read faults from the JSON of `flaws_json`."""
    return tuple(Flaw.model_validate(one) for one in said)


def _seconds(value: Fraction) -> str:
    return f"{float(value):.2f}".rstrip("0").rstrip(".") or "0"
