"""One thing that is wrong with a clip, and when; and how much each kind counts."""

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
"""What may be wrong. The last three are seen beside something else: what was asked for, the source
of an edit, the shot that a clip continues."""

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
"""How much one flaw counts where takes are compared: 5 cannot be used, 1 can be cut around."""


class Flaw(BaseModel):
    """One thing that is wrong with a clip.

    Attributes:
        kind: What kind of thing.
        begin_s: Seconds on the clip's clock from which on it is seen or heard.
        end_s: Seconds at which it is right again.
        what: It in words, with the value that was seen and the limit, without the time.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    # A record of a newer shotgraph may have a kind that this one does not know.
    kind: FlawKind | str
    begin_s: Fraction
    end_s: Fraction
    what: str

    @property
    def weight(self) -> int:
        """How much it counts."""
        return {str(kind): weight for kind, weight in WEIGHTS.items()}.get(self.kind, 1)

    def line(self) -> str:
        """Say it, with the time."""
        begin, end = _seconds(self.begin_s), _seconds(self.end_s)
        when = f"at {begin} s" if begin == end else f"from {begin} s to {end} s"
        return f"{when}: {self.what}"

    def as_json(self) -> dict[str, str | float]:
        """It as ``run --json`` prints it."""
        return {
            "kind": self.kind,
            "begin_s": round(float(self.begin_s), 3),
            "end_s": round(float(self.end_s), 3),
            "says": self.line(),
        }

    def is_during(self, other: "Flaw", slack_s: Fraction = Fraction(1, 4)) -> bool:
        """Whether another of its kind is there at the same time, as in the source of an edit."""
        return (
            self.kind == other.kind
            and self.begin_s <= other.end_s + slack_s
            and other.begin_s <= self.end_s + slack_s
        )


Flaws: TypeAlias = tuple[Flaw, ...]


def weight_of(flaws: Iterable[Flaw]) -> int:
    """How much all of them count; 0 for a clip without any."""
    return sum(flaw.weight for flaw in flaws)


def lines_of(flaws: Sequence[Flaw], most: int = 5) -> list[str]:
    """Say them, in the order of time.

    Args:
        flaws: All of them.
        most: How many are said in full.
    """
    in_order = sorted(flaws, key=lambda flaw: (flaw.begin_s, flaw.kind))
    said = [flaw.line() for flaw in in_order[:most]]
    more = len(flaws) - most
    return [*said, f"and {more} more"] if more > 0 else said


def flaws_json(flaws: Iterable[Flaw]) -> list[dict[str, Any]]:
    """As a record keeps them."""
    return [flaw.model_dump(mode="json") for flaw in flaws]


def flaws_of_json(said: Iterable[dict[str, Any]]) -> Flaws:
    """Read what `flaws_json` gave."""
    return tuple(Flaw.model_validate(one) for one in said)


def _seconds(value: Fraction) -> str:
    return f"{float(value):.2f}".rstrip("0").rstrip(".") or "0"
