"""Prefect's server on SQLite says 503 while its database is locked; its own client asks again."""

import asyncio
import time

import httpx

LOCKED = httpx.codes.SERVICE_UNAVAILABLE
_LONGEST_S, _BETWEEN_S = 300, 0.2


class AsksAgain(httpx.AsyncHTTPTransport):
    """Asks as often as it takes, within bounds; nothing was changed by what was refused so."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        async with asyncio.timeout(_LONGEST_S):
            while True:
                reply = await super().handle_async_request(request)
                if reply.status_code != LOCKED:
                    return reply
                await reply.aclose()
                await asyncio.sleep(_BETWEEN_S)


class AsksAgainNow(httpx.HTTPTransport):
    """The same where nothing is async."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        give_up_at = time.monotonic() + _LONGEST_S
        while True:
            reply = super().handle_request(request)
            if reply.status_code != LOCKED or time.monotonic() > give_up_at:
                return reply
            reply.close()
            time.sleep(_BETWEEN_S)
