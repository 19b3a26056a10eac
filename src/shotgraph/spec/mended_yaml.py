"""Text → a document; parts that are no YAML are reported, and corrected or removed."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

import yaml  # type: ignore[import-untyped]

from shotgraph.spec.document import Document, dotted
from shotgraph.spec.not_yaml import not_yaml
from shotgraph.spec.odd_spaces import (
    byte_order_marks,
    first_odd_margin,
    forbidden_character,
    odd_margin,
    odd_spaces,
)
from shotgraph.spec.problem import Location, Problem, invalid
from shotgraph.spec.read_yaml import MAX_CHARACTERS, Joined, Reader
from shotgraph.spec.slips import KEY, Stumble, content, location_in

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
        self._columns = Columns(self._lines)
        self._emptied: set[int] = set()
        self._problems: dict[int, Problem] = {}
        self._more: list[Problem] = []

    def document(self) -> Document:
        self._mend_margins()
        for _ in range(MOST_STUMBLES):
            is_mended = bool(self._problems or self._more)
            text = "\n".join([*self._mended, ""]) if is_mended else self._text
            self._columns.mended = self._mended
            reader = Reader(
                text, self._lines, self._file, empty=self._emptied, written_at=self._columns.of
            )
            try:
                data = reader.data()
            except yaml.MarkedYAMLError as error:
                self._take_out(not_yaml(error, self._mended, self._file))
                continue
            if reader.joined:
                self._separate(reader.joined)
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
                (*self._problems.values(), *self._more, *reader.problems),
                frozenset(reader.unread),
                reader.comments,
            )
        found = (*self._problems.values(), *self._more)
        return Document(self._file, self._text, None, {}, {}, found)

    def _separate(self, joined: Sequence[Joined]) -> None:
        """Note keys without a space after their colon, and insert the spaces."""
        mended = [*self._mended]
        for one in sorted(joined, reverse=True):
            line, behind = mended[one.row], one.column + len(one.name) + 1
            mended[one.row] = f"{line[:behind]} {line[behind:]}"
            column = self._columns.of(one.row, one.column)
            width = len(one.name) + 1 + len(one.rest)
            location = location_in(self._lines, self._file, one.row + 1, column + 1, width)
            what = f'"{one.name}:{one.rest}" has no space after its colon'
            # A text in quotes ended at its first comma.
            near = f"{one.name}: {one.rest}" if one.rest[0] not in "\"'" else f"{one.name}: …"
            self._more.append(
                Problem(location, dotted(one.path), what, "a space before the value", near)
            )
        self._mended = mended

    def _mend_margins(self) -> None:
        """Correct odd spaces in the indentation first, if the parser reads the text otherwise.

        The parser stops behind such a line, or reads it as part of a text, so the steps below it
        seem to be wrong.
        """
        if (marks := byte_order_marks(self._lines, self._file)) is not None:
            self._take_out(marks)
        lines = self._mended
        row = first_odd_margin(lines)
        if row is None:
            return
        found = odd_spaces(lines, row, self._file)
        plain = [found.meant.get(at, line) for at, line in enumerate(lines)]
        if _structure("\n".join(plain)) != _structure("\n".join(lines)):
            self._take_out(found)

    def _take_out(self, stumble: Stumble) -> None:
        """Note a part that is no YAML; correct it, or else remove it."""
        location = stumble.problem.location
        row = location.line - 1
        column = self._columns.of(row, location.column - 1)
        meant = [stumble.meant.get(at, line) for at, line in enumerate(self._mended)]
        if row not in self._problems and meant != self._mended:
            self._mended = meant
        else:
            self._mended, emptied = without_block(self._mended, row, self._emptied)
            self._emptied |= {emptied} if emptied is not None else set()
        # A second error in the same line often comes from the correction of the first.
        location = location_in(self._lines, self._file, location.line, column + 1, location.width)
        problem = replace(stumble.problem, location=location, where=part_of(self._lines, row))
        self._problems.setdefault(row, problem)


def _structure(text: str) -> list[str]:
    """The kinds of the parser's events, as far as it gets."""
    kinds = []
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            kinds.append(type(event).__name__)
    except yaml.YAMLError:
        kinds.append("error")
    return kinds


def part_of(lines: Sequence[str], row: int) -> str:
    """Name the step or the parameter that a line belongs to, by the indentation; '' for neither."""
    row = min(row, len(lines) - 1)
    top = next((at for at in range(row, -1, -1) if _margin(lines[at]) == 0), row)
    section = next((name for name in ("steps", "params") if lines[top].startswith(f"{name}:")), "")
    inside = [margin for line in lines[top + 1 : row + 1] if (margin := _margin(line)) is not None]
    if not section or not inside:
        return ""
    at = next(at for at in range(row, top, -1) if (_margin(lines[at]) or 0) <= inside[0])
    found = re.match(r"\s*([A-Za-z_]\w*):", lines[at])
    return f"{section}.{found[1]}" if found is not None and _margin(lines[at]) == inside[0] else ""


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


LONGEST_COMPARED = 120
"""The most characters of a line's corrected part that are compared: comparing takes time."""


class Columns:
    """Finds the column in the file of a place in the corrected text; all counted from 0.

    Args:
        lines: The lines of the file.

    Attributes:
        mended: The corrected lines, one for each line of the file.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self.mended: Sequence[str] = lines
        self._known: dict[int, tuple[str, list[tuple[int, int, int, int]]]] = {}

    def of(self, row: int, column: int) -> int:
        """Find the column; a place in a part that was inserted becomes the place behind it."""
        if row >= len(self._lines) or self.mended[row] is self._lines[row]:
            return column
        line, mended = self._lines[row], self.mended[row]
        for start, end, first, last in self._parts(row, line, mended):
            if start <= column < end:
                return first + min(column - start, max(0, last - first - 1))
        return len(line) + column - len(mended)

    def _parts(self, row: int, line: str, mended: str) -> list[tuple[int, int, int, int]]:
        """Pair the parts of the corrected line with those of the file's line."""
        known = self._known.get(row)
        if known is None or known[0] != mended:
            # The margins are compared by themselves: they differ in kind and in length.
            shift = len(line) - len(line.lstrip()), len(mended) - len(mended.lstrip())
            parts = [
                (start + shift[1], end + shift[1], first + shift[0], last + shift[0])
                for start, end, first, last in _pairs(mended.lstrip(), line.lstrip())
            ]
            known = self._known[row] = mended, [(0, shift[1], 0, shift[0]), *parts]
        return known[1]


def _pairs(mended: str, line: str) -> list[tuple[int, int, int, int]]:
    """Pair the parts of a corrected text with those of the text, both without their margins."""
    before = _alike(mended, line)
    behind = _alike(mended[before:][::-1], line[before:][::-1])
    new, old = mended[before : len(mended) - behind], line[before : len(line) - behind]
    middle = [(0, len(new), 0, len(old))]
    if max(len(new), len(old)) <= LONGEST_COMPARED:
        matcher = SequenceMatcher(None, new, old, autojunk=False)
        middle = [(start, end, first, last) for _, start, end, first, last in matcher.get_opcodes()]
    moved = [
        (start + before, end + before, first + before, last + before)
        for start, end, first, last in middle
    ]
    end = (len(mended) - behind, len(mended), len(line) - behind, len(line))
    return [(0, before, 0, before), *moved, end]


def _alike(one: str, other: str) -> int:
    """Count the characters at the beginning that two texts share."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
