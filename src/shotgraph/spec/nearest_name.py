"""The right name that was probably meant."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import get_close_matches

MOST_GUESSES = 20
"""How many guesses are made for one file: each takes time, and a file may hold thousands."""
MOST_CHARACTERS = 5000
"""How many characters of right names are looked at for one guess."""

_guesses: ContextVar[dict[tuple[str, ...], str] | None] = ContextVar("guesses", default=None)


@contextmanager
def few_guesses() -> Iterator[None]:
    """Make no more than so many guesses inside; the same one again does not count."""
    before = _guesses.set({})
    try:
        yield
    finally:
        _guesses.reset(before)


def nearest_name(wrong: str, right: Iterable[str]) -> str:
    """Find the right name that looks most like the wrong one, or ''."""
    names = _some(right)
    known = _guesses.get()
    if known is None:
        return _nearest(wrong, names)
    asked = (wrong, *names)
    if asked not in known and len(known) < MOST_GUESSES:
        known[asked] = _nearest(wrong, names)
    return known.get(asked, "")


def name_of(text: str, *, between: str = "_") -> str:
    """Make the name that looks most like a text: letters, digits and one other character, or ''.

    Args:
        text: The text.
        between: What stands for all else, such as a space.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_]+", between, plain).strip("_-").lstrip("0123456789_-")[:64]


def _some(right: Iterable[str]) -> list[str]:
    names, left = [], MOST_CHARACTERS
    for name in right:
        left -= len(name)
        if left < 0:
            break
        names.append(name)
    return names


def _nearest(wrong: str, names: list[str]) -> str:
    return next(iter(get_close_matches(wrong, names, n=1, cutoff=0.65)), "")
