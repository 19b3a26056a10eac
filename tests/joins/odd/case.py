"""An odd file, and what each step should make of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

from tests.joins.odd.bench import FRAMES, RATE, TONES_S, Bench

Maker: TypeAlias = Callable[[Bench], Path]


@dataclass(frozen=True)
class Odd:
    """A file of a kind that people have.

    Attributes:
        name: Of the row.
        make: Writes the file.
        frames: The numbers that a film of it alone shows.
        tones_s: When its tones begin.
        rate: Of a film of it alone.
        alone: Whether a film is made of it alone, for it has another rate than the plain clip.
        cut: Whether half a second from 1 s on is cut out of it too, and shows the same.
        refused: What the message says, where no film is made of all of it.
        cut_refused: The same for the part.
    """

    name: str
    make: Maker
    frames: Sequence[int] = range(FRAMES)
    tones_s: Sequence[float] = TONES_S
    rate: Fraction = Fraction(RATE)
    alone: bool = False
    cut: bool = True
    refused: str | None = None
    cut_refused: str | None = None

    def __str__(self) -> str:
        return self.name
