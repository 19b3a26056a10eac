"""Ask fal about one request, with one HTTP request for each question.

fal-client 1.0.3 repeats an HTTP request up to ten times if httpx raises an error, or if the status
is 408, 409, 429 or a gateway's 502 to 504. So one question became ten, most often when fal was
busy. fal-client does not repeat if its transport raises another error. So the transport here
sends once, reads the reply, and raises `NoReply` for every reply that fal-client could not read, or
would request again.
"""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
from fal_client import AsyncRequestHandle, Status

from shotgraph.clock import Clock
from shotgraph.errors import Terminal
from shotgraph.money.events import Accepted
from shotgraph.money.replies import Reply, ask, read_json
from shotgraph.money.reply_models import StatusAlone, StatusReply


class Once(httpx.AsyncBaseTransport):
    """A transport for fal-client: a function answers its requests, or raises a `ShotgraphError`."""

    def __init__(self, answer: Callable[[httpx.Request], Awaitable[httpx.Response]]) -> None:
        self._answer = answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        return await self._answer(request)


class Handle:
    """One request at fal.

    Args:
        accepted: The record of the request.
        client: The client, which sends the key and reaches only fal.

    Raises:
        Terminal: An address on record is no URL.
    """

    def __init__(self, accepted: Accepted, client: httpx.AsyncClient) -> None:
        for url in (accepted.status_url, accepted.response_url, accepted.cancel_url):
            _check_url(url, accepted)
        self._accepted = accepted
        self._client = client

    async def status(self) -> Status:
        """Ask for the status, with the log. The position in the queue may be None.

        Raises:
            NoReply: fal sent no usable status.
            Terminal: The address on record is not fal's; nothing was asked.
        """

        async def answer(request: httpx.Request) -> httpx.Response:
            reply = await self._ask(request)
            status = reply.fitting(StatusReply)
            return httpx.Response(200, json={"metrics": {}, **status.model_dump()})

        return await self._by_fal_client(answer).status(with_logs=True)

    async def result(self) -> Reply:
        """Ask for the result, after a status has said that the job is done.

        Returns:
            A reply that holds a JSON object.

        Raises:
            NoReply: The reply is no result; its `reply` may be the model's error.
            Terminal: The address on record is not fal's; nothing was asked.
        """
        known = [httpx.Response(200, json={"status": "COMPLETED", "logs": None})]
        replies: list[Reply] = []

        async def answer(request: httpx.Request) -> httpx.Response:
            # fal-client's get() first asks for the status, until the job is done.
            if known and request.url.path == httpx.URL(self._accepted.status_url).path:
                return known.pop()
            reply = await self._ask(request)
            if not reply.is_success or not isinstance(reply.data, dict) or _is_too_early(reply):
                raise reply.unusable()
            replies.append(reply)
            return httpx.Response(200, json={})

        await self._by_fal_client(answer).get()
        return replies[-1]

    async def cancel(self) -> Reply:
        """Ask fal to cancel the request.

        Returns:
            The reply, with any status.

        Raises:
            NoReply: No whole reply came.
            Terminal: The address on record is not fal's; nothing was asked.
        """
        replies: list[Reply] = []

        async def answer(request: httpx.Request) -> httpx.Response:
            replies.append(await self._ask(request))
            return httpx.Response(200)

        await self._by_fal_client(answer).cancel()
        return replies[-1]

    async def _ask(self, request: httpx.Request) -> Reply:
        return await ask(self._client, request.method, request.url)

    def _by_fal_client(
        self, answer: Callable[[httpx.Request], Awaitable[httpx.Response]]
    ) -> AsyncRequestHandle:
        return AsyncRequestHandle(
            request_id=self._accepted.request_id,
            response_url=self._accepted.response_url,
            status_url=self._accepted.status_url,
            cancel_url=self._accepted.cancel_url,
            client=httpx.AsyncClient(transport=Once(answer)),
        )


def _is_too_early(reply: Reply) -> bool:
    """Whether the reply means that the result does not exist yet: a 202, or only a status."""
    return reply.code == _ACCEPTED or reply.read(StatusAlone) is not None


_ACCEPTED = 202


def _check_url(url: str, accepted: Accepted) -> None:
    try:
        httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise Terminal(
            f"the record of request {accepted.request_id} has an address that is not a URL, so "
            "fal was not asked about the job; nothing was bought again"
        ) from None


WORTH_IT_S = 2.0
"""A stream is opened only when pauses are this long."""
TRIES = 3
MOST_AT_ONCE = 256
"""The most open streams of a process: each is a connection, and open files are limited."""
MOST_LINE_BYTES = 1 << 20
"""The most bytes of one event, which holds the lines of the job's log since the last event."""
_UNTIL_ANSWERED = httpx.Timeout(15, read=None)


class StatusStream:
    """The status stream of one request: fal sends each change."""

    _open = 0

    def __init__(self, accepted: Accepted, client: httpx.AsyncClient, clock: Clock) -> None:
        self._url = f"{accepted.status_url}/stream"
        self._client, self._clock = client, clock
        self._listening: asyncio.Task[bool] | None = None
        self._tries_left = TRIES

    async def pause(self, seconds: float) -> None:
        """Wait until the stream says that the job is done, at most this long."""
        if self._listening is None and seconds >= WORTH_IT_S and self._tries_left:
            self._tries_left -= 1
            self._listening = asyncio.create_task(self._is_done())
        if self._listening is None:
            await self._clock.sleep(seconds)
            return
        sleeping = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait({sleeping, self._listening}, return_when=asyncio.FIRST_COMPLETED)
            if self._listening.done() and not self._heard_the_end():
                await sleeping
        finally:
            sleeping.cancel()

    async def stop(self) -> None:
        """Stop listening."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait({self._listening})

    def _heard_the_end(self) -> bool:
        assert self._listening is not None  # noqa: S101  the caller has looked
        is_done, self._listening = self._listening.result(), None
        if is_done:
            # The next status may be older than this event; then the usual pauses continue.
            self._tries_left = 0
        return is_done

    async def _is_done(self) -> bool:
        if StatusStream._open >= MOST_AT_ONCE:
            return False
        StatusStream._open += 1
        try:
            async with self._client.stream(
                "GET",
                self._url,
                headers={"Accept-Encoding": "identity"},
                timeout=_UNTIL_ANSWERED,
            ) as reply:
                return reply.is_success and await _says_completed(reply)
        except Exception:  # without a stream, the status is still asked for at each pause
            return False
        finally:
            StatusStream._open -= 1


async def _says_completed(reply: httpx.Response) -> bool:
    """Read events until one says that the job is done, or a line is too long for an event."""
    unread = bytearray()
    async for chunk in reply.aiter_raw():
        unread += chunk
        if b"\n" in chunk:
            *lines, unread = unread.split(b"\n")
            if any(_is_completed(line) for line in lines):
                return True
        if len(unread) > MOST_LINE_BYTES:
            return False
    return False


def _is_completed(line: bytearray) -> bool:
    field, _, data = line.partition(b":")
    event = read_json(bytes(data)) if field == b"data" else None
    return isinstance(event, dict) and event.get("status") == "COMPLETED"
