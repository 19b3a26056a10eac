"""The data of a pipeline file, with the location of each part."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeAlias

from shotgraph.spec.hidden_characters import stray_quotes
from shotgraph.spec.meant import Missing, nearest_name
from shotgraph.spec.problem import Location, Problem

LONGEST_ALLOWED = 1000
"""The most characters of a list of allowed values: nobody reads a thousand names of steps."""

QUOTES = "the quotes of YAML are \" and '"

LONGEST_GUESS = 200
MOST_KEYS = 40

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
        quotes = stray_quotes(str(path[-1]) if of_key and path else self.plain_text(path))
        if quotes and QUOTES not in what:
            what += (
                f"; {quotes} {_are(quotes)} part of the {'key' if of_key else 'value'}; {QUOTES}"
            )
        if not of_key and re.search(r"\s(//|;|/\*)\s", self.plain_text(path)):
            what += '; a comment begins with "#"'
        if len(allowed) > LONGEST_ALLOWED:
            allowed = f"{allowed[:LONGEST_ALLOWED].rpartition(', ')[0]}, …"
        return Problem(location, dotted(self.written(path)), what, allowed, nearest, line, missing)

    def plain_text(self, path: Path) -> str:
        """Give a text that is written without quotes of YAML; '' for any other value."""
        value = self.raw(path)
        if not isinstance(value, str) or not value:
            return ""
        location = self.location(path)
        is_plain = self._line(location)[location.column - 1 : location.column] == value[0]
        return value if is_plain else ""

    def _line(self, location: Location) -> str:
        return self._lines[location.line - 1] if 1 <= location.line <= len(self._lines) else ""

    def unknown_key(self, path: Path, right: list[str]) -> Problem:
        """Make the problem of a key that is not allowed here."""
        wrong = str(path[-1])
        if (number := self._number_before(path)) is not None:
            what = f'unknown key "{wrong}"; a number has a point, not a comma, before its fraction'
            return self.problem(path, what, nearest=f"{number}.{wrong}", of_key=True)
        what, nearest = f'unknown key "{wrong}"', nearest_name(wrong, right)
        if (before := self._cut_by_a_comma(path)) is not None:
            what += f'; the comma before it ends the text of "{before[-1]}"'
            whole = self._whole_text(before)
            allowed = "a text with a comma inside of {} only in quotes"
            bare = whole.strip("\"'“”„«»").replace('"', '\\"')
            near = f'"{bare}"' if "$" not in bare else f"[{bare}]"
            near = near if len(bare) < LONGEST_GUESS else ""
            return self.problem(path, what, allowed=allowed, nearest=near, of_key=True)
        return self.problem(path, what, allowed=", ".join(right), nearest=nearest, of_key=True)

    def _number_before(self, path: Path) -> int | None:
        """Find the number of which a key is the fraction: ``{start: 5,5}``."""
        around, wrong = self.raw(path[:-1]), str(path[-1])
        if not wrong.isdecimal() or not _is_small(around) or wrong not in around:
            return None
        values = [*around.values()][: [*around].index(wrong)]
        is_number = bool(values) and type(values[-1]) is int and around[wrong] is None
        return values[-1] if is_number else None

    def _whole_text(self, path: Path) -> str:
        """Give a text in braces together with the keys behind it that have no values."""
        start = end = self.location(path)
        names = [*self.raw(path[:-1])]
        for name in names[names.index(path[-1]) + 1 :]:
            if self._cut_by_a_comma((*path[:-1], name)) != path:
                break
            end = self.location((*path[:-1], name), of_key=True)
        return self._line(start)[start.column - 1 : end.column - 1 + end.width]

    def _cut_by_a_comma(self, path: Path) -> Path | None:
        """Find the text that a key without a value belongs to: ``{prompt: A boat, at dusk}``."""
        written = self.written(path)
        around = self.raw(path[:-1])
        location = self.keys.get(written)
        if location is None or not _is_small(around):
            return None
        if path[-1] not in around or around[path[-1]] is not None:
            return None
        line = self._line(location)
        if line[location.column - 1 + location.width :].lstrip()[:1] not in (",", "}"):
            return None
        if not line[: location.column - 1].rstrip().endswith(","):
            return None
        for name in reversed([*around][: [*around].index(path[-1])]):
            if isinstance(around[name], str):
                here = (*path[:-1], name)
                return here if self.location(here).line == location.line else None
            if around[name] is not None:
                return None
        return None


def _is_small(value: Any) -> bool:
    """Whether a mapping is so small that each of its keys can be compared with the others."""
    return isinstance(value, dict) and len(value) <= MOST_KEYS


def _are(quotes: str) -> str:
    return "are" if "and" in quotes else "is"


def dotted(path: Path) -> str:
    """Write a path as people do: ``steps.film.concat.clips[1]``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
