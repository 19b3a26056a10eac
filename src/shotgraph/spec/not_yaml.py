"""Text that is not YAML: the problem in words, its location, and a corrected reading.

libyaml reports the place where it stops; that is often a line below the mistake.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from yaml import CSafeLoader, MarkedYAMLError, ScalarToken, YAMLError, scan  # type: ignore[import-untyped]

from shotgraph.spec.problem import Location, Problem

# Characters that YAML 1.2.2 (5.1) does not allow. The parser refuses them without a location.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
KEY = re.compile(r"\s*(?:- +)*[\w.$-]+ *:(?=[ \t]|$)")
"""The beginning of a line with a key."""
_ODD = "\xa0\xad\u1680\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff"
"""Spaces that are none to YAML, and signs of no width."""
_MARGIN = re.compile(rf"[\s{_ODD}]*")
_ODD_MARGIN = re.compile(rf"^[ \t]*(?=[\s{_ODD}])[^ \t\n]", re.MULTILINE)
_ENTRY = re.compile(r"(\s*(?:- +)*[\w.$-]+:\s+)(\S.*)")
_QUOTES = "quotes around the whole value; inside of them, '' is ' and \\\" is \""
_ONE_COLUMN = "keys of one mapping in one column"
_IN_QUOTES = "a text with any of {}[], inside only in quotes"


@dataclass(frozen=True)
class Stumble:
    """An error of the parser.

    Attributes:
        problem: The error, in words.
        meant: The corrected lines by row, counted from 0; empty if no correction can be guessed.
    """

    problem: Problem
    meant: Mapping[int, str] = field(default_factory=dict)


def forbidden_character(text: str, file: str) -> Problem | None:
    """Find the first character that YAML does not allow anywhere."""
    found = _FORBIDDEN.search(text)
    if found is None:
        return None
    lines = f"{text[: found.start()]}.".splitlines()
    location = Location(file, len(lines), len(lines[-1]))
    what = f"this is not YAML: it holds the character U+{ord(found[0]):04X}"
    return Problem(location, "", what, "text without control characters")


def not_yaml(error: MarkedYAMLError, lines: Sequence[str], file: str) -> Stumble:
    """Explain an error of the parser in words."""
    return _Explainer(error, lines, file).stumble()


def location_in(
    lines: Sequence[str], file: str, line: int, column: int, width: int = 1
) -> Location:
    """Make a location; a place after the end of the text becomes its end."""
    if line > len(lines):
        return Location(file, max(1, len(lines)), len(lines[-1]) + 1 if lines else 1)
    return Location(file, line, min(column, len(lines[line - 1]) + 1), max(1, width))


class _Explainer:
    """Explains one error; lines and columns count from 0 here."""

    def __init__(self, error: MarkedYAMLError, lines: Sequence[str], file: str) -> None:
        self._lines = lines
        self._file = file
        self._said = error.problem or ""
        self._while = error.context or ""
        mark = error.problem_mark or error.context_mark
        context = error.context_mark or mark
        self._row: int = mark.line if mark else 0
        self._column: int = mark.column if mark else 0
        self._from_row: int = context.line if context else 0
        self._from_column: int = context.column if context else 0
        self._char = self._line(self._row)[self._column : self._column + 1]

    def stumble(self) -> Stumble:
        """Find the first explanation that fits."""
        found = (
            self._odd_space()
            or self._quotes()
            or self._beginnings()
            or self._missing_colon()
            or self._in_braces()
            or self._in_blocks()
        )
        if found is None:
            said = " ".join(part for part in (self._said, self._while) if part)
            found = self._at(self._row, self._column, said)
        return found

    def _line(self, row: int) -> str:
        return self._lines[row] if 0 <= row < len(self._lines) else ""

    def _at(
        self,
        row: int,
        column: int,
        said: str,
        allowed: str = "",
        *,
        nearest: str = "",
        meant: str | None = None,
        width: int = 1,
    ) -> Stumble:
        location = location_in(self._lines, self._file, row + 1, column + 1, width)
        said = f"this is not YAML: {said}"
        return Stumble(Problem(location, "", said, allowed, nearest), {row: meant} if meant else {})

    def _before(self, row: int) -> int:
        """The last row before this row that holds more than a comment; -1 if there is none."""
        rows = range(row - 1, -1, -1)
        return next((one for one in rows if content(self._line(one))), -1)

    def _odd_space(self) -> Stumble | None:
        for row in (self._row, self._from_row):
            if odd_margin(self._line(row)):
                return odd_spaces(self._lines, row, self._file)
        if self._char == "\t" or "tab character" in self._said:
            tabs = {
                row: _margin_text(line).expandtabs(2) + line.lstrip()
                for row, line in enumerate(self._lines)
                if "\t" in _margin_text(line)
            }
            what = f"a tab where a value begins{_and_more(len(tabs) - 1)}"
            found = self._at(self._row, self._column, what, "spaces to indent with")
            return Stumble(found.problem, tabs)
        return None

    def _quotes(self) -> Stumble | None:
        if "quoted scalar" in self._while and "end of stream" in self._said:
            what = "the quote that opens here is never closed"
            return self._at(self._from_row, self._from_column, what)
        if self._said == "found unknown escape character":
            line = self._line(self._row)
            escape = line[self._column : self._column + 2]
            what = f'a backslash in double quotes begins an escape, but "{escape}" is not an escape'
            allowed = "/ between the folders of a path; a \\ only in 'single quotes'"
            meant = line[: self._column] + line[self._column :].replace("\\", "/")
            return self._at(self._row, self._column, what, allowed, meant=meant)
        quoted = self._quoted_before()
        if quoted is None:
            return None
        start, end = quoted.start_mark, quoted.end_mark
        if start.line < end.line:
            what = f"the quote that opens here is not closed before line {end.line + 1}"
            return self._at(start.line, start.column, what)
        between = self._line(self._row)[end.column : self._column]
        if end.line == self._row and not between.strip() and self._char not in ",}]:":
            what = "the text in quotes ends before this place"
            return self._at(
                self._row, self._column, what, _QUOTES, meant=self._requoted(start.column)
            )
        return None

    def _quoted_before(self) -> ScalarToken | None:
        """The last text in quotes before the parser stopped, or None."""
        last = None
        try:
            for token in scan("\n".join(self._lines), Loader=CSafeLoader):
                start = (token.start_mark.line, token.start_mark.column)
                if start >= (self._row, self._column):
                    break
                last = token if isinstance(token, ScalarToken) and token.style else last
        except YAMLError:
            pass
        return last if last is not None and last.style in ("'", '"') else None

    def _requoted(self, column: int) -> str | None:
        found = _ENTRY.fullmatch(self._line(self._row))
        return _quoted(found) if found is not None and len(found[1]) == column else None

    def _beginnings(self) -> Stumble | None:
        """Explain a character that can't begin a value."""
        row, column = self._row, self._column
        if self._while in ("while scanning an alias", "while scanning an anchor"):
            row, column = self._from_row, self._from_column
        elif not self._said.startswith("found character that cannot start any token"):
            return self._headers()
        char = self._line(row)[column : column + 1]
        what = f'a value can\'t begin with "{char}"'
        entry = _ENTRY.fullmatch(self._line(row))
        meant = _quoted(entry) if entry is not None and len(entry[1]) == column else None
        return self._at(row, column, what, "the same value in quotes", meant=meant)

    def _headers(self) -> Stumble | None:
        if self._while == "while scanning a block scalar":
            mark = self._line(self._from_row)[self._from_column : self._from_column + 1]
            what = f'the text after a "{mark}" begins on the next line'
            allowed = f'the text in quotes, or below, indented; nothing after the "{mark}"'
            entry = _ENTRY.fullmatch(self._line(self._from_row))
            meant = _quoted(entry) if entry is not None else None
            return self._at(self._row, self._column, what, allowed, meant=meant)
        if self._said.startswith("block sequence entries are not allowed"):
            what = "a list of lines begins on a line of its own"
            allowed = (
                '[one, two]; or below, each after "- "; a text that begins with "- " only in quotes'
            )
            return self._at(self._row, self._column, what, allowed)
        return None

    def _missing_colon(self) -> Stumble | None:
        if self._said == "could not find expected ':'":
            return self._no_colon(self._from_row)
        if not self._said.startswith("mapping values are not allowed"):
            return None
        line = self._line(self._row)
        key = KEY.match(line)
        before = self._before(self._row)
        if key is None or key.end() - 1 != self._column or before < 0:
            allowed = 'a text with ": " inside only in quotes'
            entry = _ENTRY.fullmatch(line)
            meant = _quoted(entry) if entry is not None else None
            what = 'a second ": " in one line'
            return self._at(self._row, self._column, what, allowed, meant=meant)
        if KEY.match(self._line(before)) is None:
            return self._no_colon(before)
        what = f"this is indented as if it belonged to line {before + 1}, which already has a value"
        column = len(line) - len(line.lstrip())
        return self._at(self._row, column, what, _ONE_COLUMN, width=self._column - column)

    def _no_colon(self, row: int) -> Stumble:
        line = self._line(row)
        text = content(line)
        margin = len(line) - len(line.lstrip())
        what, nearest = f'"{_short(text)}" has no colon', ""
        found: re.Match[str] | None
        if (found := re.fullmatch(r"([\w.-]+) *= *(.*)", text)) is not None:
            nearest = f"{found[1]}: {found[2]}"
        elif (found := re.fullmatch(rf"([\w.-]+)([{_ODD}]*):([{_ODD}]*)(.*)", text)) and (
            odd := found[2] + found[3]
        ):
            what = f"a space that YAML does not know (U+{ord(odd[0]):04X}) beside a colon"
            nearest = f"{found[1]}: {found[4].strip()}"
        elif (found := re.fullmatch(r"([\w.-]+):(\S.*)", text)) is not None:
            what = f'"{_short(text)}" has no space after its colon'
            nearest = f"{found[1]}: {found[2]}"
        elif (found := re.fullmatch(r"([\w.-]+)(?: +(.+))?", text)) is not None:
            nearest = f"{found[1]}: {found[2]}" if found[2] else f"{found[1]}:"
        meant = line[:margin] + nearest if nearest else None
        allowed = "a key, a colon, and a space before the value"
        return self._at(
            row, margin, what, allowed, nearest=_short(nearest), meant=meant, width=len(text)
        )

    def _in_braces(self) -> Stumble | None:
        if not self._said.startswith("did not find expected ',' or"):
            return None
        line, opened = self._line(self._row), self._line(self._from_row)
        brace = opened[self._from_column : self._from_column + 1]
        before = line[: self._column].rstrip()
        word = re.search(r"[\w.-]+$", before)
        is_left = len(_margin_text(line)) <= len(_margin_text(opened))
        if self._row > self._from_row and (self._row >= len(self._lines) or is_left):
            what = f'the "{brace}" that opens here is never closed'
            return self._at(self._from_row, self._from_column, what)
        if self._char in ("}", "]"):
            what = f'a "{self._char}" where the "{brace}" of column {self._from_column + 1} is open'
            return self._at(self._row, self._column, what, _IN_QUOTES)
        if self._char == ":" and word is not None:
            what = f'no comma before "{word[0]}"'
            allowed = 'a comma between two entries; a text with ": " inside only in quotes'
            return self._at(self._row, word.start(), what, allowed, width=len(word[0]))
        if self._char in ("{", "[") and word is not None and before[word.start() - 1] in "{, ":
            what = f'no colon between "{word[0]}" and "{self._char}"'
            nearest = f"{word[0]}: {self._char}"
            meant = f"{line[: word.end()]}: {line[self._column :]}"
            return self._at(self._row, self._column, what, _IN_QUOTES, nearest=nearest, meant=meant)
        if self._char in ("{", "["):
            what = f'a "{self._char}" inside of a text without quotes'
            return self._at(self._row, self._column, what, _IN_QUOTES)
        if self._row > self._from_row and not before:
            row = self._before(self._row)
            above = self._line(row).rstrip()
            what = "no comma at the end of this line"
            return self._at(row, len(above), what, meant=f"{above},")
        what = f'this does not belong inside of the "{brace}" of column {self._from_column + 1}'
        return self._at(self._row, self._column, what, _IN_QUOTES)

    def _in_blocks(self) -> Stumble | None:
        line = self._line(self._row)
        if self._said == "did not find expected <document start>" and self._before(self._row) >= 0:
            first = next(row for row in range(self._row) if content(self._line(row)))
            margin = len(self._line(first)) - len(self._line(first).lstrip())
            what = "the first key is indented, and those below it are not"
            meant = self._line(first).lstrip()
            return self._at(first, margin, what, "all sections at the left margin", meant=meant)
        if self._said == "did not find expected '-' indicator":
            allowed = 'items of one list in one column, each after "- "'
            return self._at(
                self._row, self._column, "this is not an item of the list above", allowed
            )
        if self._said != "did not find expected key":
            return None
        before = line[: self._column].strip()
        if self._char and self._char in ",}]" and before:
            what = f'a "{self._char}" that belongs to no value'
            meant = line[: self._column] + line[self._column + 1 :]
            return self._at(self._row, self._column, what, "nothing after a value", meant=meant)
        if before:
            what = "this follows a value that is already complete"
            allowed = "a text that begins with any of {}[] only in quotes"
            entry = _ENTRY.fullmatch(line)
            whole = _quoted(entry) if entry is not None else None
            return self._at(self._row, self._column, what, allowed, meant=whole)
        what = f"no key above is in column {self._column + 1}"
        return self._at(self._row, self._column, what, _ONE_COLUMN)


def content(line: str) -> str:
    """Give a line without its comment and the spaces around it."""
    return re.sub(r"(^|\s)#.*", "", line).strip()


def odd_spaces(lines: Sequence[str], row: int, file: str) -> Stumble:
    """Report indentation with characters that YAML does not count as spaces (from web pages)."""
    odd = odd_margin(lines[row])
    location = Location(file, row + 1, lines[row].index(odd) + 1)
    plain = {
        row: " " * len(margin := _margin_text(line)) + line[len(margin) :]
        for row, line in enumerate(lines)
        if odd_margin(line)
    }
    said = (
        f"this is not YAML: a space that YAML does not know (U+{ord(odd):04X}) in the indentation"
    )
    said += _and_more(len(plain) - 1)
    return Stumble(Problem(location, "", said, "spaces to indent with"), plain)


def _and_more(lines: int) -> str:
    return (
        f", and in {lines} more lines" if lines > 1 else ", and in one more line" if lines else ""
    )


def _margin_text(line: str) -> str:
    return _MARGIN.match(line)[0]  # type: ignore[index]  # it matches any line


def odd_margin(line: str) -> str:
    """Give the first character that indents a line and is neither a space nor a tab, or ''."""
    return next((char for char in _margin_text(line) if char not in " \t"), "")


def first_odd_margin(lines: Sequence[str]) -> int | None:
    """Find the first line with an odd margin; None if there is none."""
    text = "\n".join(lines)
    found = _ODD_MARGIN.search(text)
    return text.count("\n", 0, found.start()) if found is not None else None


def _quoted(entry: re.Match[str]) -> str:
    value = entry[2].replace("\\", "\\\\").replace('"', '\\"')
    return f'{entry[1]}"{value}"'


def _short(text: str) -> str:
    return f"{text[:57]}…" if len(text) > 60 else text
