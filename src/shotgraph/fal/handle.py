"""Questions about one request at fal: asked by fal-client, each of them once.

fal-client 1.0.3 repeats a request up to ten times where httpx raises an error, and where the status
is 408, 409, 429 or a gateway's 502 to 504: one question of ours was heard ten times, most often
when fal said that it was busy. It repeats nothing where an error of ours is raised below it. So the
transport that it is given here sends once, reads the reply, and raises `NoReply` for whatever
fal-client could not read, or would ask again for.
"""

from collections.abc import Awaitable, Callable

import httpx
from fal_client import AsyncRequestHandle, Status

from shotgraph.errors import Terminal
from shotgraph.fal.replies import Reply, ask
from shotgraph.fal.reply_models import StatusReply
from shotgraph.ledger import Accepted


class Once(httpx.AsyncBaseTransport):
    """A transport for fal-client: a function answers its requests, or raises an error of ours."""

    def __init__(self, answer: Callable[[httpx.Request], Awaitable[httpx.Response]]) -> None:
        self._answer = answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Have one request answered."""
        return await self._answer(request)


class Handle:
    """One request at fal.

    Args:
        accepted: The request, as it is on record.
        client: Shows the key, and goes to fal only.

    Raises:
        Terminal: An address on record is no URL.
    """

    def __init__(self, accepted: Accepted, client: httpx.AsyncClient) -> None:
        for url in (accepted.status_url, accepted.response_url, accepted.cancel_url):
            _check_url(url, accepted)
        self._accepted = accepted
        self._client = client

    async def status(self) -> Status:
        """Ask how it is, with its log. Of what fal-client makes of it, a position may be None.

        Raises:
            NoReply: fal did not say.
            Terminal: The address on record is not fal's; nothing was asked.
        """

        async def answer(request: httpx.Request) -> httpx.Response:
            reply = await self._ask(request)
            status = reply.fitting(StatusReply)
            return httpx.Response(200, json={"metrics": {}, **status.model_dump()})

        return await self._by_fal_client(answer).status(with_logs=True)

    async def result(self) -> Reply:
        """Ask for the result, of which a status has said that it is there.

        Returns:
            A reply whose data is a JSON object.

        Raises:
            NoReply: What came is no result; `reply` may be the model's error.
            Terminal: The address on record is not fal's; nothing was asked.
        """
        known = [httpx.Response(200, json={"status": "COMPLETED", "logs": None})]
        replies: list[Reply] = []

        async def answer(request: httpx.Request) -> httpx.Response:
            # fal-client's get() asks for the status first, and goes on asking until it is done.
            if known and request.url.path == httpx.URL(self._accepted.status_url).path:
                return known.pop()
            reply = await self._ask(request)
            if not reply.is_success or not isinstance(reply.data, dict):
                raise reply.unusable()
            replies.append(reply)
            return httpx.Response(200, json={})

        await self._by_fal_client(answer).get()
        return replies[-1]

    async def cancel(self) -> Reply:
        """Ask fal to cancel it.

        Returns:
            The reply, whatever its status.

        Raises:
            NoReply: None came.
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


def _check_url(url: str, accepted: Accepted) -> None:
    try:
        httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise Terminal(
            f"the record of request {accepted.request_id} has an address that is no URL, so fal "
            "was not asked about it; nothing was bought again"
        ) from None
