"""Text that is not YAML: the problem in words, its location, and a corrected reading.

libyaml reports the place where it stops; that is often a line below the mistake.
"""

import re
from collections.abc import Sequence
from html import unescape

from yaml import CSafeLoader, MarkedYAMLError, ScalarToken, YAMLError, scan  # type: ignore[import-untyped]

from shotgraph.spec.hidden_characters import ODD_SPACES
from shotgraph.spec.odd_spaces import odd_margin, odd_spaces
from shotgraph.spec.slips import (
    FENCE,
    FULL_KEY,
    FULL_WIDTH,
    IN_QUOTES,
    KEY,
    Slips,
    Stumble,
    and_more,
    content,
    short,
)

_MARGIN = re.compile(rf"[\s{ODD_SPACES}]*")
_ENTRY = re.compile(r"(\s*(?:- +)*[\w.$-]+:\s+)(\S.*)")
_QUOTES = "quotes around the whole value; inside of them, '' is ' and \\\" is \""
_ONE_COLUMN = "keys of one mapping in one column"


def not_yaml(error: MarkedYAMLError, lines: Sequence[str], file: str) -> Stumble:
    """Explain an error of the parser in words."""
    return _Explainer(error, lines, file).stumble()


class _Explainer(Slips):
    """Explains one error; lines and columns count from 0 here."""

    def __init__(self, error: MarkedYAMLError, lines: Sequence[str], file: str) -> None:
        super().__init__(lines, file)
        self._said = error.problem or ""
        self._while = error.context or ""
        mark = error.problem_mark or error.context_mark
        context = error.context_mark or mark
        self._row: int = mark.line if mark else 0
        self._column: int = mark.column if mark else 0
        self._from_row: int = context.line if context else 0
        self._from_column: int = context.column if context else 0
        self._char = self.line(self._row)[self._column : self._column + 1]

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
            found = self.at(self._row, self._column, said)
        return found

    def _odd_space(self) -> Stumble | None:
        for row in (self._row, self._from_row):
            if odd_margin(self.line(row)):
                return odd_spaces(self._lines, row, self._file)
        if self._char == "\t" or "tab character" in self._said:
            tabs = {
                row: _margin_text(line).expandtabs(2) + line.lstrip()
                for row, line in enumerate(self._lines)
                if "\t" in _margin_text(line)
            }
            what = f"a tab where a value begins{and_more(len(tabs) - 1)}"
            found = self.at(self._row, self._column, what, "spaces to indent with")
            return Stumble(found.problem, tabs)
        return None

    def _quotes(self) -> Stumble | None:
        if "quoted scalar" in self._while and "end of stream" in self._said:
            if (found := self.joined_quote(self._from_row, self._from_column)) is not None:
                return found
            what = "the quote that opens here is never closed"
            return self.at(self._from_row, self._from_column, what)
        if self._said == "found unknown escape character":
            line = self.line(self._row)
            escape = line[self._column : self._column + 2]
            what = f'a backslash in double quotes begins an escape, but "{escape}" is not an escape'
            allowed = "/ between the folders of a path; a \\ only in 'single quotes'"
            meant = line[: self._column] + line[self._column :].replace("\\", "/")
            return self.at(self._row, self._column, what, allowed, meant=meant)
        quoted = self._quoted_before()
        if quoted is None:
            return None
        start, end = quoted.start_mark, quoted.end_mark
        if start.line < end.line:
            what = f"the quote that opens here is not closed before line {end.line + 1}"
            return self.at(start.line, start.column, what)
        between = self.line(self._row)[end.column : self._column]
        if end.line == self._row and not between.strip() and self._char not in ",}]:":
            what = "the text in quotes ends before this place"
            return self.at(
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
        found = _ENTRY.fullmatch(self.line(self._row))
        return _quoted(found) if found is not None and len(found[1]) == column else None

    def _beginnings(self) -> Stumble | None:
        """Explain a character that can't begin a value."""
        row, column = self._row, self._column
        if self._while in ("while scanning an alias", "while scanning an anchor"):
            row, column = self._from_row, self._from_column
        elif not self._said.startswith("found character that cannot start any token"):
            return self._headers()
        if FENCE.match(self.line(row)):
            return self.fences(row)
        if (item := re.match(r"(\s*)\* +(.*)", self.line(row))) is not None:
            return self.bullets(row, item)
        char = self.line(row)[column : column + 1]
        what = f'a value can\'t begin with "{char}"'
        if (entity := re.match(r"&(\w+|#\d+);", self.line(row)[column:])) is not None:
            what += f'; "{entity[0]}" is HTML for "{unescape(entity[0])}"'
        entry = _ENTRY.fullmatch(self.line(row))
        meant = _quoted(entry) if entry is not None and len(entry[1]) == column else None
        return self.at(row, column, what, "the same value in quotes", meant=meant)

    def _headers(self) -> Stumble | None:
        if self._while == "while scanning a block scalar":
            mark = self.line(self._from_row)[self._from_column : self._from_column + 1]
            what = f'the text after a "{mark}" begins on the next line'
            allowed = f'the text in quotes, or below, indented; nothing after the "{mark}"'
            entry = _ENTRY.fullmatch(self.line(self._from_row))
            meant = _quoted(entry) if entry is not None else None
            return self.at(self._row, self._column, what, allowed, meant=meant)
        if self._said.startswith("block sequence entries are not allowed"):
            what = "a list of lines begins on a line of its own"
            allowed = (
                '[one, two]; or below, each after "- "; a text that begins with "- " only in quotes'
            )
            return self.at(self._row, self._column, what, allowed)
        return None

    def _missing_colon(self) -> Stumble | None:
        if self._said == "could not find expected ':'":
            return self._no_colon(self._from_row)
        if not self._said.startswith("mapping values are not allowed"):
            return None
        line = self.line(self._row)
        joined = re.match(r"(\s*(?:- +)*)([\w.-]+):(?=[{\[\"'])", line)
        if joined is not None:
            return self.joined(self._row, joined)
        if (opened := re.match(r"(\s*(?:- +)*[\w.-]+) +(?=[{\[])", line)) is not None:
            return self.no_colon_before(self._row, opened[1])
        key = KEY.match(line)
        before = self.before(self._row)
        if key is None or key.end() - 1 != self._column or before < 0:
            allowed = 'a text with ": " inside only in quotes'
            entry = _ENTRY.fullmatch(line)
            meant = _quoted(entry) if entry is not None else None
            what = 'a second ": " in one line'
            return self.at(self._row, self._column, what, allowed, meant=meant)
        if KEY.match(self.line(before)) is None:
            return self._no_colon(before)
        what = f"this is indented as if it belonged to line {before + 1}, which already has a value"
        column = len(line) - len(line.lstrip())
        return self.at(self._row, column, what, _ONE_COLUMN, width=self._column - column)

    def _no_colon(self, row: int) -> Stumble:
        line = self.line(row)
        text = content(line)
        margin = len(line) - len(line.lstrip())
        what, nearest = f'"{short(text)}" has no colon', ""
        found: re.Match[str] | None
        if FENCE.match(line):
            return self.fences(row)
        if (block := self.not_indented(row)) is not None:
            return block
        if (comment := self.comment_of_another(row)) is not None:
            return comment
        if (dash := re.match(r"(\s*)-(?=[^\s-])", line)) is not None:
            return self.dash_without_space(row, dash)
        if FULL_KEY.match(line):
            return self.full_width(row)
        if (found := re.fullmatch(r"([\w.-]+) *= *(.*)", text)) is not None:
            nearest = f"{found[1]}: {found[2]}"
        elif (
            found := re.fullmatch(rf"([\w.-]+)([{ODD_SPACES}]*):([{ODD_SPACES}]*)(.*)", text)
        ) and (odd := found[2] + found[3]):
            what = f"a space that YAML does not know (U+{ord(odd[0]):04X}) beside a colon"
            nearest = f"{found[1]}: {found[4].strip()}"
        elif (found := re.fullmatch(r"([\w.-]+):(\S.*)", text)) is not None:
            what = f'"{short(text)}" has no space after its colon'
            nearest = f"{found[1]}: {found[2]}"
        elif (found := re.fullmatch(r"([\w.-]+)(?: +(.+))?", text)) is not None:
            nearest = f"{found[1]}: {found[2]}" if found[2] else f"{found[1]}:"
        meant = line[:margin] + nearest if nearest else None
        allowed = "a key, a colon, and a space before the value"
        return self.at(
            row, margin, what, allowed, nearest=short(nearest), meant=meant, width=len(text)
        )

    def _slip_in_braces(self) -> Stumble | None:
        inside = range(self._from_row, min(self._row + 1, len(self._lines)))
        for row in inside:
            if (comment := self.comment_of_another(row)) is not None:
                return comment
        for row in (self._row, self._from_row):
            if any(char in FULL_WIDTH for char in self.line(row)):
                return self.full_width(row)
        return self.joined_quote(self._row, self._column)

    def _in_braces(self) -> Stumble | None:
        if not self._said.startswith("did not find expected ',' or"):
            return None
        if (slip := self._slip_in_braces()) is not None:
            return slip
        line, opened = self.line(self._row), self.line(self._from_row)
        brace = opened[self._from_column : self._from_column + 1]
        before = line[: self._column].rstrip()
        word = re.search(r"[\w.-]+$", before)
        is_left = len(_margin_text(line)) <= len(_margin_text(opened))
        if self._row > self._from_row and (self._row >= len(self._lines) or is_left):
            if (cut := self.cut_by_a_comment(self._from_row, self._from_column)) is not None:
                return cut
            what = f'the "{brace}" that opens here is never closed'
            return self.at(self._from_row, self._from_column, what)
        if self._char in ("}", "]"):
            what = f'a "{self._char}" where the "{brace}" of column {self._from_column + 1} is open'
            return self.at(self._row, self._column, what, IN_QUOTES)
        if self._char == ":" and word is not None:
            what = f'no comma before "{word[0]}"'
            allowed = 'a comma between two entries; a text with ": " inside only in quotes'
            return self.at(self._row, word.start(), what, allowed, width=len(word[0]))
        if self._char in ("{", "[") and word is not None and before[word.start() - 1] in "{, ":
            return self.no_colon_before(self._row, line[: word.end()])
        if self._char in ("{", "["):
            what = f'a "{self._char}" inside of a text without quotes'
            return self.at(self._row, self._column, what, IN_QUOTES)
        if self._row > self._from_row and not before:
            row = self.before(self._row)
            above = self.line(row).rstrip()
            what = "no comma at the end of this line"
            return self.at(row, len(above), what, meant=f"{above},")
        what = f'this does not belong inside of the "{brace}" of column {self._from_column + 1}'
        return self.at(self._row, self._column, what, IN_QUOTES)

    def _in_blocks(self) -> Stumble | None:
        line = self.line(self._row)
        if self._said == "did not find expected <document start>" and self.before(self._row) >= 0:
            first = next(row for row in range(self._row) if content(self.line(row)))
            margin = len(self.line(first)) - len(self.line(first).lstrip())
            what = "the first key is indented, and those below it are not"
            meant = self.line(first).lstrip()
            return self.at(first, margin, what, "all sections at the left margin", meant=meant)
        if self._said == "did not find expected '-' indicator":
            allowed = 'items of one list in one column, each after "- "'
            return self.at(
                self._row, self._column, "this is not an item of the list above", allowed
            )
        if self._said != "did not find expected key":
            return None
        before = line[: self._column].strip()
        if self._char and self._char in ",}]" and before:
            what = f'a "{self._char}" that belongs to no value'
            meant = line[: self._column] + line[self._column + 1 :]
            return self.at(self._row, self._column, what, "nothing after a value", meant=meant)
        if before:
            what = "this follows a value that is already complete"
            allowed = "a text that begins with any of {}[] only in quotes"
            entry = _ENTRY.fullmatch(line)
            whole = _quoted(entry) if entry is not None else None
            return self.at(self._row, self._column, what, allowed, meant=whole)
        above = self.line(self.before(self._row))
        if KEY.match(line) is None and KEY.match(above) is None:
            text = content(line)
            what = f'"{short(text)}" is less indented than the text above it'
            meant = " " * (len(above) - len(above.lstrip())) + line.lstrip()
            allowed = "the lines of a text in one column"
            return self.at(self._row, self._column, what, allowed, meant=meant, width=len(text))
        what = f"no key above is in column {self._column + 1}"
        return self.at(self._row, self._column, what, _ONE_COLUMN)


def _margin_text(line: str) -> str:
    return _MARGIN.match(line)[0]  # type: ignore[index]  # it matches any line


def _quoted(entry: re.Match[str]) -> str:
    value = entry[2].replace("\\", "\\\\").replace('"', '\\"')
    return f'{entry[1]}"{value}"'
