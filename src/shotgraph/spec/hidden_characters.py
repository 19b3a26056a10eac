"""Characters that look like others, or like nothing: control characters, odd spaces and quotes."""

import re
import unicodedata

ODD_SPACES = "\xa0\xad\u1680\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff"
"""Spaces that are none to YAML, and signs of no width; the inside of a regular expression."""
_WIDTHLESS = "\xad\u200b\u200c\u200d\u2060\ufeff"
ODD_CHARACTERS = (
    f"\xa0\u1680{''.join(map(chr, range(0x2000, 0x200B)))}\u202f\u205f\u3000{_WIDTHLESS}"
)
"""The same, each by itself."""
_NAMES = {
    "\0": "a zero character",
    "\a": "a bell",
    "\b": "a backspace",
    "\t": "a tab",
    "\n": "a line break",
    "\v": "a vertical tab",
    "\f": "a form feed",
    "\r": "a carriage return",
    "\x1b": "an escape character",
    "\x7f": "a delete character",
    "\x85": "a next-line character",
    "\xa0": "a no-break space",
    "\xad": "a soft hyphen",
    "\ufeff": "a byte order mark",
}
_ESCAPES = {"\a": "\\a", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\v": "\\v", "\f": "\\f"}
_ESCAPES |= {"\r": "\\r", "\x1b": "\\e", "\0": "\\0"}
_HIDDEN = ("Cc", "Cf", "Zs", "Zl", "Zp")
CURLY = {"“": "”", "‘": "’", "„": "“", "«": "»", "”": "”", "»": "«", "‚": "‘"}
"""Typographic quotes: the closing quote of each opening quote."""
_CLOSING = frozenset(CURLY.values()) - {"’"}  # an apostrophe


def hidden_in(text: str) -> str:
    """Give the first character of a text that can't be seen, or looks like a space; or ''."""
    return next((char for char in text if char != " " and is_hidden(char)), "")


def is_hidden(char: str) -> bool:
    """Whether a character can't be seen, or looks like a space."""
    return unicodedata.category(char) in _HIDDEN


def name_of_character(char: str) -> str:
    """Name a character, with its number: ``an escape character (U+001B)``."""
    kind = "a control character" if unicodedata.category(char) == "Cc" else "a hidden character"
    if unicodedata.category(char) in ("Zs", "Zl", "Zp"):
        kind = "an odd space"
    return f"{_NAMES.get(char, kind)} (U+{ord(char):04X})"


def escape_of(char: str) -> str:
    """Give the escape in double quotes that makes a character: ``\\e``; '' if none is usual."""
    return _ESCAPES.get(char, "")


def stray_quotes(text: str) -> str:
    """Give the typographic quotes at the ends of a text: ``“ and ”``, ``“``; '' for none.

    A text that begins with a quotation, such as ``“Stop”, she says``, has none.
    """
    text = text.strip()
    if len(text) < 2:
        return ""
    first, last = text[0], text[-1]
    if first in CURLY:
        closes = text.find(CURLY[first], 1)
        if CURLY[first] == "’" and last == "’":  # apostrophes in between
            closes = len(text) - 1
        if closes == len(text) - 1:
            return f"{first} and {last}"
        if last in "\"'":
            return f"{first} and {last}"
        return first if closes < 0 else ""
    opening = [one for one, closing in CURLY.items() if closing == last and one != last]
    is_alone = last in _CLOSING and not any(one in text for one in opening)
    return last if is_alone and last not in text[:-1] else ""


def without_quotes(text: str) -> str:
    """Remove the typographic quotes at the ends of a text, and spaces around them."""
    found = re.sub(r"^\s*[“”‘’„‚«»]\s*|\s*[“”‘’„«»\"']\s*$", "", text)
    return found.strip()
