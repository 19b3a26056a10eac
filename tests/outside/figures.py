"""What was counted from outside, one line for each kind of fault."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import TypeAlias

KINDS = {
    1: "every Python that is named",
    2: "only the model's own word ends a paid job",
    3: "only a person's cancel cancels at fal",
    4: "no reply breaks the paid path",
    5: "not sent is not unknown",
    6: "what was paid is said as paid",
    7: "the wall holds for fal steps",
    8: "output says what it is before it is bought",
    9: "the right account",
    10: "the store fails after the reply",
    11: "retries below ours",
    12: "dead ends",
    13: "purge --films keeps what paid jobs took",
    14: "headers that fal has",
    15: "a prompt that is too long",
    16: "all of what a film cost",
    17: "Ctrl-C at a terminal",
    18: "nothing paid is replaced by less",
    19: "options that name nothing are errors",
    20: "every problem of a file at once",
    21: "what survived mutation",
    22: "tests that a busy machine fails",
}

Figure: TypeAlias = int | Decimal | float
"""A number of things; dollars; or seconds, of which the longest is told."""
Told: TypeAlias = tuple[int, Mapping[str, str | int | float]]
"""A kind, and what one test counted; dollars are text."""
Count: TypeAlias = Callable[..., None]
PROPERTY = "figure"


def as_property(kind: int, figures: Mapping[str, Figure]) -> tuple[str, list[object]]:
    """Write figures so that a test's report carries them, also out of another process."""
    said = {
        name: str(figure) if isinstance(figure, Decimal) else figure
        for name, figure in figures.items()
    }
    return PROPERTY, [kind, said]


def missing(told: Iterable[Told]) -> list[int]:
    """Name the kinds of which nothing was counted."""
    return sorted(KINDS.keys() - {kind for kind, figures in told if figures})


def lines(told: Iterable[Told], wrong: set[int]) -> list[str]:
    """Add up what the tests counted: a line for each kind.

    Args:
        told: By the tests.
        wrong: Kinds of which a test failed.
    """
    sums: dict[int, dict[str, Figure]] = {}
    for kind, figures in told:
        of_kind = sums.setdefault(kind, {})
        for name, figure in figures.items():
            number = Decimal(figure) if isinstance(figure, str) else figure
            of_kind[name] = _together(of_kind.get(name), number)
    found = []
    for kind, title in KINDS.items():
        said = ", ".join(f"{name} {_said(one)}" for name, one in sums.get(kind, {}).items())
        verdict = "WRONG" if kind in wrong else "right" if kind in sums else "not tried"
        found.append(f"{kind:>2}  {verdict:<9}  {title}: {said or '–'}")
    return found


def _together(before: Figure | None, figure: Figure) -> Figure:
    if before is None:
        return figure
    if isinstance(before, float) or isinstance(figure, float):
        return max(before, figure)
    return before + figure


def _said(figure: Figure) -> str:
    match figure:
        case Decimal():
            return f"${figure:.3f}"
        case float():
            return f"{figure:.1f} s"
    return f"{figure:,}"
