"""Known prices: fal's pricing API, and the bills of earlier jobs in this store.

The API is asked once a day, for two seconds at most.
https://docs.fal.ai/platform-apis/v1/models/pricing takes up to 50 endpoints at once, and answers
404 if it does not know one of them.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeAlias
from weakref import WeakValueDictionary

import httpx
from pydantic import BaseModel, ConfigDict

from shotgraph.clock import Clock
from shotgraph.endpoints import ENDPOINTS
from shotgraph.errors import Retryable
from shotgraph.inputs.guard import trusted
from shotgraph.inputs.hosts import REHEARSAL
from shotgraph.money.connection import FalConnection
from shotgraph.money.past_jobs import PastJob, known_past_jobs, note_past_job
from shotgraph.money.prices import ApiAnswer, ApiPrice, Prices, keep_answer, latest_prices
from shotgraph.money.replies import Reply, read_reply_now
from shotgraph.money.session import Session
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
    """Find today's prices in the store or from fal; else the last known prices.

    Args:
        store: The store that keeps the answers.
        connection: The connection to fal.
        clock: The clock.
        others: The endpoints of ``fal`` steps.
        ask_s: How long fal may take to answer, in seconds.

    Raises:
        Retryable: The store could not be read.
    """
    known = await latest_prices(store, connection.backend)
    now = clock.now()
    lacking = known.lacking(others, now)
    ours: Sequence[str] = () if known.is_of_today(now) else list(ENDPOINTS)
    if lacking and known.others is not None and known.others.is_of_today(now):
        # Ask again for today's other endpoints too: the newest answer must have all of them.
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
    # A store that can't be written to keeps no answers; the prices are today's all the same.
    with suppress(Retryable):
        await keep_answer(store, connection.backend, answer, of_others=of_others)


async def _ask(names: Sequence[str], get: Callable[[], _Asked], ask_s: float) -> _Asked | None:
    """Ask in a separate thread; None if the list of names is empty."""
    if not names:
        return None
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[_Asked] = loop.create_future()

    def tell(answer: _Asked) -> None:
        if not answered.done():
            answered.set_result(answer)

    def ask() -> None:
        answer = get()
        with suppress(RuntimeError):  # the loop is closed, and nothing waits for the answer
            loop.call_soon_threadsafe(tell, answer)

    # A silent name server blocks its thread for half a minute, and at its end Python waits for
    # every thread except daemon threads.
    threading.Thread(target=ask, daemon=True, name="fal-prices").start()
    try:
        return await asyncio.wait_for(answered, ask_s)
    except TimeoutError:
        return f"fal's pricing API did not answer within {ask_s:g} s"


def _get_others(connection: FalConnection, names: Sequence[str], ask_s: float) -> _Asked:
    """Ask for all endpoints at once; one by one, if fal does not know all of them."""
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


@dataclass
class _Seen:
    """The prices of one store and one backend that this process has asked for."""

    prices: Prices | None = None
    asked_for: set[str] = field(default_factory=set)


_seen: dict[tuple[str, str], _Seen] = {}
_locks: WeakValueDictionary[tuple[str, str, str, int], asyncio.Lock] = WeakValueDictionary()


async def prices_with_bills(session: Session, endpoint_id: str) -> Prices:
    """Find the known price of an endpoint; a rehearsal has none, and sends no request.

    fal is asked at most once in a process, and only if no run has asked it today.

    Raises:
        Retryable: The store could not be read.
    """
    if session.fal.backend == REHEARSAL:
        return session.prices
    seen, prices = _seen_by(session), session.prices
    async with _lock(session, "prices"):
        if prices.lacking([endpoint_id], session.clock.now()):
            if endpoint_id not in seen.asked_for:
                seen.asked_for.add(endpoint_id)
                asked = [endpoint_id]
                seen.prices = await current_prices(session.store, session.fal, session.clock, asked)
            prices = seen.prices or prices
        jobs = await known_past_jobs(session.store, session.fal.backend)
    return prices.with_bills(jobs)


def note_bill(session: Session, endpoint_id: str, billed_units: Decimal | None) -> None:
    """Note the bill of a job that this process has bought."""
    job = PastJob(endpoint_id, session.clock.now(), billed_units, None)
    note_past_job(session.store, session.fal.backend, job)


@asynccontextmanager
async def turn_of(session: Session, endpoint_id: str) -> AsyncIterator[None]:
    """Let one job of an endpoint go first, until its bill is known.

    fal's list has the price of a unit, but not the number of units of a job. All jobs of a film are
    sent at once, so they could cost a budget many times over before the first bill arrives.
    Without a budget, no job waits. A run that trusts the prices of its file waits too.
    """
    if not session.has_wall:
        yield
        return
    turn = _lock(session, endpoint_id)
    if await _is_billed(session, endpoint_id):
        yield
        return
    async with turn:
        if not await _is_billed(session, endpoint_id):
            yield
            return
    yield


async def _is_billed(session: Session, endpoint_id: str) -> bool:
    return bool((await prices_with_bills(session, endpoint_id)).billed.get(endpoint_id))


def _lock(session: Session, what: str) -> asyncio.Lock:
    loop = id(asyncio.get_running_loop())
    name = (session.store.location, session.fal.backend, what, loop)
    return _locks.setdefault(name, asyncio.Lock())


def _seen_by(session: Session) -> _Seen:
    return _seen.setdefault((session.store.location, session.fal.backend), _Seen())
