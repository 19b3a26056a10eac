"""Pauses between two questions about a request, cut short when fal says by itself that it is done.

The stream of a request's status is documented
(https://docs.fal.ai/model-apis/model-endpoints/queue), and fal's own clients call it experimental.
So nothing rests on it: what it says only ends a pause, and where it is not there, or ends, the
pauses are as long as without.
"""

import asyncio
import json

import httpx

from shotgraph.clock import Clock
from shotgraph.ledger import Accepted

WORTH_IT_S = 2.0
"""Before pauses are this long, a job is asked after often enough."""
TRIES = 3
MOST_AT_ONCE = 256
"""Streams of one process: each is a connection, and files that are open have a limit."""
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
            async with self._client.stream("GET", self._url, timeout=_UNTIL_ANSWERED) as reply:
                if not reply.is_success:
                    return False
                async for line in reply.aiter_lines():
                    if line.startswith("data:") and _is_completed(line[len("data:") :]):
                        return True
        except (httpx.HTTPError, ValueError):
            pass
        finally:
            StatusStream._open -= 1
        return False


def _is_completed(data: str) -> bool:
    event = json.loads(data)
    return isinstance(event, dict) and event.get("status") == "COMPLETED"
