"""Known prices of ``fal`` steps: fal's list, and earlier bills of this store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from weakref import WeakValueDictionary

from shotgraph.inputs.hosts import REHEARSAL
from shotgraph.money.ask_prices import current_prices
from shotgraph.money.past_jobs import PastJob, past_jobs
from shotgraph.money.prices import Prices
from shotgraph.money.session import Session


@dataclass
class _Seen:
    """The bills of one store and one backend, read once in a process and then kept up to date."""

    prices: Prices | None = None
    jobs: list[PastJob] | None = None
    asked_for: set[str] = field(default_factory=set)


_seen: dict[tuple[str, str], _Seen] = {}
_locks: WeakValueDictionary[tuple[str, str, str, int], asyncio.Lock] = WeakValueDictionary()


async def prices_with_bills(session: Session, endpoint_id: str) -> Prices:
    """Find the known price of an endpoint; a rehearsal knows none, and asks nobody.

    fal is asked at most once in a process, and only where no run has asked it today.

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
        if seen.jobs is None:
            seen.jobs = await past_jobs(session.store.records, session.fal.backend)
    return prices.with_bills(seen.jobs)


def note_bill(session: Session, endpoint_id: str, billed_units: Decimal | None) -> None:
    """Note the bill of a job that this process has bought."""
    seen = _seen_by(session)
    if seen.jobs is not None:
        seen.jobs.insert(0, PastJob(endpoint_id, session.clock.now(), billed_units, None))


@asynccontextmanager
async def turn_of(session: Session, endpoint_id: str) -> AsyncIterator[None]:
    """Let one job of an endpoint go first, until its bill is known.

    fal's list has the price of a unit, but not the number of units of a job. All jobs of a film are
    sent at once, so without this a budget could be exceeded many times before the first bill
    arrives. Without a budget, no job waits. A run that trusts the prices of its file waits too.
    """
    if not session.budgets or session.fal.backend == REHEARSAL:
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
