"""The data of a pipeline file, with the location of each part."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeAlias

from shotgraph.spec.meant import Missing, nearest_name
from shotgraph.spec.problem import Location, Problem

LONGEST_ALLOWED = 1000
"""The most characters of a list of allowed values: nobody reads a thousand names of steps."""

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """A file's data, and the location of each value and each key.

    Attributes:
        problems: Problems with the YAML; `data` holds every part that could be read.
        unread: Paths that could not be read; `problems` has the reason, and the data there is None.
        comments: Comments that begin directly after a text without quotes, by the text's path.
        moved: Values in the wrong place: the path where each is read, and the path where it is
            written.
    """

    file: str
    text: str
    data: Any
    values: dict[Path, Location]
    keys: dict[Path, Location]
    problems: tuple[Problem, ...] = ()
    unread: frozenset[Path] = frozenset()
    comments: dict[Path, str] = field(default_factory=dict)
    moved: dict[Path, Path] = field(default_factory=dict)

    def location(self, path: Path, *, of_key: bool = False) -> Location:
        """Find the location of a value (or of its key), or of the nearest value around it."""
        path = self.written(path)
        first, second = (self.keys, self.values) if of_key else (self.values, self.keys)
        for end in range(len(path), -1, -1):
            here = path[:end]
            if (found := first.get(here) or second.get(here)) is not None:
                return found
        return Location(self.file, 1, 1)

    def raw(self, path: Path) -> Any:
        """Give the value at a path as it is in the file; None if there is none."""
        value: Any = self.data
        for part in self.written(path):
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def written(self, path: Path) -> Path:
        """Give the path in the file of the value that is read at `path`."""
        for end in range(len(path), 0, -1):
            if (found := self.moved.get(path[:end])) is not None:
                return self.written((*found, *path[end:]))
        return path

    def is_unread(self, path: Path) -> bool:
        """Tell whether a path leads into a part that could not be read."""
        path = self.written(path)
        return any(path[:end] in self.unread for end in range(len(path) + 1))

    def also(self, path: Path, given_at: Path, fields: Collection[str]) -> None:
        """Record the locations of the fields at `given_at` for the fields at `path` too."""
        if not fields:
            return
        given_at = self.written(given_at)
        if given_at not in self._below:
            self._below[given_at] = [
                (locations, at)
                for locations in (self.values, self.keys)
                for at in locations
                if len(at) > len(given_at) and at[: len(given_at)] == given_at
            ]
        path = self.written(path)
        for locations, at in self._below[given_at]:
            if at[len(given_at)] in fields:
                locations[(*path, *at[len(given_at) :])] = locations[at]

    @cached_property
    def _below(self) -> dict[Path, list[tuple[dict[Path, Location], Path]]]:
        return {}

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.splitlines()

    def problem(
        self,
        path: Path,
        what: str,
        *,
        allowed: str = "",
        nearest: str = "",
        of_key: bool = False,
        missing: Missing | None = None,
        part: str = "",
    ) -> Problem:
        """Make a problem about the value at this path, or about a part of its text."""
        location = self.location(path, of_key=of_key)
        line = self._line(location)
        if (
            part
            and (at := line.find(part, location.column - 1, location.column - 1 + location.width))
            >= 0
        ):
            location = replace(location, column=at + 1, width=len(part))
        comment = "" if of_key else self.comments.get(self.written(path), "")
        if comment[1:2].strip() and comment not in what:
            what += f'; to YAML, "{comment}" is a comment'
        if len(allowed) > LONGEST_ALLOWED:
            allowed = f"{allowed[:LONGEST_ALLOWED].rpartition(', ')[0]}, …"
        return Problem(location, dotted(self.written(path)), what, allowed, nearest, line, missing)

    def _line(self, location: Location) -> str:
        return self._lines[location.line - 1] if 1 <= location.line <= len(self._lines) else ""

    def unknown_key(self, path: Path, right: list[str]) -> Problem:
        """Make the problem of a key that is not allowed here."""
        wrong = str(path[-1])
        return self.problem(
            path,
            f'unknown key "{wrong}"',
            allowed=", ".join(right),
            nearest=nearest_name(wrong, right),
            of_key=True,
        )


def dotted(path: Path) -> str:
    """Write a path as people do: ``steps.film.concat.clips[1]``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
