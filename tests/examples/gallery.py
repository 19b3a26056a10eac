"""The gallery: every example, and one change of it with the steps that are downstream of it."""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).parents[2] / "examples"
_TRY = re.compile(r"^# Try it for nothing: +(?P<command>shotgraph run .*)$", re.MULTILINE)
_COST = re.compile(r"^# For real: about \$(?P<usd>\d+\.\d\d)", re.MULTILINE)


@dataclass(frozen=True)
class Example:
    """One file of the gallery, and a change of a prompt in it.

    Attributes:
        old: Words of a prompt.
        new: What is put in their place.
        downstream: The steps that have to be made anew; all others are there.
        pick: The takes that a person chooses.
    """

    name: str
    old: str
    new: str
    downstream: frozenset[str]
    pick: dict[str, int] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        return ROOT / f"{self.name}.yaml"

    @property
    def said_usd(self) -> Decimal | None:
        """What its first lines say that it costs."""
        said = _COST.search(self.file.read_text())
        return Decimal(said["usd"]) if said else None

    @property
    def command(self) -> str:
        """How its first lines say that it is tried."""
        said = _TRY.search(self.file.read_text())
        assert said is not None
        return said["command"]


def _example(
    name: str, old: str, new: str, *downstream: str, pick: dict[str, int] | None = None
) -> Example:
    return Example(name, old, new, frozenset(downstream), pick or {})


DAILY = _example("daily-clip", "a shot of the same place", "a wide shot of it", "today", "clip")
GALLERY = [
    DAILY,
    _example("extend-restyle-concat", "Repaint it as", "Draw it as", "dusk", "film"),
    _example(
        "film-out-of-words",
        "A fishing boat leaves",
        "A rowing boat leaves",
        "stills[2]",
        "shots[2]",
        "film",
    ),
    _example("first-film", "generate the next shot.", "show what comes next.", "next", "film"),
    _example("localised-set", "Willkommen", "Servus", "films[2]/sign"),
    _example(
        "minute-of-extensions",
        "Keep the style,",
        "Keep the colours,",
        *(f"chain[{number}]" for number in range(1, 12)),
        "minute",
    ),
    _example("music-film", "three-four time", "four-four time", "dance", "picture", "film"),
    _example("one-look-of-six", "in the style of", "in the manner of", "film", pick={"tries": 4}),
    _example(
        "product-film-from-stills",
        "Nothing else moves.",
        "All else is still.",
        "shots[1]",
        "shots[2]",
        "shots[3]",
        "film",
    ),
    _example(
        "titled-teaser",
        "The boat comes nearer.",
        "The boat turns away.",
        "following",
        "slow",
        "named",
        "film",
    ),
    _example(
        "trailer-of-five-shots",
        "A small boat turns for home",
        "A ferry turns for home",
        "others[3]",
        "trailer",
    ),
]
