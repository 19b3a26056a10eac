"""Slips of people who know other languages: a line that YAML can't read, and its meaning."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shotgraph.spec.problem import Location, Problem

KEY = re.compile(r"\s*(?:- +)*[\w.$-]+ *:(?=[ \t]|$)")
"""The beginning of a line with a key."""
FENCE = re.compile(r"\s*(```|~~~)")
_OTHER_COMMENTS = re.compile(r"(//|/\*|\*/|<!--|-->|;|--)\s*(.*)")
_COMMENT_END = re.compile(r"\s*(\*/|-->)$")
_JOINED_QUOTE = re.compile(r"(?<=[{,\s])([\w-]+):(?=[\"'])")
FULL_KEY = re.compile(r"(\s*(?:- +)*[\w.-]+) *：\s*")
IN_QUOTES = "a text with any of {}[], inside only in quotes"
FULL_WIDTH = {
    "：": ":",
    "，": ",",
    "｛": "{",
    "｝": "}",
    "［": "[",
    "］": "]",
    "＂": '"',
    "＄": "$",
}
"""Punctuation of Chinese and Japanese keyboards, and what YAML knows instead."""


@dataclass(frozen=True)
class Stumble:
    """An error of the parser.

    Attributes:
        problem: The error, in words.
        meant: The corrected lines by row, counted from 0; empty if no correction can be guessed.
    """

    problem: Problem
    meant: Mapping[int, str] = field(default_factory=dict)


def location_in(
    lines: Sequence[str], file: str, line: int, column: int, width: int = 1
) -> Location:
    """Make a location; a place after the end of the text becomes its end."""
    if line > len(lines):
        return Location(file, max(1, len(lines)), len(lines[-1]) + 1 if lines else 1)
    return Location(file, line, min(column, len(lines[line - 1]) + 1), max(1, width))


def content(line: str) -> str:
    """Give a line without its comment and the spaces around it."""
    return re.sub(r"(^|\s)#.*", "", line).strip()


def and_more(lines: int) -> str:
    """Count the further lines with the same fault, for the end of a sentence; '' for none."""
    return (
        f", and in {lines} more lines" if lines > 1 else ", and in one more line" if lines else ""
    )


class Slips:
    """Explains lines; rows and columns count from 0 here.

    Args:
        lines: The lines of the file.
        file: The file's name in messages.
    """

    def __init__(self, lines: Sequence[str], file: str) -> None:
        self._lines = lines
        self._file = file

    def line(self, row: int) -> str:
        """Give a line; '' if there is none."""
        return self._lines[row] if 0 <= row < len(self._lines) else ""

    def at(
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
        """Make a stumble at a place."""
        location = location_in(self._lines, self._file, row + 1, column + 1, width)
        said = f"this is not YAML: {said}"
        return Stumble(Problem(location, "", said, allowed, nearest), {row: meant} if meant else {})

    def before(self, row: int) -> int:
        """The last row before this row that holds more than a comment; -1 if there is none."""
        rows = range(row - 1, -1, -1)
        return next((one for one in rows if content(self.line(one))), -1)

    def fences(self, row: int) -> Stumble:
        """Report the lines around a text that was copied from a page in Markdown."""
        line = content(self.line(row))
        rows = {at: "" for at, one in enumerate(self._lines) if FENCE.match(one)}
        if len(rows) == 2:  # what an answer says before and after the file
            first, last = rows
            outside = (at for at in range(len(self._lines)) if not first < at < last)
            rows |= dict.fromkeys(outside, "")
        what = f'"{short(line)}" belongs to Markdown, and not to the file'
        marks = sum(FENCE.match(self.line(at)) is not None for at in rows)
        what += and_more(marks - 1)
        margin = len(self.line(row)) - len(self.line(row).lstrip())
        found = self.at(row, margin, what, "the lines between the two marks", width=len(line))
        return Stumble(found.problem, rows)

    def bullets(self, row: int, item: re.Match[str]) -> Stumble:
        """Report the bullets of another language, and read them as those of YAML."""
        rows = {
            at: re.sub(r"^(\s*)\*(?= )", r"\1-", one)
            for at, one in enumerate(self._lines)
            if re.match(r"\s*\* ", one)
        }
        what = f'a list item begins with "- ", not with "* "{and_more(len(rows) - 1)}'
        found = self.at(row, item.end(1), what, nearest=short(f"- {item[2]}"))
        return Stumble(found.problem, rows)

    def joined(self, row: int, joined: re.Match[str]) -> Stumble:
        """Report a key without a space between its colon and its value."""
        line = self.line(row)
        meant = f"{joined[0]} {line[joined.end() :]}"
        text = line[joined.end(1) :].rstrip()
        what = f'"{short(text)}" has no space after its colon'
        allowed = "a key, a colon, and a space before the value"
        near = short(meant.strip())
        margin = joined.end(1)
        return self.at(row, margin, what, allowed, nearest=near, meant=meant, width=len(text))

    def joined_quote(self, row: int, before: int) -> Stumble | None:
        """Report a text in quotes without a space before it, which ended at its first comma."""
        line = self.line(row)
        joined = _JOINED_QUOTE.search(line, 0, before)
        if joined is None:
            return None
        meant = _JOINED_QUOTE.sub(r"\1: ", line)
        what = f'"{joined[1]}:" has no space after its colon'
        near, at = f"{joined[1]}: {line[joined.end()]}…", joined.start(1)
        width = joined.end() - at
        return self.at(row, at, what, IN_QUOTES, nearest=near, meant=meant, width=width)

    def not_indented(self, row: int) -> Stumble | None:
        """Report a text of lines that is not indented below its ``|``."""
        before = self.line(self.before(row)) if self.before(row) >= 0 else ""
        line = self.line(row)
        margin = len(line) - len(line.lstrip())
        sign = re.search(r": +([|>])[-+]?\s*$", before)
        if sign is None or len(before) - len(before.lstrip()) < margin:
            return None
        rows = {}
        for at in range(row, len(self._lines)):
            text = self.line(at)
            if text.strip() and (KEY.match(text) or len(text) - len(text.lstrip()) < margin):
                break
            rows[at] = f"  {text}"
        what = f'the text below "{sign[1]}" is not indented{and_more(len(rows) - 1)}'
        allowed = "a text with more spaces before it than its key has"
        found = self.at(row, margin, what, allowed, width=len(line.strip()))
        return Stumble(found.problem, rows)

    def no_colon_before(self, row: int, before: str) -> Stumble:
        """Report a key that a brace follows without a colon."""
        rest = self.line(row)[len(before) :].lstrip()
        word = before.split()[-1].lstrip("{[,")
        what = f'no colon between "{word}" and "{rest[0]}"'
        column = len(self.line(row)) - len(rest)
        meant = f"{before}: {rest}"
        near = f"{word}: {rest[0]}"
        return self.at(row, column, what, IN_QUOTES, nearest=near, meant=meant)

    def full_width(self, row: int) -> Stumble:
        """Report the punctuation of another keyboard, and read it as that of YAML."""
        line = self.line(row)
        column = next(at for at, char in enumerate(line) if char in FULL_WIDTH)
        char = line[column]
        what = f'"{char}" (U+{ord(char):04X}) is no "{FULL_WIDTH[char]}" to YAML'
        rows = {
            at: FULL_KEY.sub(r"\1: ", one, count=1)
            for at, one in enumerate(self._lines)
            if FULL_KEY.match(one)
        }
        if row not in rows:
            rows = {row: "".join(FULL_WIDTH.get(one, one) for one in line).replace(",", ", ")}
        what += and_more(len(rows) - 1)
        found = self.at(row, column, what, nearest=short(rows[row].strip()))
        return Stumble(found.problem, rows)

    def comment_of_another(self, row: int) -> Stumble | None:
        """Report a comment as other languages have them: ``// the end``."""
        line = self.line(row)
        text = content(line)
        found = _OTHER_COMMENTS.fullmatch(text)
        if found is None:
            return None
        margin = len(line) - len(line.lstrip())
        nearest = f"# {_COMMENT_END.sub('', found[2])}"
        what, allowed = f'"{short(text)}" is no comment', 'a comment begins with "#"'
        meant, near, width = line[:margin] + nearest, short(nearest), len(text)
        return self.at(row, margin, what, allowed, nearest=near, meant=meant, width=width)

    def cut_by_a_comment(self, row: int, column: int) -> Stumble | None:
        """Report a comment that hides the end of a mapping: ``{colour: #ff0000, size: 8%}``."""
        line = self.line(row)
        found = re.compile(r"(?<=\s)#[^\s,}\]]*").search(line, column)
        if found is None or not re.search(r"[}\]]", line[found.start() :]):
            return None
        rest = short(line[found.start() :].rstrip())
        what = f'"{rest}" is a comment to YAML, and hides the end of what opens before it'
        is_colour = re.fullmatch(r"#[0-9a-fA-F]{3,8}", found[0]) is not None
        near = f'"{found[0]}"' if is_colour else ""
        meant = f"{line[: found.start()]}{near}{line[found.end() :]}" if is_colour else None
        allowed = 'a text with " #" inside only in quotes'
        width = len(found[0])
        return self.at(row, found.start(), what, allowed, nearest=near, meant=meant, width=width)

    def dash_without_space(self, row: int, dash: re.Match[str]) -> Stumble:
        """Report an item of a list without a space after its dash."""
        line = self.line(row)
        meant = f"{dash[0]} {line[dash.end() :]}"
        what = "no space after the dash of a list item"
        return self.at(row, dash.end(1), what, nearest=short(meant.strip()), meant=meant)


def short(text: str) -> str:
    """Cut a text to 60 characters."""
    return f"{text[:57]}…" if len(text) > 60 else text
