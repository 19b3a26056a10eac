"""A place where the YAML parser stumbles: the problem in words, and a corrected reading."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shotgraph.spec.problem import Location, Problem


@dataclass(frozen=True)
class Stumble:
    """An error of the parser.

    Attributes:
        problem: The error, in words.
        meant: The corrected lines by row, counted from 0; empty if no correction can be guessed.
    """

    problem: Problem
    meant: Mapping[int, str] = field(default_factory=dict)


def location_in(
    lines: Sequence[str], file: str, line: int, column: int, width: int = 1
) -> Location:
    """Make a location; a place after the end of the text becomes its end."""
    if line > len(lines):
        return Location(file, max(1, len(lines)), len(lines[-1]) + 1 if lines else 1)
    return Location(file, line, min(column, len(lines[line - 1]) + 1), max(1, width))


def content(line: str) -> str:
    """Give a line without its comment and the spaces around it."""
    return re.sub(r"(^|\s)#.*", "", line).strip()


def and_more(lines: int) -> str:
    """Count the further lines with the same fault, for the end of a sentence; '' for none."""
    return (
        f", and in {lines} more lines" if lines > 1 else ", and in one more line" if lines else ""
    )
