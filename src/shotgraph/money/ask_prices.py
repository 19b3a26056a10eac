"""Ask fal's pricing API: once a day, for two seconds at most.

https://docs.fal.ai/platform-apis/v1/models/pricing takes up to 50 endpoints at once, and answers
404 where it does not know one of them.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeAlias

import httpx
from pydantic import BaseModel, ConfigDict

from shotgraph.clock import Clock
from shotgraph.endpoints import ENDPOINTS
from shotgraph.errors import Retryable
from shotgraph.inputs.guard import trusted
from shotgraph.money.connection import FalConnection
from shotgraph.money.prices import ApiAnswer, ApiPrice, Prices, keep_answer, latest_prices
from shotgraph.money.replies import Reply, read_reply_now
from shotgraph.store import Store

ASK_S = 2.0
MOST_AT_ONCE = 50


class _Reply(BaseModel):
    model_config = ConfigDict(frozen=True)

    prices: tuple[ApiPrice, ...]


_Asked: TypeAlias = _Reply | str
"""The reply; or the reason why there is none."""


async def current_prices(
    store: Store,
    connection: FalConnection,
    clock: Clock,
    others: Iterable[str] = (),
    *,
    ask_s: float = ASK_S,
) -> Prices:
    """Find today's prices: in the store or from fal; else the last known ones.

    Args:
        store: Where answers are kept.
        connection: Where fal is.
        clock: The time.
        others: Endpoints of ``fal`` steps.
        ask_s: How long fal may take to answer, in seconds.

    Raises:
        Retryable: The store could not be read.
    """
    known = await latest_prices(store, connection.backend)
    now = clock.now()
    lacking = known.lacking(others, now)
    ours: Sequence[str] = () if known.is_of_today(now) else list(ENDPOINTS)
    if lacking and known.others is not None and known.others.is_of_today(now):
        # Prices that were asked for today stay in the newest answer.
        lacking = [*lacking, *known.others.asked_for()]
    lacking = lacking[:MOST_AT_ONCE]
    said, said_of_others = await asyncio.gather(
        _ask(ours, lambda: _get(connection, ours, ask_s), ask_s),
        _ask(lacking, lambda: _get_others(connection, lacking, ask_s), ask_s),
    )
    if isinstance(said, str):
        known = replace(known, why_not=said)
    elif said is not None:
        answer = ApiAnswer(asked_at=now, prices=said.prices)
        await _keep(store, connection, answer, of_others=False)
        known = replace(known, answer=answer)
    if isinstance(said_of_others, str):
        return replace(known, why_not_others=said_of_others)
    if said_of_others is None:
        return known
    named = {price.endpoint_id for price in said_of_others.prices}
    unknown = tuple(name for name in lacking if name not in named)
    answer = ApiAnswer(asked_at=now, prices=said_of_others.prices, unknown=unknown)
    await _keep(store, connection, answer, of_others=True)
    return replace(known, others=answer)


async def _keep(
    store: Store, connection: FalConnection, answer: ApiAnswer, *, of_others: bool
) -> None:
    # A store that can't be written to has no cache; the prices are today's all the same.
    with suppress(Retryable):
        await keep_answer(store, connection.backend, answer, of_others=of_others)


async def _ask(names: Sequence[str], get: Callable[[], _Asked], ask_s: float) -> _Asked | None:
    """Ask in a thread of its own; None if there is nothing to ask for."""
    if not names:
        return None
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[_Asked] = loop.create_future()

    def tell(answer: _Asked) -> None:
        if not answered.done():
            answered.set_result(answer)

    def ask() -> None:
        answer = get()
        with suppress(RuntimeError):  # Nobody waits for it, and the loop is closed.
            loop.call_soon_threadsafe(tell, answer)

    # A name server that is silent holds up the thread that asks it for half a minute, and Python
    # waits for every thread when it ends, except for those of this kind.
    threading.Thread(target=ask, daemon=True, name="fal-prices").start()
    try:
        return await asyncio.wait_for(answered, ask_s)
    except TimeoutError:
        return f"fal's pricing API did not answer within {ask_s:g} s"


def _get_others(connection: FalConnection, names: Sequence[str], ask_s: float) -> _Asked:
    """Ask for all of them; one by one, if fal does not know all."""
    said = _get(connection, names, ask_s)
    if said != _NOT_FOUND or len(names) == 1:
        return _Reply(prices=()) if said == _NOT_FOUND else said
    found: list[ApiPrice] = []
    for name in names:
        one = _get(connection, [name], ask_s)
        if isinstance(one, _Reply):
            found += one.prices
        elif one != _NOT_FOUND:
            return one
    return _Reply(prices=tuple(found))


def _get(connection: FalConnection, names: Sequence[str], ask_s: float) -> _Asked:
    try:
        with (
            httpx.Client(
                headers={
                    "Authorization": f"Key {connection.key.get_secret_value()}",
                    "Accept-Encoding": "identity",
                },
                verify=trusted(),
                timeout=ask_s,
                # The request carries the key, so a redirect is not followed.
                follow_redirects=False,
            ) as client,
            client.stream(
                "GET",
                f"{connection.bases.api_url}/v1/models/pricing",
                params={"endpoint_id": ",".join(names)},
            ) as response,
        ):
            if response.status_code != httpx.codes.OK:
                return f"fal's pricing API answered with HTTP {response.status_code}"
            return _read(read_reply_now(response))
    except httpx.TimeoutException:
        return f"fal's pricing API did not answer within {ask_s:g} s"
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return f"fal's pricing API can't be reached ({type(error).__name__})"


_NOT_FOUND = "fal's pricing API answered with HTTP 404"


def _read(reply: Reply) -> _Asked:
    if reply.flaw:
        return f"the answer of fal's pricing API can't be used: {reply.flaw}"
    return reply.read(_Reply) or "the answer of fal's pricing API names no prices"
