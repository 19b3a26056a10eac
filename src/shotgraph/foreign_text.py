"""Text from outside is data: its secrets are removed, and its control characters have no effect.

Replies, file names and logs come from outside, and an error may echo the request with its headers.
Such text passes `one_line` when it comes in, and JSON passes `without_keys`. When text goes out, an
error's message and each log record pass `safe`, whatever their source.

This module imports only `secret_pieces`, because `errors` imports it.
"""

import base64
import hashlib
import json
import logging
import os
import re
import traceback
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

from shotgraph.secret_pieces import Pieces, pieces_of, without_pieces

HIDDEN = "[hidden]"
LEFT_OUT = "signature-left-out"
"""Replaces the query of a signed URL. In a record, a hash of the whole URL follows, so that
different URLs stay different."""
_IS_LEFT_OUT = re.compile(rf"\?{LEFT_OUT}(-[0-9a-f]{{16}})?\Z")
MAX_SAID = 300
"""The most characters of a foreign text in a line."""
_MOST_CHARS = 8192
"""The most characters of a secret: longer texts fit into no header, and would slow each search."""
_MOST_READ = 1 << 16
_LEAST_CHARS = 8
"""The fewest characters of a secret: a shorter text may be a word."""
_ENVIRONMENT = (
    "FAL_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_STORAGE_KEY",
    "AZURE_CLIENT_SECRET",
    "PREFECT_API_KEY",
    "PREFECT_API_AUTH_STRING",
    "PREFECT_SERVER_API_AUTH_STRING",
)

_keys: set[str] = set()
_ids: set[str] = set()
_cut: set[str] = set()
"""The secrets of which a piece counts too: not the id in the first half of a key."""


def hide(secret: str, *, pieces: bool = True) -> None:
    """Remove a secret from every text from now on: itself, its halves, and their encoded forms.

    Args:
        pieces: Whether pieces of the secret, or of its second half, are removed too, also if other
            characters stand between theirs.
    """
    _listen()
    text = secret.strip()
    if len(text) > _MOST_CHARS:
        return
    first, colon, second = text.partition(":")
    whole = [one for one in (text, second if colon else "") if len(one) >= _LEAST_CHARS]
    # The first half of a key is an id, and fal's own URLs may hold it. A word is no id.
    named = [first] if colon and len(first) >= _LEAST_CHARS and re.search("[0-9]", first) else []
    of_pieces = [second if colon else text] if pieces and not _has_words(text) else []
    cut = [one for one in of_pieces if len(one) >= _LEAST_CHARS]
    if not (_keys.issuperset(whole) and _ids.issuperset(named) and _cut.issuperset(cut)):
        _keys.update(whole)
        _ids.update(named)
        _cut.update(cut)
        _exact.cache_clear()
        _pieces.cache_clear()


def _has_words(secret: str) -> bool:
    """Whether pieces of a secret may be in any text: it is a path, a URL, or has no digit."""
    is_place = secret.startswith(("/", "~", "./", "../")) or "://" in secret
    return is_place or not re.search("[0-9]", secret)


def hide_all(secret: str) -> None:
    """Hide a secret; if it is a JSON object, hide each long text in it too."""
    try:
        parts = json.loads(secret)
    except (ValueError, RecursionError):
        parts = None
    hide(secret, pieces=not isinstance(parts, dict))
    if isinstance(parts, dict):
        for part in parts.values():
            if isinstance(part, str) and len(part) >= 5 * _LEAST_CHARS and "://" not in part:
                hide(part, pieces="@" not in part)  # an address has words in it


def hide_environment() -> None:
    """Hide the secrets in this process's environment."""
    for name in _ENVIRONMENT:
        hide(os.environ.get(name, ""))


@dataclass(frozen=True)
class _Exact:
    """The patterns of secrets and their coded forms.

    Attributes:
        plain: The forms in ASCII, for a folded text; None if there are none.
        others: The other forms, for the text itself.
    """

    plain: re.Pattern[str] | None
    others: re.Pattern[str] | None

    def spans(self, text: str) -> list[tuple[int, int]]:
        """The places of secrets in a text, in order; places that overlap are one."""
        found = [one.span() for one in self.plain.finditer(_folded(text))] if self.plain else []
        found += [one.span() for one in self.others.finditer(text)] if self.others else []
        spans: list[tuple[int, int]] = []
        for first, last in sorted(found):
            overlaps = bool(spans) and first < spans[-1][1]
            begin, end = spans.pop() if overlaps else (first, last)
            spans.append((begin, max(end, last)))
        return spans


@cache
def _exact(*, with_ids: bool) -> _Exact:
    hidden = _keys | _ids if with_ids else _keys
    forms = {form for secret in hidden for form in _forms(secret)}
    plain = {_folded(form) for form in forms if form.isascii()}
    others = [form for form in forms if not form.isascii()]
    return _Exact(
        re.compile(_any_of(plain, _GROUPED_CHARS)) if plain else None,
        re.compile(_any_of(others, 0), re.IGNORECASE) if others else None,
    )


_GROUPED_CHARS = 2
_LIKE_ASCII = {"\u0130": "i", "\u0131": "i", "\u017f": "s", "\u212a": "k"}
"""The letters outside ASCII that are letters of ASCII where case does not count."""


def _folded(text: str) -> str:
    """Write a text without differences of case; each character keeps its place."""
    if not text.isascii():
        for char, plain in _LIKE_ASCII.items():
            text = text.replace(char, plain)
    return text.lower()


def _any_of(forms: Iterable[str], grouped_chars: int) -> str:
    """Write a pattern for any of some texts; of several that fit, it takes the longest.

    The texts are grouped by their first characters. So at each place of a text, the search compares
    a few dozen characters, and not each secret.
    """
    if not grouped_chars:
        return "|".join(map(re.escape, sorted(forms, key=len, reverse=True)))
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for form in forms:
        groups[form[0]].append(form[1:])
    return "|".join(
        f"{re.escape(first)}(?:{_any_of(rest, grouped_chars - 1)})"
        for first, rest in groups.items()
    )


def _without_exact(text: str, *, with_ids: bool) -> str:
    left, end = [], 0
    for first, last in _exact(with_ids=with_ids).spans(text):
        left += [text[end:first], HIDDEN]
        end = last
    return "".join([*left, text[end:]]) if left else text


@cache
def _pieces() -> Pieces:
    return pieces_of(frozenset(_cut))


def _forms(secret: str) -> Iterator[str]:
    yield from (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1])
    data = secret.encode()
    for before in range(3):
        # A text has three forms in base64, depending on its position.
        coded = base64.b64encode(bytes(before) + data).decode().rstrip("=")
        unmixed = coded[(0, 2, 3)[before] : len(coded) - bool((before + len(data)) % 3)]
        yield from (unmixed, unmixed.translate({43: "-", 47: "_"}))


def without_keys(text: str) -> str:
    """Remove every known secret from a text, and change nothing else."""
    return without_pieces(_without_exact(text, with_ids=False), _pieces(), HIDDEN)


_HEADER = re.compile(
    r"(?i)\b((?:proxy-)?authorization|x-api-key|x-amz-security-token|(?:set-)?cookie)"
    r"(\\?[\"']?\s*[:=,]\s*b?\\?[\"']?)(?:(?:key|bearer|basic|token)\s+)?[^\s\"',;\\]+"
)
_TOKENS = re.compile(
    r"\b(?:(?i:bearer|basic)\s+(?=[^\s\"',;]*[0-9=_.])[\w.~+/=-]{12,}"
    r"|Key\s+[\w-]+:[^\s\"',;\\]+"
    r"|(?:AKIA|ASIA)[0-9A-Z]{16}\b)"
    # No character of a token may come before it: otherwise a text with many beginnings and no
    # end would be read to its end from each beginning.
    r"|(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"
)
_URL = re.compile(r"https?://[^\s\"'<>`\\]+")
_URL_IN_A_SENTENCE = re.compile(rf"{_URL.pattern}(?<![.,:;!?)\]}}])")
"""The same without the punctuation after it, which belongs to the sentence."""
_OPENS = re.compile(
    r"(?i)sig|token|key|credential|secret|passw|auth|policy|expir|hash|hmac|^x-(amz|goog)|^s[eprv]$"
)


def is_signed(url: str) -> bool:
    """Tell whether a URL gives access by itself, without a key."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "?" in url or "@" in url
    given = parse_qsl(parts.query, keep_blank_values=True)
    # A user name that was masked with asterisks gives no access.
    return bool(parts.netloc.rpartition("@")[0].strip("*")) or any(
        _OPENS.search(name) or len(value) >= 2 * _LEAST_CHARS for name, value in given
    )


def is_left_out(url: str) -> bool:
    """Tell whether the signature was removed from this URL."""
    return _IS_LEFT_OUT.search(url) is not None


def without_signature(url: str, *, told_apart: bool = False) -> str:
    """Remove the part of a URL that gives access, and put a mark in its place.

    Args:
        told_apart: Whether different URLs stay different.
    """
    if is_left_out(url) or not is_signed(url):
        return url
    scheme, _, rest = url.partition("://")
    where = rest.partition("?")[0].partition("#")[0]
    host, slash, path = where.partition("/")
    told = f"-{hashlib.sha256(url.encode()).hexdigest()[:16]}" if told_apart else ""
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}?{LEFT_OUT}{told}"


def unsigned(value: Any) -> Any:
    """Copy JSON for a record, with the URLs' signatures removed. Equal URLs stay equal."""
    if isinstance(value, dict):
        return {name: unsigned(item) for name, item in value.items()}
    if isinstance(value, list):
        return [unsigned(item) for item in value]
    if not isinstance(value, str) or "://" not in value:
        return value
    if value.startswith(("https://", "http://")) and len(value.split()) == 1:
        return without_signature(value, told_apart=True)
    return _URL.sub(lambda found: without_signature(found[0], told_apart=True), value)


def without_secrets(text: str) -> str:
    """Remove every known secret from a text, and every part that looks like a secret."""
    text = without_pieces(_without_exact(text, with_ids=True), _pieces(), HIDDEN)
    text = _URL_IN_A_SENTENCE.sub(lambda found: _without_access(found[0]), text)
    text = _HEADER.sub(rf"\1\2{HIDDEN}", text)
    return _TOKENS.sub(HIDDEN, text)


def _without_access(url: str) -> str:
    """Mask a user name and password, and remove a signature: the rest of the URL stays."""
    scheme, _, rest = url.partition("://")
    where, slash, path = rest.partition("/")
    named, at, host = where.rpartition("@")
    masked = f"{scheme}://***@{host}{slash}{path}" if at and named.strip("*") else url
    return without_signature(masked)


_ABSOLUTE_PATH = re.compile(r"(?<![\w:/.$~-])(?:/[^\s/:;,'\"()<>]+)+/([^\s/:;,'\"()<>]+)")


def without_folders(text: str) -> str:
    """Shorten each absolute path to its last name: other people need not know a user's folders.

    URLs, endpoints and relative paths are not changed.
    """
    return _ABSOLUTE_PATH.sub(r"\1", text)


def shown(text: str, *, lines: bool = False) -> str:
    r"""Write a text so that no character in it controls a terminal, a log or a page: ``\x1b``.

    Args:
        lines: Whether line breaks and tabs stay; otherwise all white space becomes one space.
    """
    if not lines:
        text = " ".join(text.split())
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or (lines and char in "\n\t") else _visible(char)
        for char in text
    )


def _visible(char: str) -> str:
    number = ord(char)
    if number < 256:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def one_line(text: str, most: int = MAX_SAID) -> str:
    """Write a foreign text as one short line."""
    # Secrets are removed before the text is cut: half of a secret would not be recognised.
    return shown(without_secrets(text[:_MOST_READ]))[:most]


def safe(text: str) -> str:
    """Write a text of this program, which may contain foreign text, safe to show."""
    return shown(without_secrets(text), lines=True)


@cache
def _listen() -> None:
    """Make each log record of this process safe, for every logger and handler."""
    make = logging.getLogRecordFactory()

    def made_safe(*args: Any, **values: Any) -> logging.LogRecord:
        record = make(*args, **values)
        _clean(record)
        return record

    logging.setLogRecordFactory(made_safe)


def _clean(record: logging.LogRecord) -> None:
    if record.exc_info and record.exc_info[0] is not None:
        # A formatter uses this text, if there is one, and does not format the traceback again.
        record.exc_text = safe("".join(traceback.format_exception(*record.exc_info))).rstrip("\n")
    try:
        said = record.getMessage()
    except Exception:  # a record that can't be formatted is reported by its handler
        return
    if safe(said) == said:
        return
    # Some formatters read the arguments themselves, so the arguments stay if that is enough.
    if isinstance(record.args, tuple):
        record.args = tuple(safe(one) if isinstance(one, str) else one for one in record.args)
    if safe(record.getMessage()) != record.getMessage():
        record.msg, record.args = safe(said), None
