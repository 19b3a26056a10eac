"""Text from outside is data: what is secret in it is left out, and its signs command nothing.

Replies, file names and logs come from others, and an error may echo the request with its headers.
Where such text comes in it goes through `one_line`, and JSON through `without_keys`. Where text
goes out, an error's message and each log record go through `safe`, whoever wrote them.

This module imports nothing of shotgraph, because errors rest on it.
"""

import base64
import hashlib
import json
import logging
import os
import re
import traceback
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

HIDDEN = "[hidden]"
LEFT_OUT = "signature-left-out"
"""Stands in a URL in place of its query, where that opens what the URL names. In a record a hash of
the whole URL follows it, so that two URLs stay two."""
_IS_LEFT_OUT = re.compile(rf"\?{LEFT_OUT}(-[0-9a-f]{{16}})?\Z")
MAX_SAID = 300
"""Of what somebody outside says in a line."""
_MOST_CHARS = 8192
"""Of a secret: what is longer fits into no header, and would make every look slow."""
_MOST_READ = 1 << 16
_LEAST_CHARS = 8
"""Of a secret: what is shorter may be a word."""
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


def hide(secret: str) -> None:
    """Have a secret left out of every text from now on: itself, its halves, and what codes them."""
    _listen()
    text = secret.strip()
    if len(text) > _MOST_CHARS:
        return
    first, colon, second = text.partition(":")
    whole = [one for one in (text, second if colon else "") if len(one) >= _LEAST_CHARS]
    # The first half of a key is an id, and names nobody in a URL of fal's own. A word is no id.
    named = [first] if colon and len(first) >= _LEAST_CHARS and re.search("[0-9]", first) else []
    if not _keys.issuperset(whole) or not _ids.issuperset(named):
        _keys.update(whole)
        _ids.update(named)
        _pattern.cache_clear()


def hide_all(secret: str) -> None:
    """Have a secret left out, and where it is a JSON object, each long text in it."""
    hide(secret)
    try:
        parts = json.loads(secret)
    except (ValueError, RecursionError):
        return
    if isinstance(parts, dict):
        for part in parts.values():
            if isinstance(part, str) and len(part) >= 5 * _LEAST_CHARS and "://" not in part:
                hide(part)


def hide_environment() -> None:
    """Have the secrets of this process's environment left out."""
    for name in _ENVIRONMENT:
        hide(os.environ.get(name, ""))


@cache
def _pattern(*, with_ids: bool) -> re.Pattern[str] | None:
    hidden = _keys | _ids if with_ids else _keys
    forms = {form for secret in hidden for form in _forms(secret)}
    longest_first = sorted(forms, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE) if forms else None


def _forms(secret: str) -> Iterator[str]:
    yield from (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1])
    data = secret.encode()
    for before in range(3):
        # In base64 a text looks three ways, by where in its line it begins.
        coded = base64.b64encode(bytes(before) + data).decode().rstrip("=")
        unmixed = coded[(0, 2, 3)[before] : len(coded) - bool((before + len(data)) % 3)]
        yield from (unmixed, unmixed.translate({43: "-", 47: "_"}))


def without_keys(text: str) -> str:
    """Leave every known secret out of a text that is data otherwise."""
    pattern = _pattern(with_ids=False)
    return pattern.sub(HIDDEN, text) if pattern is not None else text


_HEADER = re.compile(
    r"(?i)\b((?:proxy-)?authorization|x-api-key|x-amz-security-token|(?:set-)?cookie)"
    r"(\\?[\"']?\s*[:=,]\s*b?\\?[\"']?)(?:(?:key|bearer|basic|token)\s+)?[^\s\"',;\\]+"
)
_TOKENS = re.compile(
    r"\b(?:(?i:bearer|basic)\s+(?=[^\s\"',;]*[0-9=_.])[\w.~+/=-]{12,}"
    r"|Key\s+[\w-]+:[^\s\"',;\\]+"
    r"|(?:AKIA|ASIA)[0-9A-Z]{16}\b)"
    # It begins where none of its own signs is before it: else a text of many beginnings without
    # an end would be read to its end from each of them.
    r"|(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"
)
_URL = re.compile(r"https?://[^\s\"'<>`\\]+")
_OPENS = re.compile(
    r"(?i)sig|token|key|credential|secret|passw|auth|policy|expir|hash|hmac|^x-(amz|goog)|^s[eprv]$"
)


def is_signed(url: str) -> bool:
    """Tell whether a URL opens by itself what it names: whoever has it needs no key."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "?" in url or "@" in url
    given = parse_qsl(parts.query, keep_blank_values=True)
    # One that a message shows as asterisks opens nothing.
    return bool(parts.netloc.rpartition("@")[0].strip("*")) or any(
        _OPENS.search(name) or len(value) >= 2 * _LEAST_CHARS for name, value in given
    )


def is_left_out(url: str) -> bool:
    """Tell whether what opened this URL was left out of it."""
    return _IS_LEFT_OUT.search(url) is not None


def without_signature(url: str, *, told_apart: bool = False) -> str:
    """Leave out of a URL what opens it, and say in its place that it is left out.

    Args:
        told_apart: Whether URLs that differ stay different.
    """
    if is_left_out(url) or not is_signed(url):
        return url
    scheme, _, rest = url.partition("://")
    where = rest.partition("?")[0].partition("#")[0]
    host, slash, path = where.partition("/")
    told = f"-{hashlib.sha256(url.encode()).hexdigest()[:16]}" if told_apart else ""
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}?{LEFT_OUT}{told}"


def unsigned(value: Any) -> Any:
    """Copy JSON for a record: without what opens the URLs in it. What is equal stays equal."""
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
    """Leave out of a text every known secret, and whatever looks like one."""
    pattern = _pattern(with_ids=True)
    if pattern is not None:
        text = pattern.sub(HIDDEN, text)
    text = _URL.sub(lambda found: without_signature(found[0]), text)
    text = _HEADER.sub(rf"\1\2{HIDDEN}", text)
    return _TOKENS.sub(HIDDEN, text)


_ABSOLUTE_PATH = re.compile(r"(?<![\w:/.$~-])(?:/[^\s/:;,'\"()<>]+)+/([^\s/:;,'\"()<>]+)")


def without_folders(text: str) -> str:
    """Leave of each absolute path its last name: others need not know where somebody's files lie.

    A part of a URL, an endpoint and a relative path stay.
    """
    return _ABSOLUTE_PATH.sub(r"\1", text)


def shown(text: str, *, lines: bool = False) -> str:
    r"""Write a text so that no sign in it commands a terminal, a log or a page: ``\x1b``.

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
    """Write what somebody outside said as one short line."""
    # Before it is cut: of half a secret, nobody finds the rest.
    return shown(without_secrets(text[:_MOST_READ]))[:most]


def safe(text: str) -> str:
    """Write a text of ours, in which words of others may stand, for whoever reads it."""
    return shown(without_secrets(text), lines=True)


@cache
def _listen() -> None:
    """Have each log record of this process made safe, whatever logger and handler it is for."""
    make = logging.getLogRecordFactory()

    def made_safe(*args: Any, **values: Any) -> logging.LogRecord:
        record = make(*args, **values)
        _clean(record)
        return record

    logging.setLogRecordFactory(made_safe)


def _clean(record: logging.LogRecord) -> None:
    if record.exc_info and record.exc_info[0] is not None:
        # A formatter takes this where it is there, and does not write the traceback anew.
        record.exc_text = safe("".join(traceback.format_exception(*record.exc_info))).rstrip("\n")
    try:
        said = record.getMessage()
    except Exception:  # a record that can't be formatted is reported by its handler
        return
    if safe(said) == said:
        return
    # Some formatters read the arguments by themselves, so these stay where that is enough.
    if isinstance(record.args, tuple):
        record.args = tuple(safe(one) if isinstance(one, str) else one for one in record.args)
    if safe(record.getMessage()) != record.getMessage():
        record.msg, record.args = safe(said), None
