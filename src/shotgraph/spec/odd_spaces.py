"""Characters that YAML forbids, and spaces that are none to YAML, as web pages have them."""

import re
from collections.abc import Sequence

from shotgraph.spec.hidden_characters import ODD_SPACES
from shotgraph.spec.problem import Location, Problem
from shotgraph.spec.slips import Stumble, and_more

# Characters that YAML 1.2.2 (5.1) does not allow. The parser refuses them without a location.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LEAD = re.compile(rf"[\s{ODD_SPACES}]*(?:-[\s{ODD_SPACES}]+)*")
_ODD_LEAD = re.compile(rf"^(?:[ \t]|-(?=[ \t]))*-?(?=[\s{ODD_SPACES}])[^- \t\n]", re.MULTILINE)


def forbidden_character(text: str, file: str) -> Problem | None:
    """Find the first character that YAML does not allow anywhere."""
    found = _FORBIDDEN.search(text)
    if found is None:
        return None
    lines = f"{text[: found.start()]}.".splitlines()
    location = Location(file, len(lines), len(lines[-1]))
    what = f"this is not YAML: it holds the character U+{ord(found[0]):04X}"
    return Problem(location, "", what, "text without control characters")


def odd_spaces(lines: Sequence[str], row: int, file: str) -> Stumble:
    """Report indentation with characters that YAML does not count as spaces (from web pages)."""
    odd = odd_margin(lines[row])
    column = next(at for at, char in enumerate(lines[row]) if char == odd)
    place = "after a dash" if "-" in lines[row][:column] else "in the indentation"
    plain = {at: _plain_lead(line) for at, line in enumerate(lines) if odd_margin(line)}
    said = f"this is not YAML: a space that YAML does not know (U+{ord(odd):04X}) {place}"
    said += and_more(len(plain) - 1)
    location = Location(file, row + 1, column + 1)
    return Stumble(Problem(location, "", said, "spaces to indent with"), plain)


def _plain_lead(line: str) -> str:
    """Write plain spaces for the odd characters before a line's text."""
    lead = _LEAD.match(line)[0]  # type: ignore[index]  # it matches any line
    return re.sub("[^-]", " ", lead) + line[len(lead) :]


def byte_order_marks(lines: Sequence[str], file: str) -> Stumble | None:
    """Report lines that begin with a byte order mark, as in a file that was joined of several."""
    rows = {at: line.lstrip("\ufeff") for at, line in enumerate(lines) if line[:1] == "\ufeff"}
    if not rows:
        return None
    what = f"a byte order mark (U+FEFF) inside of the file{and_more(len(rows) - 1)}"
    location = Location(file, next(iter(rows)) + 1, 1)
    return Stumble(Problem(location, "", what, "one at most, at the beginning of the file"), rows)


def odd_margin(line: str) -> str:
    """Give the first character before a line's text that is no space, tab or dash, or ''."""
    lead = _LEAD.match(line)[0]  # type: ignore[index]  # it matches any line
    return next((char for char in lead if char not in "- \t"), "")


def first_odd_margin(lines: Sequence[str]) -> int | None:
    """Find the first line with an odd space before its text; None if there is none."""
    text = "\n".join(lines)
    found = _ODD_LEAD.search(text)
    return text.count("\n", 0, found.start()) if found is not None else None
