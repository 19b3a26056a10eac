"""Pieces of secrets in a text, however they are broken or coded.

A hostile or clumsy server echoes a key with a line break in it, with colours of a terminal between
its letters, as HTML entities or in hexadecimal digits, or only one half of it. So a text is reduced
to its letters and digits, decoded, and each piece of 12 of them is looked up. The time is linear
in the length of the text.

This module imports nothing of shotgraph, because `foreign_text` imports it.
"""

import base64
import html
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

PIECE = 12
"""The letters and digits of a secret that count as the secret."""
_LEAST_CHARS = 8
_LEAST_DISTINCT = 5
"""A piece with fewer different characters, such as a ruler, may be in any text."""
_ESCAPE = r"(?:\x1b|\x9b|\\{1,16}(?:x1b|u001b|033|e))"
# Every repetition has a bound, so that a text of many beginnings takes no longer than another.
_TOKEN = re.compile(
    rf"(?P<run>[^\W_]+)"
    rf"|(?P<skip>{_ESCAPE}(?:\[[0-?]{{0,32}}[ -/]{{0,4}}[@-~]?|\][0-9]{{0,4}};)?)"
    r"|\\{1,16}(?:u(?P<u>[0-9a-f]{4})|u\{(?P<braced>[0-9a-f]{1,6})\}|x(?P<x>[0-9a-f]{2})|(?P<line>[nrtbfv0]))"
    r"|%(?:25){0,4}(?P<percent>[0-9a-f]{2})"
    r"|&(?:amp;){0,4}(?:#x(?P<hexadecimal>[0-9a-f]{1,6});?|#(?P<decimal>[0-9]{1,7});?"
    r"|(?P<name>[a-z]{2,8});)",
    re.IGNORECASE | re.ASCII,
)
_ARMOUR = re.compile(r"-----[A-Z ]{1,60}-----")


@dataclass(frozen=True)
class _Reduced:
    """The letters and digits of a text, in lower case.

    Attributes:
        chars: The letters and digits.
        at: The places in `chars` at which a part of the text begins.
        spans: The place of each part in the text, and the part's end.
    """

    chars: str
    at: list[int]
    spans: list[tuple[int, int]]

    def place(self, char: int, *, end: bool) -> int:
        """The place in the text at which a character of `chars` begins or ends."""
        part = bisect_right(self.at, char) - 1
        first, last = self.spans[part]
        length = (self.at[part + 1] if part + 1 < len(self.at) else len(self.chars)) - self.at[part]
        if length == last - first:
            return first + char - self.at[part] + end
        return last if end else first


Pieces = Mapping[int, frozenset[str]]
"""Pieces of secrets, by their length."""


@cache
def pieces_of(secrets: frozenset[str]) -> Pieces:
    """Cut secrets, and their coded forms, into the pieces that count as the secret."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for secret in secrets:
        bare = _ARMOUR.sub("", secret)
        for form in _forms(bare):
            chars = _reduced(form).chars
            # One length for all but short secrets: each length is one more pass through a text.
            length = min(PIECE, len(chars))
            if length < _LEAST_CHARS:
                continue
            pieces = {chars[at : at + length] for at in range(len(chars) - length + 1)}
            found[length] |= {one for one in pieces if len(set(one)) >= _LEAST_DISTINCT}
    return {length: frozenset(some) for length, some in found.items() if some}


def _forms(secret: str) -> Iterator[str]:
    """The forms of a secret."""
    data = secret.encode("utf-8", "replace")
    yield secret
    yield data.hex()
    for before in range(3):
        # A text has three forms in base64, depending on its position.
        coded = base64.b64encode(bytes(before) + data).decode().rstrip("=")
        yield coded[(0, 2, 3)[before] : len(coded) - bool((before + len(data)) % 3)]


def without_pieces(text: str, pieces: Pieces, mark: str) -> str:
    """Put a mark in the place of each piece of a secret."""
    if not pieces or len(text) < _LEAST_CHARS:
        return text
    reduced = _reduced(text)
    hits = sorted(
        (at, at + length) for length, some in pieces.items() for at in _hits(reduced, length, some)
    )
    if not hits:
        return text
    left, end = [], 0
    for first, last in _joined(hits):
        left += [text[end : reduced.place(first, end=False)], mark]
        end = reduced.place(last - 1, end=True)
    return "".join([*left, text[end:]])


def _hits(reduced: _Reduced, length: int, pieces: frozenset[str]) -> list[int]:
    chars = reduced.chars
    return [at for at in range(len(chars) - length + 1) if chars[at : at + length] in pieces]


def _joined(ranges: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join ranges that touch each other; they are in order."""
    begin, end = -1, -1
    for first, last in ranges:
        if first > end:
            if end >= 0:
                yield begin, end
            begin = first
        end = max(end, last)
    if end >= 0:
        yield begin, end


def _reduced(text: str) -> _Reduced:
    """Keep the letters and digits of a text, with entities and escapes decoded."""
    parts: list[str] = []
    at: list[int] = []
    spans: list[tuple[int, int]] = []
    length = 0
    for token in _TOKEN.finditer(text):
        chars = _decoded(token)
        if chars:
            parts.append(chars)
            at.append(length)
            spans.append(token.span())
            length += len(chars)
    return _Reduced("".join(parts), at, spans)


def _decoded(token: re.Match[str]) -> str:
    """The letters and digits that a token stands for; of signs and white space, nothing."""
    kind = token.lastgroup or ""
    said = token[kind]
    if kind == "run":
        return said.lower()
    if kind in ("u", "braced", "x", "percent", "hexadecimal"):
        number = int(said, 16)
    elif kind == "decimal":
        number = int(said)
    else:
        char = html.unescape(f"&{said};") if kind == "name" else ""
        number = ord(char) if len(char) == 1 else 0
    return chr(number).lower() if number < 128 and chr(number).isalnum() else ""
