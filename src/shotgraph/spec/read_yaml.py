"""YAML 1.2 text → a document with the location of each value, or every problem of the text.

A safe subset: no anchors, aliases, tags, merge keys, duplicate keys or second document, and
bounds on size, depth and count, so that a hostile file costs nothing. Scalars follow the YAML
1.2 core schema: ``16:9`` and ``no`` are text. Numbers with a fraction are ``Decimal``, because
they become times and times are exact.

Only the parser is from PyYAML: libyaml is fast, and accepts ``16:9`` and URLs without quotes inside
of ``{}`` and ``[]``. PyYAML's own reading of scalars, by YAML 1.1, is never used.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import yaml  # type: ignore[import-untyped]

from shotgraph.spec.document import Document, Path
from shotgraph.spec.not_yaml import (
    KEY,
    Stumble,
    content,
    first_odd_margin,
    forbidden_character,
    location_in,
    not_yaml,
    odd_margin,
    odd_spaces,
)
from shotgraph.spec.problem import Location, Problem, invalid

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


class Reader:
    """Reads a text that may have been corrected.

    Args:
        lines: The lines of the file, for locations.
        file: The file's name in messages.
        empty: Rows of keys without their values: the values are not YAML, and were removed.
        shifts: By row, the number of columns that the line was moved to the right.
    """

    def __init__(
        self,
        text: str,
        lines: Sequence[str],
        file: str,
        *,
        empty: Collection[int],
        shifts: Mapping[int, int],
    ) -> None:
        self.text = text
        self.lines = lines
        self.file = file
        self.empty = empty
        self.shifts = shifts
        self.nodes = 0
        self.values: dict[Path, Location] = {}
        self.keys: dict[Path, Location] = {}
        self.problems: list[Problem] = []
        self.unread: set[Path] = set()
        self.comments: dict[Path, str] = {}

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
            self._note(event, f"an alias (*{event.anchor})", "the value itself, written again")
            self.unread.add(path)
        elif event.anchor:
            self._note(event, f"an anchor (&{event.anchor})", "no anchors")
        if getattr(event, "tag", None):
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._note(event, f"a tag ({tag})", "no tags")
            self.unread.add(path)

    def _node(self, event: Any, events: Iterator[Any], path: Path) -> Any:
        self.values[path] = self._location(event)
        self._check_node(event, path)
        name = type(event).__name__
        if name == "ScalarEvent":
            if event.implicit[0] and (comment := self._comment_behind(event)):
                self.comments[path] = comment
            return _scalar(event)
        if name == "SequenceStartEvent":
            return self._sequence(events, path)
        return self._mapping(events, path) if name == "MappingStartEvent" else None

    def _comment_behind(self, event: Any) -> str:
        """Give the comment after an unquoted text; '' after two spaces, where it is intended."""
        end = event.end_mark
        line = self.lines[end.line] if end.line < len(self.lines) else ""
        found = _COMMENT.match(line, end.column) if "#" in line else None
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
            mapping[key] = self._node(next(events), events, (*path, key))
        return mapping

    def _key(
        self, event: Any, events: Iterator[Any], mapping: dict[str, Any], path: Path
    ) -> str | None:
        """Read a key; None for a key that can't be read, which is noted."""
        if type(event).__name__ != "ScalarEvent":
            self._note(event, "a key that is not text", "a name")
            self._skip(event, events)
            self.unread.add(path)
            return None
        self._check_node(event, (*path, event.value))
        key: str = event.value
        if key == "<<":
            self._note(event, "a merge key (<<)", "the keys themselves, written again")
            # Fields of a step may be missing now, or all parts of a step or of a section.
            self.unread.add((*path, "<<") if len(path) > 2 else path)
            return None
        if key in mapping:
            what = f'"{key}" is written twice, first on line {self.keys[(*path, key)].line}'
            self._note(event, what, "one of them")
            return None
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
        width = end.column - start.column if end.line == start.line else 1
        column = start.column + 1 - self.shifts.get(start.line, 0)
        return location_in(self.lines, self.file, start.line + 1, max(1, column), width)

    def _note(self, event: Any, what: str, allowed: str) -> None:
        self.problems.append(Problem(self._location(event), "", what, allowed))


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
    return isinstance(key, str) and key[:1].isspace() and key[:1] not in " \t\n"


MOST_STUMBLES = 10
"""The most YAML mistakes in a text before the reader gives up."""


def read_document(text: str, file: str) -> Document:
    """Read YAML text.

    Raises:
        InvalidPipeline: The text is not YAML, or not within the subset.
    """
    document = mended_document(text, file)
    if document.problems:
        raise invalid(document.problems, document.text)
    return document


def mended_document(text: str, file: str) -> Document:
    """Read YAML text as far as possible; the document holds the problems of the rest.

    Raises:
        InvalidPipeline: The text exceeds the bounds, or holds a character that YAML forbids.
    """
    if len(text) > MAX_CHARACTERS:
        location = Location(file, 1, 1)
        what = f"the file is longer than {MAX_CHARACTERS} characters"
        raise invalid([Problem(location, "", what)], "")
    text = text.removeprefix("\ufeff")
    if (problem := forbidden_character(text, file)) is not None:
        raise invalid([problem], text)
    return _Mended(text, file).document()


class _Mended:
    """Reads a text that may not be YAML: wrong parts are removed, and the rest is read again."""

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self._lines = text.splitlines()
        self._mended: Sequence[str] = [*self._lines]
        self._emptied: set[int] = set()
        self._problems: dict[int, Problem] = {}

    def document(self) -> Document:
        self._mend_margins()
        for _ in range(MOST_STUMBLES):
            text = "\n".join([*self._mended, ""]) if self._problems else self._text
            reader = Reader(
                text, self._lines, self._file, empty=self._emptied, shifts=self._shifts()
            )
            try:
                data = reader.data()
            except yaml.MarkedYAMLError as error:
                self._take_out(not_yaml(error, self._mended, self._file))
                continue
            row = reader.oddly_indented()
            if row is not None and odd_margin(self._mended[row]):
                self._take_out(odd_spaces(self._mended, row, self._file))
                continue
            return Document(
                self._file,
                self._text,
                data,
                reader.values,
                reader.keys,
                (*self._problems.values(), *reader.problems),
                frozenset(reader.unread),
                reader.comments,
            )
        return Document(self._file, self._text, None, {}, {}, tuple(self._problems.values()))

    def _mend_margins(self) -> None:
        """Correct odd spaces in the indentation first, if the parser reads the text otherwise.

        The parser stops behind such a line, or reads it as part of a text, so the steps below it
        seem to be wrong.
        """
        row = first_odd_margin(self._lines)
        if row is None:
            return
        found = odd_spaces(self._lines, row, self._file)
        plain = [found.meant.get(at, line) for at, line in enumerate(self._lines)]
        if _structure("\n".join(plain)) != _structure("\n".join(self._lines)):
            self._take_out(found)

    def _shifts(self) -> dict[int, int]:
        """By row, the number of columns that the line was moved to the right."""
        return {
            row: len(mended) - len(line)
            for row, (mended, line) in enumerate(zip(self._mended, self._lines, strict=True))
            if mended is not line and mended.lstrip() == line.lstrip()
        }

    def _take_out(self, stumble: Stumble) -> None:
        """Note a part that is no YAML; correct it, or else remove it."""
        location = stumble.problem.location
        row = location.line - 1
        meant = [stumble.meant.get(at, line) for at, line in enumerate(self._mended)]
        if row not in self._problems and meant != self._mended:
            self._mended = meant
        else:
            self._mended, emptied = without_block(self._mended, row, self._emptied)
            self._emptied |= {emptied} if emptied is not None else set()
        # A second error in the same line often comes from the correction of the first.
        location = location_in(
            self._lines, self._file, location.line, location.column, location.width
        )
        self._problems.setdefault(row, replace(stumble.problem, location=location))


def _structure(text: str) -> list[str]:
    """The kinds of the parser's events, as far as it gets."""
    kinds = []
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            kinds.append(type(event).__name__)
    except yaml.YAMLError:
        kinds.append("error")
    return kinds


def without_block(
    lines: Sequence[str], row: int, emptied: Collection[int]
) -> tuple[list[str], int | None]:
    """Remove the smallest part of a file that holds a line: a step, a parameter, a section.

    Args:
        lines: The lines of the file.
        row: The row of the line, from 0.
        emptied: Rows of keys that already lost their values: now these keys are removed too.

        Returns:
            The same number of lines, with empty lines for the part; and the row of the part's key,
            if the key stays, without a value.
    """
    row = min(row, len(lines) - 1)
    first = next((at for at in range(row, -1, -1) if _margin(lines[at]) == 0), 0)
    last = next((at for at in range(row + 1, len(lines)) if _margin(lines[at]) == 0), len(lines))
    inside = [margin for at in range(first + 1, last) if (margin := _margin(lines[at])) is not None]
    below = [at for at in range(first + 1, row + 1) if inside and _margin(lines[at]) == inside[0]]
    if below:
        first = below[-1]
        behind = (at for at in range(row + 1, last) if (_margin(lines[at]) or 99) <= inside[0])
        last = next(behind, last)
    left = [*lines[:first], *([""] * (last - first)), *lines[last:]]
    key = KEY.match(lines[first]) if lines and first not in emptied else None
    if key is not None:
        left[first] = key[0]
    return left, first if key is not None else None


def _margin(line: str) -> int | None:
    """The number of spaces before the text of a line; None if the line has no text."""
    return len(line) - len(line.lstrip(" ")) if content(line) else None
