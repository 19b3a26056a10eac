"""Replies that no server should give: wrong bytes, wrong documents, wrong moments.

Everything here is made from a number, so that what went wrong can be made again. A reply that fal's
documents call a model's or fal's own last word on a job is never made here: each job that was sold
is one that a patient client can still have.
"""

import asyncio
import gzip
import json
import random
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from .other_fal import END, Answer, Asked, OtherFal, Place, Reply, hangs_up, reply

Noise: TypeAlias = Callable[[random.Random, Reply], bytes]
"""Makes the bytes of an answer out of what fal would have said."""

BOMB = gzip.compress(b'{"detail":"' + b"a" * (64 << 20) + b'"}')
DEEP = b"[" * 200_000
ENDLESS_BYTES = 96 << 20

NOTHINGS: tuple[Any, ...] = (
    None, True, 0, -1, 5, 1.5, "", "x", "\ud800", "a\u0000b", [], {}, [[]], [None], [1],
    {"": None}, 10**400, "x" * 70_000, "http://[::1", "http://ex\u2100mple.com/",
    "\u202e\x1b[2J\r\nforged: yes", ["IN_QUEUE"], {"url": 5}, {"url": "file:///etc/passwd"},
    {"detail": [{"loc": None}]},
)  # fmt: skip
"""What stands where something else should."""

RAW = (b"NaN", b"1e400", b"-1e400", b"9" * 5000, b"-0", b"1E5", b'"\\ud800"', b'"\\u0000"')
"""What no encoder writes."""

FILE_URLS = (
    "https://xn--/a.mp4", "https://.../a.mp4", "http://[::1", "http://\u2100/", "//no/scheme", "",
    "http://127.0.0.1:1/a.mp4", "ftp://v3.fal.media/a.mp4", "http://a\u0000b/", "https://:443/",
    "\ud800", "http://user:pw@127.0.0.1/a.mp4", "data:video/mp4;base64,AAAA",
    "https://127.0.0.1:99999/a.mp4",
)  # fmt: skip
DETAILS: tuple[Any, ...] = (
    "Method Not Allowed", "Request is still in progress", 5, None, {}, [], [5], [{"loc": 7}],
    "\x1b[2J" * 40, [{"loc": ["body"], "msg": {}}], [{"ctx": [1]}], {"a": {"b": []}}, True, [[[]]],
)  # fmt: skip
STRANGE_CODES = (
    201, 203, 205, 206, 226, 300, 301, 302, 303, 304, 305, 307, 308, 402, 405, 406, 407, 408, 409,
    410, 411, 412, 413, 414, 415, 417, 418, 421, 423, 424, 425, 426, 428, 431, 451, 500, 501, 502,
    503, 504, 505, 507, 508, 509, 511, 520, 522, 524, 529, 530, 599, 600, 799, 999,
)  # fmt: skip
REFUSING = (400, 401, 403, 404, 422, 429)
"""What may say that a submission was not taken."""


def mutated(rng: random.Random, body: Any) -> Any:
    """Replace, remove or add something anywhere in a document."""
    places = list(_places(body))
    holder, key = rng.choice(places) if places else (None, None)
    if holder is None or rng.random() < 0.1:
        return rng.choice(NOTHINGS)
    match rng.randrange(4):
        case 0 if isinstance(holder, dict):
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[rng.choice(["detail", "error_type", "logs", "queue_position", "items"])] = (
                rng.choice(NOTHINGS)
            )
        case _:
            holder[key] = rng.choice(NOTHINGS)
    return body


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in list(pairs):
        yield value, key
        if isinstance(item, dict | list):
            yield from _places(item)


def _document(rng: random.Random, said: Reply) -> bytes:
    code, body, headers = said
    if isinstance(body, bytes):
        return reply(code, body[: rng.randrange(len(body) + 1)], headers)
    return reply(code, mutated(rng, json.loads(json.dumps(body))), headers)


def _text(rng: random.Random, said: Reply) -> bytes:
    code, body, headers = said
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    keys = [f'"{key}": '.encode() for key in body] if isinstance(body, dict) else []
    made = [
        b"", b" ", b"null", b"\xef\xbb\xbf" + text, text + b"}", text + text,
        text[: len(text) // 2], DEEP, b'{"a":' * 100_000, text.replace(b'"', b"'"),
        b"<html><body>502 Bad Gateway</body></html>", text.decode("latin-1").encode("utf-16"),
        b"\x00" + text, b"\xff\xfe\xfd", b"data: " + text, b")]}'\n" + text, b"[" + text + b"]",
        b'"' + text.replace(b'"', b'\\"') + b'"',
    ]  # fmt: skip
    for key in keys:
        made.append(text.replace(key, key + rng.choice(RAW) + b', "was": ', 1))
        made.append(text.replace(b"{", b"{" + key + b"null, ", 1))
    return reply(code, rng.choice(made), headers)


def _framing(rng: random.Random, said: Reply) -> bytes:
    """Say one length and send another."""
    head, _, body = reply(*said).partition(END)
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")]
    size = len(body)
    chunked = b"Transfer-Encoding: chunked"
    whole = b"%x\r\n%s\r\n0\r\n\r\n" % (size, body)
    framed: list[tuple[list[bytes], bytes]] = [
        ([b"Content-Length: %d" % (size + 1)], body),
        ([b"Content-Length: %d" % max(0, size - 1)], body),
        ([b"Content-Length: 0"], body),
        ([b"Content-Length: -1"], body),
        ([b"Content-Length: +%d" % size], body),
        ([b"Content-Length: 1%s" % (b"0" * 30)], body),
        ([b"Content-Length: abc"], body),
        ([b"Content-Length: %d" % size, b"Content-Length: %d" % (size + 9)], body),
        ([b"Content-Length: %d, %d" % (size, size)], body),
        ([b"Content-Length: %d" % size, chunked], whole),
        ([chunked], body),
        ([chunked], whole[:-5]),
        ([chunked], b"%x\r\n%s" % (size + 5, body)),
        ([chunked], b"ffffffffffffffff\r\n" + body),
        ([chunked], b"-5\r\n" + body + b"\r\n0\r\n\r\n"),
        ([chunked], b"zz\r\n" + body),
        ([chunked], b"%x;%s\r\n%s\r\n0\r\nX: y\r\n\r\n" % (size, b"e=" * 3000, body)),
        ([chunked], b"".join(b"1\r\n%c\r\n" % one for one in body) + b"0\r\n\r\n"),
        ([b"Transfer-Encoding: gzip, chunked"], whole),
        ([b"Transfer-Encoding: identity"], body),
        ([], body),
    ]
    more, sent = rng.choice(framed)
    return b"\r\n".join([*lines, *more]) + END + sent


def _coding(rng: random.Random, said: Reply) -> bytes:
    """Say that a body is compressed as it is not, or as nobody should."""
    code, body, headers = said
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    coding, sent = rng.choice(
        [
            ("gzip", text),
            ("gzip", gzip.compress(text)[:-4]),
            ("gzip", gzip.compress(gzip.compress(text))),
            ("gzip, gzip", gzip.compress(gzip.compress(text))),
            ("deflate", text),
            ("deflate", zlib.compress(text)[2:-4]),
            ("br", text),
            ("zstd", text),
            ("identity, x-nothing", text),
            ("\x01", text),
            ("gzip", BOMB),
            ("gzip, gzip, gzip", gzip.compress(gzip.compress(BOMB))),
        ]
    )
    return reply(code, sent, {**headers, "Content-Encoding": coding})


def _head(rng: random.Random, said: Reply) -> bytes:
    """Spoil the first line, or the headers."""
    head, _, body = reply(*said).partition(END)
    first, *lines = head.split(b"\r\n")
    firsts = [
        b"", b"HTTP/0.9 200 OK", b"HTTP/2.0 200 OK", b"HTTP/1.0 200 OK", b"HTTP/1.1 200",
        b"HTTP/1.1  200 OK", b"ICY 200 OK", b"HTTP/1.1 -200 OK", b"HTTP/1.1 2000 OK",
        b"HTTP/1.1 20 OK", b"HTTP/1.1 abc OK", b"http/1.1 200 ok", b"HTTP/1.1 200 \xff\xfe",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 P\r\n\r\n" + first,
        b"HTTP/1.1 101 Switching Protocols", b"HTTP/1.1 204 No Content", b"SSH-2.0-OpenSSH_9.9",
        b"\x16\x03\x01\x02",
    ]  # fmt: skip
    added = [
        b"X-Fal-Billable-Units: NaN", b"X-Fal-Billable-Units: 1e999999",
        b"X-Fal-Billable-Units: -3", b"X-Fal-Billable-Units: 1,5",
        b"X-Fal-Billable-Units: " + b"9" * 4000, b"X-Fal-Billable-Units: \xff",
        b"X-Fal-Billable-Units: Infinity", b"X-Fal-Billable-Units: 1_0", b"Retry-After: 1e400",
        b"Retry-After: -5", b"Retry-After: Wed, 21 Oct 2015 07:28:00 GMT", b"Retry-After: \xb2",
        b"X-Fal-Request-Id: \xff\xfe", b"X-Fal-Request-Id: ",
        b"Content-Type: application/json; charset=utf-7",
        b"Content-Type: text/html; charset=nothing", b"Content-Type: ;;;=", b"Date: yesterday",
        b"Date: Mon, 01 Jan 0001 00:00:00 GMT", b"Date: Fri, 31 Dec 9999 23:59:60 GMT",
        b"Date: \xff", b"Set-Cookie: a=b; Domain=.", b"No colon here", b": no name",
        b"Folded: a\r\n b", b"Bad\x00Name: x", b"Bad: a\x00b", b"Bad: a\rb",
        b"X: " + b"y" * 300_000,
        b"\r\n".join(b"X-%d: %s" % (number, b"z" * 400) for number in range(400)),
        b"X-Fal-Retryable: perhaps", b"X-Fal-Needs-Retry: \xff", b"Location: http://[::1",
        b"Upgrade: h2c",
    ]  # fmt: skip
    if rng.random() < 0.4:
        return b"\r\n".join([rng.choice(firsts), *lines]) + END + body
    return b"\r\n".join([first, *lines, *rng.sample(added, rng.randrange(1, 4))]) + END + body


def _code(rng: random.Random, said: Reply) -> bytes:
    """Say it, or something else, under another code."""
    code = rng.choice(STRANGE_CODES)
    body = rng.choice(
        [said[1], {"detail": rng.choice(DETAILS)}, b"", {"error": rng.choice(DETAILS)}]
    )
    where = rng.choice(["/", "http://[::1", "https://xn--/", "\\\\evil", "http://127.0.0.1:1/x"])
    return reply(code, body, {**said[2], **({"Location": where} if 300 <= code < 400 else {})})


NOISES: tuple[Noise, ...] = (_document, _text, _framing, _coding, _head, _code)


async def _silent(asked: Asked) -> None:
    await asyncio.sleep(6)


def _slowly(data: bytes) -> Answer:
    async def answer(asked: Asked) -> None:
        for at in range(min(len(data), 200)):
            await asked.line.send(data[at : at + 1])
            await asyncio.sleep(0.05)

    return answer


def _endlessly(data: bytes) -> Answer:
    async def answer(asked: Asked) -> None:
        head = data.partition(END)[0].replace(b"Content-Length", b"X-Length")
        await asked.line.send(head + END)
        for _ in range(ENDLESS_BYTES >> 16):
            await asked.line.send(b" " * (1 << 16))

    return answer


def _cut(data: bytes, at: int) -> Answer:
    async def answer(asked: Asked) -> None:
        await asked.line.send(data[:at])
        asked.line.reset()

    return answer


@dataclass(frozen=True)
class Noisy:
    """One wrong answer.

    Attributes:
        what: How it was made, in a word.
        may_lie: Whether it may be a whole answer that says what is not so: then a client can't
            know better, and only what it buys and raises counts.
    """

    what: str
    may_lie: bool
    answer: Answer


def noisy(rng: random.Random, fal: OtherFal, place: Place) -> Noisy:
    """Make one answer for a place.

    A submission's may sell the job or not, except where the answer may say that it was refused.
    """
    if place == "submit" and rng.random() < 0.15:
        refused = reply(rng.choice(REFUSING), {"detail": rng.choice(DETAILS)})
        return Noisy("refused", False, _sends_whole(refused))
    noise = rng.choice(NOISES)

    async def answer(asked: Asked) -> None:
        sells = place != "submit" or rng.random() < 0.7
        unsold: Reply = (rng.choice([500, 502, 503, 504]), b"upstream connect error", {})
        data = noise(rng, fal.truth(asked) if sells else unsold)
        made: list[Answer] = [_sends_whole(data)] * 14
        made += [_cut(data, rng.randrange(len(data) + 1)), hangs_up, _slowly(data), _silent]
        made += [_endlessly(data)] if rng.random() < 0.1 else []
        await rng.choice(made)(asked)

    may_lie = place in ("submit", "result", "listing") and noise in (_document, _text, _code)
    return Noisy(noise.__name__.strip("_"), may_lie, answer)


def _sends_whole(data: bytes) -> Answer:
    async def answer(asked: Asked) -> None:
        await asked.line.send(data)

    return answer
