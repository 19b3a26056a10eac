"""A text that is not YAML → the problem with it, in words, and its place."""

import re
from collections.abc import Sequence

from yaml import MarkedYAMLError  # type: ignore[import-untyped]

from shotgraph.spec.problem import Place, Problem

# What YAML 1.2.2 (5.1) does not count as printable. The parser refuses it too, but not its place.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def forbidden_character(text: str, file: str) -> Problem | None:
    """Find the first character that YAML does not allow anywhere."""
    found = _FORBIDDEN.search(text)
    if found is None:
        return None
    lines = f"{text[: found.start()]}.".splitlines()
    place = Place(file, len(lines), len(lines[-1]))
    what = f"this is not YAML: it holds the character U+{ord(found[0]):04X}"
    return Problem(place, "", what, "text without control characters")


def not_yaml(error: MarkedYAMLError, lines: Sequence[str], file: str) -> Problem:
    """Say in words what the parser stumbled over."""
    unclosed = "quoted scalar" in (error.context or "") and "end of stream" in error.problem
    mark = error.context_mark if unclosed else error.problem_mark or error.context_mark
    place = place_in(lines, file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)
    if unclosed:
        said, allowed = "the quote that opens here is never closed", ""
    else:
        said, allowed = _in_words(error, _character_at(lines, place))
    return Problem(place, "", f"this is not YAML: {said}", allowed)


def place_in(lines: Sequence[str], file: str, line: int, column: int, width: int = 1) -> Place:
    """Make a place; the end of the text, for what the parser puts behind it."""
    if line > len(lines):
        return Place(file, max(1, len(lines)), len(lines[-1]) + 1 if lines else 1)
    return Place(file, line, column, max(1, width))


def _character_at(lines: Sequence[str], place: Place) -> str:
    return lines[place.line - 1][place.column - 1 : place.column] if lines else ""


def _in_words(error: MarkedYAMLError, character: str) -> tuple[str, str]:
    said = " ".join(part for part in (error.problem, error.context) if part)
    if said.startswith("found character that cannot start any token"):
        if character == "\t":
            return "a tab where a value begins", "spaces to indent with"
        return f'a value can\'t begin with "{character}"', "the same value in quotes"
    if said.startswith("mapping values are not allowed"):
        return said, 'a text with ": " inside only in quotes; keys of one mapping in one column'
    if said.startswith("did not find expected key"):
        return said, "keys of one mapping in one column"
    if said.startswith("did not find expected ','"):
        return said, "a text with any of {}[], inside only in quotes"
    return said, ""
