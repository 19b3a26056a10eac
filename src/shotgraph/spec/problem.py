"""What is wrong in a pipeline file, and where."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from shotgraph.errors import InvalidInput


@dataclass(frozen=True, order=True)
class Place:
    """A place in a file: line and column count from 1, width in characters."""

    file: str
    line: int
    column: int
    width: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        where: The path of keys inside the file, such as ``steps.next.reference.duration``.
        what: What was found, with its value.
        allowed: What would have been right.
        nearest: The right name that is nearest to what was written.
    """

    place: Place
    where: str
    what: str
    allowed: str = ""
    nearest: str = ""

    def headline(self) -> str:
        """Say it in one line, place first."""
        where = f"{self.where}: " if self.where else ""
        return f"{self.place}: {where}{self.what}"

    def advice(self) -> list[str]:
        """Say what would be right, a line each."""
        lines = [f"allowed: {self.allowed}"] if self.allowed else []
        return [*lines, f"did you mean {self.nearest}?"] if self.nearest else lines

    def as_json(self) -> dict[str, Any]:
        """The same for machines."""
        return {
            "file": self.place.file,
            "line": self.place.line,
            "column": self.place.column,
            "where": self.where,
            "message": self.what,
            "allowed": self.allowed or None,
            "nearest": self.nearest or None,
        }


def nearest_name(wrong: str, right: Iterable[str]) -> str:
    """Find the right name that looks most like the wrong one, or ''."""
    return next(iter(get_close_matches(wrong, list(right), n=1, cutoff=0.6)), "")


class InvalidPipeline(InvalidInput):
    """A pipeline file is wrong; the message shows every problem in it with its line."""

    code = "invalid_pipeline"

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.problems)


def invalid(problems: Sequence[Problem], text: str) -> InvalidPipeline:
    """Make the error for these problems, each with its line of the text and a caret."""
    ordered = sorted(problems, key=lambda problem: problem.place)
    lines = text.splitlines()
    return InvalidPipeline("\n".join(_rendered(problem, lines) for problem in ordered), ordered)


def _rendered(problem: Problem, lines: Sequence[str]) -> str:
    shown = [_printable(problem.headline())]
    place = problem.place
    if 1 <= place.line <= len(lines):
        line = _printable(lines[place.line - 1].replace("\t", " "))
        if len(line) <= 200:
            number = f"{place.line:5d} | "
            shown.append(f"{number}{line}")
            width = max(1, min(place.width, len(line) - place.column + 1))
            shown.append(" " * (len(number) - 2) + "| " + " " * (place.column - 1) + "^" * width)
    shown.extend(f"        {_printable(line)}" for line in problem.advice())
    return "\n".join(shown)


def _printable(text: str) -> str:
    """Mark what a terminal would obey or not show; one character stays one character."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)
