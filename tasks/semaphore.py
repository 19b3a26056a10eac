"""The semaphore of jobs in flight, for this process and for all processes; the turns of steps.

All processes share a global concurrency limit in Prefect. It is a courtesy to fal's queue and
protects no money: if Prefect can't be asked, or has lost a lease, a job continues without it.
Prefect's own ``concurrency`` renews each lease in a thread with its own client, and here 300 jobs
wait in one process; so this module renews the leases in the event loop of the jobs.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from uuid import UUID
from weakref import WeakKeyDictionary

import httpx
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.responses import ConcurrencyLimitWithLeaseResponse
from prefect.context import AsyncClientContext

from shotgraph.media.concurrency import LoopSemaphore
from shotgraph.money.session import Permits

LEASE_S = 120.0
"""The length of the lease: so long after the end of a process, its permit is free again."""
RENEWED_EVERY_S = 40.0
LONGEST_PAUSE_S = 10.0
ANSWER_S = 20.0
STOPPED_S = 1.0
"""The same as ANSWER_S, for a step that is being stopped: it must not delay the end of its run."""
ASKED_AGAIN_AFTER_S = 60.0
"""The pause after Prefect had no limit of this name, or could not be asked."""


def permits_at_fal(at_once: int | None, limit: str, say: Callable[[str], None]) -> Permits:
    """Make a semaphore with both limits.

    Args:
        at_once: The most jobs of this process; None for no limit.
        limit: The name of Prefect's global concurrency limit; it holds if it exists.
        say: Called with a line for the run's log when a job has to wait.
    """

    @asynccontextmanager
    async def permit(what: str) -> AsyncIterator[None]:
        async with _of_process(at_once), _of_account(limit, what, say):
            yield

    return permit


@cache
def _semaphore(at_once: int) -> LoopSemaphore:
    return LoopSemaphore(at_once)


@asynccontextmanager
async def _of_process(at_once: int | None) -> AsyncIterator[None]:
    if at_once is None:
        yield
        return
    async with _semaphore(at_once).held():
        yield


@dataclass
class _Limit:
    """A limit in one event loop: the jobs of the loop ask one after the other, in their order."""

    turn: asyncio.Lock
    without_until: float = 0.0


_limits: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, _Limit]] = WeakKeyDictionary()


def _known(limit: str) -> _Limit:
    of_loop = _limits.setdefault(asyncio.get_running_loop(), {})
    return of_loop.setdefault(limit, _Limit(asyncio.Lock()))


@asynccontextmanager
async def _of_account(limit: str, what: str, say: Callable[[str], None]) -> AsyncIterator[None]:
    lease = await _lease(limit, what, say)
    if lease is None:
        yield
        return
    renewing = asyncio.create_task(_renewed(lease))
    try:
        yield
    finally:
        renewing.cancel()
        task = asyncio.current_task()
        is_stopped = task is not None and task.cancelling() > 0
        # An error here must not end a paid job; the permit is free when the lease ends.
        with suppress(Exception):
            async with _asking(STOPPED_S if is_stopped else ANSWER_S) as prefect:
                await prefect.release_concurrency_slots_with_lease(lease)


async def _lease(limit: str, what: str, say: Callable[[str], None]) -> UUID | None:
    """Wait for a permit under a limit; None if the job continues without one."""
    known = _known(limit)
    async with known.turn:
        is_said = False
        while time.monotonic() >= known.without_until:
            try:
                lease = await _asked_for(limit)
            except Exception as error:
                say(
                    f'{what}: Prefect could not be asked for a place under the limit "{limit}" '
                    f"({type(error).__name__}); continuing without the limit"
                )
                lease = None
            if isinstance(lease, UUID):
                return lease
            if lease is None:
                known.without_until = time.monotonic() + ASKED_AGAIN_AFTER_S
                return None
            if not is_said:
                say(f'{what}: waiting for a place at fal: the limit "{limit}" is reached')
                is_said = True
            await asyncio.sleep(lease)
    return None


async def _asked_for(limit: str) -> UUID | float | None:
    """Ask for a permit: return a lease, the seconds until the next request, or None (no limit)."""
    async with _asking() as prefect:
        try:
            reply = await prefect.increment_concurrency_slots_with_lease(
                [limit], slots=1, mode="concurrency", lease_duration=LEASE_S
            )
        except httpx.HTTPStatusError as error:
            if error.response.status_code != httpx.codes.LOCKED:
                raise
            return min(LONGEST_PAUSE_S, float(error.response.headers["Retry-After"]))
    given = ConcurrencyLimitWithLeaseResponse.model_validate(reply.json())
    return given.lease_id if given.limits else None


async def _renewed(lease: UUID) -> None:
    """Renew a lease; a lost one stops nothing."""
    while True:
        await asyncio.sleep(RENEWED_EVERY_S)
        with suppress(Exception):
            async with _asking() as prefect:
                await prefect.renew_concurrency_lease(lease, LEASE_S)


@asynccontextmanager
async def _asking(answer_s: float | None = None) -> AsyncIterator[PrefectClient]:
    answer_s = ANSWER_S if answer_s is None else answer_s
    async with asyncio.timeout(answer_s), AsyncClientContext.get_or_create() as context:
        yield context.client


AT_ONCE = 8
LONGEST_S = 1.0
"""The longest turn, so that the upload of a large shot does not delay all other steps."""

_passing_on: ContextVar[Callable[[], None] | None] = ContextVar("passing_on", default=None)


class Turns:
    """The turns in which the steps of one run begin; the step with the longest wait is next.

    The start of a task run takes a processor for some 50 ms. If all ready steps began at once, the
    first of 250 jobs would be sent only after the last task run has started, 15 s later.
    """

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._places = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and keep it until it is passed on or the block ends."""
        await self._places.acquire()
        is_over = False

        def pass_on() -> None:
            nonlocal is_over
            if not is_over:
                is_over = True
                self._places.release()

        token = _passing_on.set(pass_on)
        timer = asyncio.get_running_loop().call_later(LONGEST_S, pass_on)
        try:
            yield
        finally:
            timer.cancel()
            _passing_on.reset(token)
            pass_on()


def pass_on() -> None:
    """Let the next step begin, because this step waits for fal or for a processor."""
    passing_on = _passing_on.get()
    if passing_on is not None:
        passing_on()
