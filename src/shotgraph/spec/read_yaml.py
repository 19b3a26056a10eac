"""YAML 1.2 text → data with the location of each value, and the problems of the text.

A safe subset: no anchors, aliases, tags, merge keys, duplicate keys or second document, and
bounds on size, depth and count, so that a hostile file costs nothing. Scalars follow the YAML
1.2 core schema: ``16:9`` and ``no`` are text. Numbers with a fraction are ``Decimal``, because
they become times and times are exact.

Only the parser is from PyYAML: libyaml is fast, and accepts ``16:9`` and URLs without quotes inside
of ``{}`` and ``[]``. PyYAML's own reading of scalars, by YAML 1.1, is never used.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import yaml  # type: ignore[import-untyped]

from shotgraph.spec.document import Path, dotted
from shotgraph.spec.hidden_characters import ODD_CHARACTERS, name_of_character
from shotgraph.spec.problem import Location, Problem, invalid
from shotgraph.spec.slips import location_in

MAX_CHARACTERS = 256 * 1024
MAX_DEPTH = 20
MAX_NODES = 20_000

_COMMENT = re.compile(r"[ \t](#\S?[^#].*)$")
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
NUMBER = re.compile(r"[-+]?(\.[0-9]{1,30}|[0-9]{1,18}(\.[0-9]{0,30})?)([eE][-+]?[0-9]{1,2})?")
"""The form of a number, bounded, so that no number takes long to compute with."""
WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


class Joined(NamedTuple):
    """A key and its value without a space in between: ``{type:video}``, which YAML reads as a key.

    Attributes:
        row: The row in the text, from 0.
        column: The column of the key in the text, from 0.
        name: The key.
        rest: The text behind the colon.
        path: The path of the value, if the space is inserted.
    """

    row: int
    column: int
    name: str
    rest: str
    path: Path


_IN_BRACES = re.compile(r"\{\{ *([\w.]+) *\}\}")
_JOINED = re.compile(r"([A-Za-z_][\w-]+):(?![/\\])(\S.*)")
TEXTS = ("prompt", "message", "negative_prompt", "text", "description", "default")
"""The fields with texts of any form."""


class Reader:
    """Reads a text that may have been corrected.

    Args:
        lines: The lines of the file, for locations.
        file: The file's name in messages.
        empty: Rows of keys without their values: the values are not YAML, and were removed.
        written_at: Finds the column in the file of a row and a column of the text.
    """

    def __init__(
        self,
        text: str,
        lines: Sequence[str],
        file: str,
        *,
        empty: Collection[int],
        written_at: Callable[[int, int], int],
    ) -> None:
        self.text = text
        self.lines = lines
        self.file = file
        self.empty = empty
        self.written_at = written_at
        self.rows = text.splitlines()
        self.nodes = 0
        self.values: dict[Path, Location] = {}
        self.keys: dict[Path, Location] = {}
        self.problems: list[Problem] = []
        self.unread: set[Path] = set()
        self.comments: dict[Path, str] = {}
        self.joined: list[Joined] = []

    def data(self) -> Any:
        """Read the data; parts outside of the subset are noted and skipped."""
        # All events are counted before a value is built, so that too large a text costs little.
        events = iter(list(self._events()))
        first = next(events, None)
        return None if first is None else self._node(first, events, ())

    def oddly_indented(self) -> int | None:
        """Give the row of the first key that begins with a space which YAML does not accept."""
        odd = (location for path, location in self.keys.items() if _is_odd(path[-1]))
        return next((location.line - 1 for location in odd), None)

    def _events(self) -> Iterator[Any]:
        documents = depth = 0
        for event in yaml.parse(self.text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.NodeEvent):
                self._check_bounds(event, depth)
                depth += isinstance(event, yaml.CollectionStartEvent)
                yield event
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
                yield event
            elif isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._note(event, "a second document starts here", "one document in a file")
                    return

    def _check_bounds(self, event: Any, depth: int) -> None:
        self.nodes += 1
        if depth > MAX_DEPTH:
            what, allowed = "nested too deep", f"at most {MAX_DEPTH} levels"
            raise invalid([Problem(self._location(event), "", what, allowed)], self.text)
        if self.nodes > MAX_NODES:
            what, allowed = "too much in one file", f"at most {MAX_NODES} values"
            raise invalid([Problem(self._location(event), "", what, allowed)], self.text)

    def _check_node(self, event: Any, path: Path) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._note(
                event, f"an alias (*{event.anchor})", "the value itself, written again", path
            )
            self.unread.add(path)
        elif event.anchor:
            self._note(event, f"an anchor (&{event.anchor})", "no anchors", path)
        if getattr(event, "tag", None):
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._note(event, f"a tag ({tag})", "no tags", path)
            self.unread.add(path)

    def _node(self, event: Any, events: Iterator[Any], path: Path) -> Any:
        self.values[path] = self._location(event)
        self._check_node(event, path)
        name = type(event).__name__
        if name == "ScalarEvent":
            if event.implicit[0] and (comment := self._comment_behind(event)):
                self.comments[path] = comment
            if event.implicit[0] and path and path[-1] not in TEXTS and ":" in event.value:
                self._joined_lines(event, path)
            return _scalar(event)
        if name == "SequenceStartEvent":
            return self._sequence(events, path)
        return self._mapping(events, path) if name == "MappingStartEvent" else None

    def _comment_behind(self, event: Any) -> str:
        """Give the comment after an unquoted text; '' after two spaces, where it is intended."""
        end = event.end_mark
        line = self.lines[end.line] if end.line < len(self.lines) else ""
        column = self.written_at(end.line, end.column)
        found = _COMMENT.match(line, column) if "#" in line else None
        return found[1] if found is not None else ""

    def _sequence(self, events: Iterator[Any], path: Path) -> list[Any]:
        items: list[Any] = []
        for event in events:
            if type(event).__name__ == "SequenceEndEvent":
                break
            items.append(self._node(event, events, (*path, len(items))))
        return items

    def _mapping(self, events: Iterator[Any], path: Path) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for event in events:
            if type(event).__name__ == "MappingEndEvent":
                break
            key = self._key(event, events, mapping, path)
            if key is None:
                self._skip(next(events), events)
                continue
            location = self.keys[(*path, key)] = self._location(event)
            if location.line - 1 in self.empty:
                self.unread.add((*path, key))
            value = mapping[key] = self._node(next(events), events, (*path, key))
            if event.implicit[0] and (value is None or "arguments" not in path):
                self._joined_key(event, path)
        return mapping

    def _joined_key(self, event: Any, path: Path) -> None:
        start = event.start_mark
        if (found := _JOINED.fullmatch(event.value)) is not None:
            here = (*path, found[1])
            self.joined.append(Joined(start.line, start.column, found[1], found[2], here))

    def _joined_lines(self, event: Any, path: Path) -> None:
        """Note the lines of a plain text that are all keys with values: ``video:a.mp4``."""
        rows = self.rows[event.start_mark.line : event.end_mark.line + 1]
        found = [_JOINED.fullmatch(row.strip()) for row in rows]
        if rows[0][: event.start_mark.column].strip() or not all(found):
            return
        for number, (row, one) in enumerate(zip(rows, found, strict=True), event.start_mark.line):
            assert one is not None  # noqa: S101  all were found
            column = len(row) - len(row.lstrip())
            self.joined.append(Joined(number, column, one[1], one[2], (*path, one[1])))

    def _key(
        self, event: Any, events: Iterator[Any], mapping: dict[str, Any], path: Path
    ) -> str | None:
        """Read a key; None for a key that can't be read, which is noted."""
        if type(event).__name__ != "ScalarEvent":
            row, column = event.start_mark.line, event.start_mark.column
            found = _IN_BRACES.match(self.rows[row], max(0, column - 1))
            if found is not None:
                what = f'"{found[0]}" is a mapping to YAML, and no reference'
                place = location_in(
                    self.lines,
                    self.file,
                    row + 1,
                    self.written_at(row, found.start()) + 1,
                    len(found[0]),
                )
                near = f"${found[1].split('.')[-1]}" if len(path) > 1 else ""
                allowed = "a reference, or a text in quotes"
                self.problems.append(Problem(place, dotted(path), what, allowed, near))
            else:
                allowed = "a name; a text with any of {}[], inside only in quotes"
                self._note(event, "a key that is not text", allowed, path)
            self._skip(event, events)
            self.unread.add(path)
            return None
        self._check_node(event, (*path, event.value))
        key: str = self._without_odd_spaces(event, path) if event.implicit[0] else event.value
        if key == "<<":
            self._note(event, "a merge key (<<)", "the keys themselves, written again", path)
            # Fields of a step may be missing now, or all parts of a step or of a section.
            self.unread.add((*path, "<<") if len(path) > 2 else path)
            return None
        if key in mapping:
            what = f'"{key}" is written twice, first on line {self.keys[(*path, key)].line}'
            self._note(event, what, "one of them", (*path, key))
            return None
        return key

    def _without_odd_spaces(self, event: Any, path: Path) -> str:
        """Read a key; a space at its ends that is none to YAML is noted, and left out."""
        key: str = event.value
        before = self.rows[event.start_mark.line][: event.start_mark.column]
        # An odd space in the indentation of a line is corrected in the text.
        plain = key.strip(ODD_CHARACTERS) if before.strip() else key.rstrip(ODD_CHARACTERS)
        plain = plain.strip(" ") if plain != key else key
        if plain != key and plain:
            odd = name_of_character(next(char for char in key if char in ODD_CHARACTERS))
            what = f'"{plain}" has {odd} beside it, which YAML takes for a part of the key'
            self._note(event, what, "only plain spaces", (*path, plain))
            return plain
        return key

    def _skip(self, event: Any, events: Iterator[Any]) -> None:
        """Skip a value."""
        depth = 0
        while True:
            name = type(event).__name__
            depth += name.endswith("StartEvent")
            depth -= name.endswith("EndEvent")
            if depth <= 0:
                return
            event = next(events)

    def _location(self, event: Any) -> Location:
        start, end = event.start_mark, event.end_mark
        column = self.written_at(start.line, start.column)
        width = self.written_at(end.line, end.column) - column if end.line == start.line else 1
        return location_in(self.lines, self.file, start.line + 1, column + 1, width)

    def _note(self, event: Any, what: str, allowed: str, path: Path = ()) -> None:
        self.problems.append(Problem(self._location(event), dotted(path), what, allowed))


def _scalar(event: Any) -> Any:
    text: str = event.value
    plain = event.implicit[0]
    if not plain:
        return text
    if text in WORDS:
        return WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return Decimal(text) if NUMBER.fullmatch(text) else text


def _is_odd(key: str | int) -> bool:
    return isinstance(key, str) and key[:1] != "" and key[:1] in ODD_CHARACTERS
