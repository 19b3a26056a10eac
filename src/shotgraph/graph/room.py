"""The bounds of a film: its runs, the values and the text of its steps, in all files together.

A few short files can describe a film of any size: each run of a `for_each` copies its step, a
reference copies a list or a text, and each `use` copies a file, which may use other files. So the
parts are counted before they are made.
"""

from dataclasses import dataclass, field
from pathlib import Path

from shotgraph.spec import Draft
from shotgraph.spec.document import Document
from shotgraph.spec.document import Path as Path_
from shotgraph.spec.load import load_draft
from shotgraph.spec.problem import Problem

MOST_RUNS = 5000
MOST_VALUES = 250_000
MOST_CHARACTERS = 1 << 25


class FilmTooLarge(Exception):
    """A film has more values or more text than is allowed; nothing more of it is made.

    Attributes:
        problem: The problem, at the step that exceeds the bound.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.what)
        self.problem = problem


@dataclass
class Room:
    """The parts that a film may still get, in all its files.

    Attributes:
        runs: Runs of steps; less than 0 if there were too many.
        values: Values in the bodies of steps, counted again for each run.
        characters: Characters of the texts that are inserted for references.
    """

    runs: int = field(default_factory=lambda: MOST_RUNS)
    values: int = field(default_factory=lambda: MOST_VALUES)
    characters: int = field(default_factory=lambda: MOST_CHARACTERS)
    _read: dict[Path, Draft] = field(default_factory=dict)

    def take_runs(self, runs: int, document: Document, path: Path_) -> Problem | None:
        """Count some runs; give the problem if they are the first ones that are too many."""
        self.runs -= runs
        if self.runs >= 0 or self.runs + runs < 0:
            return None
        what = f"with this one the film has {MOST_RUNS - self.runs} steps, or more"
        return document.problem(path, what, allowed=f"at most {MOST_RUNS}", of_key=True)

    def take_values(self, values: int, document: Document, path: Path_) -> None:
        """Count some values.

        Raises:
            FilmTooLarge: There are too many.
        """
        self.values -= values
        if self.values < 0:
            self._refuse(f"{MOST_VALUES:,} values", document, path)

    def take_characters(self, characters: int, document: Document, path: Path_) -> None:
        """Count some characters of text.

        Raises:
            FilmTooLarge: There are too many.
        """
        self.characters -= characters
        if self.characters < 0:
            self._refuse(f"{MOST_CHARACTERS:,} characters of text", document, path)

    def read(self, file: Path, called: str) -> tuple[Draft, bool]:
        """Read a used file, once for the whole film; also tell whether this was the first time."""
        is_first = file not in self._read
        if is_first:
            self._read[file] = load_draft(file, called=called)
        return self._read[file], is_first

    def _refuse(self, most: str, document: Document, path: Path_) -> None:
        what = f"with this one the steps of the film have more than {most}"
        allowed = f"at most {most}, counted again for each run of a step and each use of a file"
        raise FilmTooLarge(document.problem(path, what, allowed=allowed))
