"""Pauses between two questions about a request, cut short when fal says by itself that it is done.

The stream of a request's status is documented
(https://docs.fal.ai/model-apis/model-endpoints/queue), and fal's own clients call it experimental.
So nothing rests on it: what it says only ends a pause, and where it is not there, or ends, the
pauses are as long as without.
"""

import asyncio

import httpx

from shotgraph.clock import Clock
from shotgraph.fal.replies import read_json
from shotgraph.ledger import Accepted

WORTH_IT_S = 2.0
"""Before pauses are this long, a job is asked after often enough."""
TRIES = 3
MOST_AT_ONCE = 256
"""Streams of one process: each is a connection, and files that are open have a limit."""
MOST_LINE_BYTES = 1 << 20
"""Of one event: it holds what the job's log has said since the last one."""
_UNTIL_ANSWERED = httpx.Timeout(15, read=None)


class StatusStream:
    """What fal says by itself about one request."""

    _open = 0

    def __init__(self, accepted: Accepted, client: httpx.AsyncClient, clock: Clock) -> None:
        self._url = f"{accepted.status_url}/stream"
        self._client, self._clock = client, clock
        self._listening: asyncio.Task[bool] | None = None
        self._tries_left = TRIES

    async def pause(self, seconds: float) -> None:
        """Wait, at most this long."""
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
        """Listen no longer."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait({self._listening})

    def _heard_the_end(self) -> bool:
        assert self._listening is not None  # noqa: S101  the caller has looked
        is_done, self._listening = self._listening.result(), None
        if is_done:
            # What is asked next may not know it yet: then it is asked again after pauses.
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
        except Exception:  # nothing rests on it
            return False
        finally:
            StatusStream._open -= 1


async def _says_completed(reply: httpx.Response) -> bool:
    """Read events until one says that the job is done, or a line is too long for one."""
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
