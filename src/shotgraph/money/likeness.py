"""How alike a listed input and a sent body are, if they are not equal.

fal does not document that its list shows an input exactly as it was sent. It may show a file at
another address, a text in another spelling, or leave fields out. So an input that only looks
different may still be the input of a job whose reply was lost.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, TypeAlias, TypeGuard
from urllib.parse import unquote, urlsplit

from shotgraph.foreign_text import unsigned, without_keys

Likeness: TypeAlias = Literal["near", "unclear", "other"]
"""near: they differ only in spelling, or in the addresses of equal files. other: they are clearly
the inputs of two jobs. unclear: neither can be told, as if a field is not listed."""

LEAST_CUT = 40
"""The fewest characters of a text that may be a longer text, cut off."""
_OUR_FILE = re.compile(r"(?<![0-9a-z])([0-9a-f]{16})(?=\.[a-z0-9]+\Z|\Z)")
"""The name that an upload of ours has: the beginning of the hash of its content."""


def likeness(body: Mapping[str, Any], listed: Mapping[str, Any]) -> Likeness:
    """Compare the body of a job with a listed input.

    Args:
        body: The body as recorded.
        listed: The input in fal's list.
    """
    shown = _unwrapped(body, listed)
    return _least(_compared(value, shown.get(name)) for name, value in body.items())


def differing(body: Mapping[str, Any], listed: Mapping[str, Any]) -> list[str]:
    """Name the fields of a body that a listed input has in another form, or not at all."""
    return [name for name, value in body.items() if unsigned(listed.get(name)) != unsigned(value)]


def sends_no_less(
    other: Mapping[str, Any], body: Mapping[str, Any], listed: Mapping[str, Any]
) -> bool:
    """Whether another body has each listed field that this body has; else it explains less."""
    return body.keys() & _unwrapped(body, listed).keys() <= other.keys()


def _unwrapped(body: Mapping[str, Any], listed: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the arguments if they are below one more name, as in ``{"input": {…}}``."""
    inside = [value for value in listed.values() if isinstance(value, dict) and value.keys() & body]
    return inside[0] if len(inside) == 1 and not listed.keys() & body else listed


def _least(found: Iterable[Likeness]) -> Likeness:
    kinds = set(found)
    if "other" in kinds:
        return "other"
    return "unclear" if "unclear" in kinds or not kinds else "near"


def _compared(sent: Any, shown: Any) -> Likeness:
    if shown is None or shown in ("", [], {}):
        return "near" if shown == sent else "unclear"
    if isinstance(sent, list) and isinstance(shown, list):
        if len(sent) != len(shown):
            return "other"
        return _least(map(_compared, sent, shown)) if sent else "near"
    if isinstance(sent, dict) and isinstance(shown, dict):
        return likeness(sent, shown)
    if _is_url(sent):
        url = shown.get("url") if isinstance(shown, dict) else shown
        return _compared_urls(sent, url) if _is_url(url) else "unclear"
    if isinstance(sent, list | dict) or isinstance(shown, list | dict):
        return "unclear"
    return _compared_values(sent, shown)


def _compared_values(sent: Any, shown: Any) -> Likeness:
    one, other = _number(sent), _number(shown)
    if one is not None and other is not None:
        return "near" if one == other else "other"
    mine, theirs = _spelt(sent), _spelt(shown)
    if mine == theirs:
        return "near"
    cut = theirs.rstrip(".\u2026")
    return "unclear" if len(cut) >= LEAST_CUT and mine.startswith(cut) else "other"


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _spelt(value: Any) -> str:
    """A text without white space, case and other differences of spelling."""
    text = unicodedata.normalize("NFKC", without_keys(str(unsigned(value))))
    return "".join(text.casefold().split())


def _is_url(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and value.startswith(("https://", "http://"))


def _compared_urls(sent: str, shown: str) -> Likeness:
    """Compare two addresses by the name of the file: a copy on another host may keep its name."""
    if unsigned(sent) == unsigned(shown):
        return "near"
    mine, theirs = _file_name(sent), _file_name(shown)
    if mine and mine == theirs:
        return "near"
    my_content, their_content = _OUR_FILE.search(mine), _OUR_FILE.search(theirs)
    if my_content is None or their_content is None:
        return "unclear"
    return "near" if my_content[1] == their_content[1] else "other"


def _file_name(url: str) -> str:
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    return unquote(path.rpartition("/")[2]).casefold()
