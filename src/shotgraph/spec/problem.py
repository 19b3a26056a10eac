"""Problems in a pipeline file, each with its location."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from shotgraph.errors import InvalidInput
from shotgraph.spec.meant import Missing

LONGEST_LINE = 160
"""The most characters of a line that a message shows."""
MOST_SAID = 100
"""The most problems in a message; the error has all of them."""
MOST_LOOKED_FOR = 20
"""The most missing files for which a similar name is searched."""


_USER = re.compile(r"//[^/\s@\"']+@")


@dataclass(frozen=True, order=True)
class Location:
    """A location in a file: line and column count from 1, width in characters."""

    file: str
    line: int
    column: int
    width: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Problem:
    """One problem in a pipeline file.

    Attributes:
        where: The path of keys inside the file, such as ``steps.next.reference.duration``.
        what: The fault, with the value.
        allowed: The allowed values.
        nearest: The right name nearest to the written name.
        line: The line of the file at this location; None if the problem was made without the text.
        missing: The file that does not exist, if this is the fault.
    """

    location: Location
    where: str
    what: str
    allowed: str = ""
    nearest: str = ""
    line: str | None = field(default=None, compare=False)
    missing: Missing | None = field(default=None, compare=False)

    def headline(self) -> str:
        """Write the problem in one line, location first."""
        where = f"{self.where}: " if self.where else ""
        return f"{self.location}: {where}{self.what}"

    def advice(self) -> list[str]:
        """Write the allowed values and the suggestion, in a line each."""
        lines = [f"allowed: {self.allowed}"] if self.allowed else []
        return [*lines, f"did you mean {self.nearest}?"] if self.nearest else lines

    def as_json(self) -> dict[str, Any]:
        """The problem as JSON: lines and columns count from 1, and `end_column` is exclusive."""
        step, field = self._step_and_field()
        return {
            "file": self.location.file,
            "line": self.location.line,
            "column": self.location.column,
            "end_column": self.location.column + self.location.width,
            "where": self.where,
            "step": step,
            "field": field,
            "message": self.what,
            "allowed": self.allowed or None,
            "nearest": self.nearest or None,
        }

    def _step_and_field(self) -> tuple[str | None, str | None]:
        """Give the step and the field inside of it; outside of steps, None and the whole path."""
        section, _, inside = self.where.partition(".")
        if section != "steps" or not inside:
            return None, self.where or None
        step, _, field = inside.partition(".")
        return step, field or None


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
    # A wrong default is wrong in every step that gets it, and is reported once.
    once: dict[tuple[Location, str], Problem] = {}
    for problem in problems:
        once.setdefault((problem.location, problem.what), problem)
    ordered = [*with_lines(sorted(once.values(), key=lambda one: one.location), text)]
    # Only the first problems get a search in folders: a file may name thousands of missing files.
    ordered[:MOST_LOOKED_FOR] = map(_with_nearest_file, ordered[:MOST_LOOKED_FOR])
    said = [rendered(problem) for problem in ordered[:MOST_SAID]]
    if len(ordered) > MOST_SAID:
        said.append(f"… and {len(ordered) - MOST_SAID} more problems")
    return InvalidPipeline("\n".join(said), ordered)


def _with_nearest_file(problem: Problem) -> Problem:
    if problem.missing is None:
        return problem
    return replace(problem, nearest=problem.missing.nearest(), missing=None)


def with_lines(problems: Sequence[Problem], text: str) -> tuple[Problem, ...]:
    """Give the problems that were made without their text the lines of this text.

    A problem of another file has its line already, or would be shown with a line of this one.
    """
    lines = text.splitlines()
    return tuple(
        problem if problem.line is not None else replace(problem, line=_line(lines, problem))
        for problem in problems
    )


def _line(lines: Sequence[str], problem: Problem) -> str:
    number = problem.location.line
    return lines[number - 1] if 1 <= number <= len(lines) else ""


def rendered(problem: Problem) -> str:
    """Show a problem with its line, a caret under the wrong part, and the advice."""
    shown = [_printable(problem.headline())]
    location = problem.location
    begin, line = _excerpt(problem.line or "", location.column)
    if line:
        number, column = f"{location.line:5d} | ", location.column - begin
        shown.append(f"{number}{line}")
        width = max(1, min(location.width, len(line) - column + 1))
        marked = line[column - 1 : column - 1 + width]
        before = " " * _cells(line[: column - 1])
        shown.append(" " * (len(number) - 2) + f"| {before}" + "^" * max(1, _cells(marked)))
    shown.extend(f"        {_printable(line)}" for line in problem.advice())
    return "\n".join(shown)


def _cells(text: str) -> int:
    """Count the columns of a terminal that a text takes: Chinese letters and pictures take two."""
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in ("W", "F"))
        for char in text
    )


def _excerpt(line: str, column: int) -> tuple[int, str]:
    """Cut a long line around a column; also give the number of characters cut off before it."""
    if len(line) <= LONGEST_LINE:
        return 0, _printable(line.replace("\t", " "))
    begin = max(0, min(column - 1 - LONGEST_LINE // 3, len(line) - LONGEST_LINE))
    part = list(_printable(line[begin : begin + LONGEST_LINE].replace("\t", " ")))
    if begin:
        part[0] = "…"
    if begin + LONGEST_LINE < len(line):
        part[-1] = "…"
    return begin, "".join(part)


def without_user(text: str) -> str:
    """Mask the user names and passwords of URLs; one character stays one character."""
    return _USER.sub(lambda found: f"//{'*' * (len(found[0]) - 3)}@", text)


def _printable(text: str) -> str:
    """Replace characters that a terminal would obey or not show; the length stays the same."""
    text = without_user(text)
    return "".join(char if char.isprintable() else "\ufffd" for char in text)
