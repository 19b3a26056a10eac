"""fal's pricing API, asked once a day, and never for longer than two seconds."""

import asyncio
import threading
from contextlib import suppress
from typing import TypeAlias

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from shotgraph.clock import Clock
from shotgraph.endpoints import ENDPOINTS
from shotgraph.errors import Retryable
from shotgraph.fal.connection import FalConnection
from shotgraph.fal.prices import ApiAnswer, ApiPrice, Prices, keep_answer, latest_prices
from shotgraph.fal.tls import trusted
from shotgraph.store import Store

ASK_S = 2.0
MAX_BYTES = 1 << 20


class _Reply(BaseModel):
    model_config = ConfigDict(frozen=True)

    prices: tuple[ApiPrice, ...]


_Asked: TypeAlias = _Reply | str
"""The reply; or why there is none, in words."""


async def current_prices(store: Store, connection: FalConnection, clock: Clock) -> Prices:
    """Find what endpoints cost today: on record, or by asking fal; else what is known.

    Raises:
        Retryable: The store could not be read.
    """
    known = await latest_prices(store, connection.backend)
    if known.is_of_today(clock.now()):
        return known
    asked = await _ask(connection)
    if isinstance(asked, str):
        return known.but_not_today(asked)
    answer = ApiAnswer(asked_at=clock.now(), prices=asked.prices)
    # A store that can't be written to has no cache; the prices are today's all the same.
    with suppress(Retryable):
        await keep_answer(store, connection.backend, answer)
    return Prices(answer)


async def _ask(connection: FalConnection) -> _Asked:
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[_Asked] = loop.create_future()

    def tell(answer: _Asked) -> None:
        if not answered.done():
            answered.set_result(answer)

    def ask() -> None:
        answer = _get(connection)
        with suppress(RuntimeError):  # Nobody waits any more, and the loop is closed.
            loop.call_soon_threadsafe(tell, answer)

    # A name server that is silent holds up the thread that asks it for half a minute, and Python
    # waits for every thread when it ends, except for those of this kind.
    threading.Thread(target=ask, daemon=True, name="fal-prices").start()
    try:
        return await asyncio.wait_for(answered, ASK_S)
    except TimeoutError:
        return f"fal's pricing API did not answer within {ASK_S:g} s"


def _get(connection: FalConnection) -> _Asked:
    try:
        with (
            httpx.Client(
                headers={"Authorization": f"Key {connection.key.get_secret_value()}"},
                verify=trusted(),
                timeout=ASK_S,
                # The key goes along, so wherever it is sent on to is not followed.
                follow_redirects=False,
            ) as client,
            client.stream(
                "GET",
                f"{connection.bases.api_url}/v1/models/pricing",
                params={"endpoint_id": ",".join(ENDPOINTS)},
            ) as response,
        ):
            if response.status_code != httpx.codes.OK:
                return f"fal's pricing API answered with HTTP {response.status_code}"
            return _read(response)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return f"fal's pricing API can't be reached ({type(error).__name__})"


def _read(response: httpx.Response) -> _Asked:
    body = bytearray()
    for part in response.iter_bytes(1 << 16):
        body += part
        if len(body) > MAX_BYTES:
            return f"the answer of fal's pricing API is longer than {MAX_BYTES} bytes"
    try:
        return _Reply.model_validate_json(bytes(body))
    except ValidationError:
        return "the answer of fal's pricing API names no prices"
