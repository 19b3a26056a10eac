"""Read fal's replies within limits: of bytes, levels, values and time.

Nothing else in shotgraph reads a reply of fal's queue, storage or request list. A reply that does
not fit its model (`reply_models`) proves nothing: after the POST that buys, it is unknown whether
fal accepted the job; after any other request, fal is asked again.
"""

import asyncio
import math
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from json import loads
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from shotgraph.errors import Retryable, ShotgraphError, Terminal
from shotgraph.foreign_text import one_line, without_keys
from shotgraph.money.reply_models import ErrorReply, StatusAlone

MAX_BYTES = 8 << 20
"""The most bytes of one reply. fal's largest documented reply is a page of 100 past requests."""
MAX_LEVELS = 64
"""How deep a reply's JSON may be nested."""
MAX_VALUES = 200_000
"""How many values a reply's JSON may hold: 8 MiB of brackets would take 300 MiB of memory."""
DEADLINE_S = 60.0
"""How long one request and its whole reply may take."""

Fitting = TypeVar("Fitting", bound=BaseModel)


class NoReply(Retryable):
    """A request got no usable reply; the caller may ask again.

    Attributes:
        reply: The unusable reply, if a whole reply came.
    """

    code = "no_reply"
    reply: "Reply | None" = None


@dataclass(frozen=True)
class Reply:
    """One HTTP reply.

    Attributes:
        code: The HTTP status.
        headers: The headers, by their names in lower case.
        body: The body, as far as it arrived.
        flaw: Why the body is not whole; empty if it is whole.
    """

    code: int
    headers: Mapping[str, str]
    body: bytes = b""
    flaw: str = ""

    @property
    def is_success(self) -> bool:
        """Whether the status is from 200 to 299, and the reply is whole."""
        return 200 <= self.code < 300 and not self.flaw

    @cached_property
    def data(self) -> Any:
        """The body as JSON; None if it is no JSON, or beyond a limit."""
        if self.flaw:
            return None
        try:
            return read_json(self.body)
        except ValueError:
            return None

    def unusable(self) -> NoReply:
        """Make the error of a reply that can't be used."""
        error = NoReply(f"HTTP {self.code}: {self.said}")
        error.reply = self
        return error

    def fitting(self, model: type[Fitting]) -> Fitting:
        """Read the body as one kind of reply.

        Raises:
            NoReply: The reply is no success, or its body does not fit.
        """
        found = self.read(model) if self.is_success else None
        if found is None:
            raise self.unusable()
        return found

    def read(self, model: type[Fitting]) -> Fitting | None:
        """Read the body as one kind of reply; None if it does not fit."""
        try:
            return model.model_validate(self.data)
        except ValidationError:
            return None

    @property
    def request_id(self) -> str:
        """The first request id anywhere in the reply, for people; empty if it has none.

        A reply that was cut short, or is no JSON, may still hold the id of a bought job. It is for
        messages only: a gateway's header may hold the gateway's own id.
        """
        found = re.search(rb'"request_id"\s*:\s*"((?:[^"\\]|\\.){1,200})"', self.body[:1_000_000])
        said = found[1].decode("utf-8", "replace") if found is not None else ""
        return one_line(said or self.headers.get("x-fal-request-id", ""))

    @property
    def said(self) -> str:
        """The text of the reply, in one short line without secrets and control characters."""
        error = self.read(ErrorReply)
        if error is None:
            status = self.read(StatusAlone)
            said = f"it is {status.status}" if status else "a body that fal does not document"
            return self.flaw or said
        if isinstance(error.detail, str):
            return one_line(error.detail)
        return one_line("; ".join(finding.said for finding in error.detail))


async def ask(
    client: httpx.AsyncClient,
    method: str,
    url: str | httpx.URL,
    *,
    params: dict[str, str] | None = None,
    json: Any = None,
    deadline_s: float | None = None,
) -> Reply:
    """Send a repeatable request once, and read its reply within the deadline.

    Raises:
        NoReply: No whole reply came.
        Terminal: The address is no URL, or the client may not use it; nothing was sent.
    """
    within_s = DEADLINE_S if deadline_s is None else deadline_s
    deadline = asyncio.get_running_loop().time() + within_s
    headers = {"Accept-Encoding": "identity"}
    try:
        request = client.build_request(method, url, params=params, json=json, headers=headers)
    except (httpx.InvalidURL, ValueError) as error:
        raise Terminal(f"a request was not sent: {type(error).__name__} in its address") from None
    return await exchange(client, request, deadline)


async def exchange(client: httpx.AsyncClient, request: httpx.Request, deadline: float) -> Reply:
    """Send a request once, and read its reply.

    Args:
        client: The client that sends it.
        request: A request that may be repeated.
        deadline: The time by which the reply must be complete, on the event loop's clock.

    Raises:
        NoReply: No whole reply came.
    """
    try:
        async with asyncio.timeout_at(deadline):
            response = await client.send(request, stream=True)
    except ShotgraphError:
        raise
    except Exception as error:  # a bad address or header may raise any error of a lower layer
        raise NoReply(type(error).__name__) from None
    reply = await read_reply(response, deadline)
    if reply.flaw:
        raise NoReply(reply.flaw)
    return reply


async def read_reply(response: httpx.Response, deadline: float) -> Reply:
    """Read a reply to its end or to a limit, and close it.

    Args:
        response: The response, opened as a stream.
        deadline: The time by which it must be complete, on the event loop's clock.
    """
    body, flaw = bytearray(), ""
    try:
        async with asyncio.timeout_at(deadline):
            # Read the raw bytes: unpacked, half a megabyte can become half a gigabyte.
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > MAX_BYTES:
                    flaw = _TOO_LONG
                    break
    except TimeoutError:
        flaw = "it was not complete in time"
    except Exception as error:  # as above
        flaw = f"it was cut short ({type(error).__name__})"
    finally:
        await response.aclose()
    return _whole(response, body, flaw)


def read_reply_now(response: httpx.Response) -> Reply:
    """Read a reply to its end or to a limit, without a deadline, for callers that can't await.

    Raises:
        httpx.HTTPError: The reply was cut short.
    """
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > MAX_BYTES:
            return _whole(response, body, _TOO_LONG)
    return _whole(response, body, "")


def _whole(response: httpx.Response, body: bytearray, flaw: str) -> Reply:
    """Make a reply from the received bytes and their flaw; unpacks a packed body."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    if body and not flaw:
        body, flaw = _unpacked(body, headers.get("content-encoding", "identity").lower())
    return Reply(response.status_code, headers, bytes(body), flaw)


_TOO_LONG = f"it is longer than {MAX_BYTES} bytes"


def _unpacked(body: bytearray, encoding: str) -> tuple[bytearray, str]:
    """Unpack a body that the server packed, although the request did not allow it."""
    if encoding in ("identity", ""):
        return body, ""
    if encoding not in ("gzip", "x-gzip", "deflate"):
        return body, "it is packed in a way that was not asked for"
    unpacker = zlib.decompressobj(wbits=47)  # gzip or zlib, by its first bytes
    try:
        unpacked = bytearray(unpacker.decompress(bytes(body), MAX_BYTES + 1))
    except zlib.error:
        return body, "it can't be unpacked"
    if len(unpacked) > MAX_BYTES:
        return bytearray(), _TOO_LONG
    return unpacked, "" if unpacker.eof else "it was cut short"


def read_json(body: bytes) -> Any:
    """Read JSON within the limits.

    Lone surrogates become question marks, NaN and infinity become null, and known secrets are
    hidden: the returned value can be put on record.

    Raises:
        ValueError: The body is no JSON, or beyond a limit.
    """
    if sum(body.count(mark) for mark in (b",", b"[", b"{")) > MAX_VALUES:
        raise ValueError(f"it holds more than {MAX_VALUES} values")
    try:
        return _storable(loads(body), MAX_LEVELS)
    except RecursionError:
        raise ValueError(f"it is nested in more than {MAX_LEVELS} levels") from None


def _storable(value: Any, levels: int) -> Any:
    if isinstance(value, str):
        text = value if value.isascii() else value.encode("utf-8", "replace").decode()
        # An error or an endpoint may echo the request.
        return without_keys(text)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if not isinstance(value, dict | list):
        return value
    if not levels:
        raise ValueError(f"it is nested in more than {MAX_LEVELS} levels")
    if isinstance(value, list):
        return [_storable(item, levels - 1) for item in value]
    return {_storable(name, 0): _storable(item, levels - 1) for name, item in value.items()}
