"""Read YAML text into a document: the parts that are YAML, and the problems of the rest."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import yaml  # type: ignore[import-untyped]

from shotgraph.spec.document import Document
from shotgraph.spec.not_yaml import (
    KEY,
    Stumble,
    content,
    forbidden_character,
    not_yaml,
    odd_margin,
    odd_spaces,
    place_in,
)
from shotgraph.spec.problem import Place, Problem, invalid
from shotgraph.spec.yaml_text import MAX_CHARACTERS, Reader

MOST_STUMBLES = 10
"""After how many mistakes in its YAML a text is given up."""


def read_document(text: str, file: str) -> Document:
    """Read YAML text.

    Raises:
        InvalidPipeline: The text is not YAML, or uses what the subset leaves out.
    """
    document = mended_document(text, file)
    if document.problems:
        raise invalid(document.problems, document.text)
    return document


def mended_document(text: str, file: str) -> Document:
    """Read YAML text as far as it can be read; the document has what is wrong with the rest.

    Raises:
        InvalidPipeline: The text is beyond the bounds, or holds what may stand in no text.
    """
    if len(text) > MAX_CHARACTERS:
        place = Place(file, 1, 1)
        what = f"the file is longer than {MAX_CHARACTERS} characters"
        raise invalid([Problem(place, "", what)], "")
    text = text.removeprefix("\ufeff")
    if (problem := forbidden_character(text, file)) is not None:
        raise invalid([problem], text)
    return _Mended(text, file).document()


class _Mended:
    """Reads a text that may not be YAML: wrong parts are taken out, and the rest is read again."""

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self._lines = text.splitlines()
        self._mended: Sequence[str] = [*self._lines]
        self._emptied: set[int] = set()
        self._problems: dict[int, Problem] = {}

    def document(self) -> Document:
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

    def _shifts(self) -> dict[int, int]:
        """By how many columns rows were moved to the right."""
        return {
            row: len(mended) - len(line)
            for row, (mended, line) in enumerate(zip(self._mended, self._lines, strict=True))
            if mended is not line and mended.lstrip() == line.lstrip()
        }

    def _take_out(self, stumble: Stumble) -> None:
        """Note a part that is no YAML; mend it, or else take it out."""
        place = stumble.problem.place
        row = place.line - 1
        meant = [stumble.meant.get(at, line) for at, line in enumerate(self._mended)]
        if row not in self._problems and meant != self._mended:
            self._mended = meant
        else:
            self._mended, emptied = without_block(self._mended, row, self._emptied)
            self._emptied |= {emptied} if emptied is not None else set()
        # A second error in the same line often comes from the mending of the first.
        place = place_in(self._lines, self._file, place.line, place.column, place.width)
        self._problems.setdefault(row, replace(stumble.problem, place=place))


def without_block(
    lines: Sequence[str], row: int, emptied: Collection[int]
) -> tuple[list[str], int | None]:
    """Leave out the smallest part of a file that holds a line: a step, a parameter, a section.

    Args:
        lines: The lines of the file.
        row: Which line, from 0.
        emptied: Rows of keys that were left without a value before: now they go too.

    Returns:
        As many lines, those of the part empty; and the row where its key stands, without a value,
        if it has one.
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
    """The column in which a line begins; None if it holds nothing."""
    return len(line) - len(line.lstrip(" ")) if content(line) else None
