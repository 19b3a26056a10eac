"""A person's cancel that Prefect's worker does not hear any more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shotgraph.blocks.persons_cancel import cancelled_in_prefect, run_of_process, runs_here
from shotgraph.clock import Clock
from shotgraph.errors import Interrupted

BETWEEN_LOOKS_S = 30
LOOKS = 2
"""As often a run is found cancelled before it stops itself: a worker that hears it comes first."""


class HeardCancel(Interrupted):
    """A person has cancelled the run, and it has stopped itself."""

    code = "cancelled"


@asynccontextmanager
async def hears_cancel(clock: Clock) -> AsyncIterator[None]:
    """Stop what is inside when a person has cancelled its run, and nobody else has stopped it.

    A worker and ``serve`` stop a run's process within seconds. They no longer do after an outage of
    the server in which three of their questions had no answer (Prefect 3.9.1, "flow run
    cancellation will fail"). A run that went on through it then looks for itself.

    Raises:
        HeardCancel: It was stopped so.
    """
    inside = asyncio.current_task()
    if inside is None or run_of_process() is None:
        yield
        return
    watch = asyncio.create_task(_until_cancelled(clock))
    heard = False

    def stop(_: asyncio.Task[None]) -> None:
        nonlocal heard
        if not watch.cancelled() and watch.exception() is None and not inside.cancelling():
            heard = inside.cancel()

    watch.add_done_callback(stop)
    try:
        yield
    except asyncio.CancelledError:
        if not heard or inside.uncancel():
            raise
        raise HeardCancel(
            "The run was cancelled, and has stopped itself, because its worker did not"
        ) from None
    finally:
        watch.remove_done_callback(stop)
        watch.cancel()


async def _until_cancelled(clock: Clock) -> None:
    found = 0
    while found < LOOKS:
        await clock.sleep(BETWEEN_LOOKS_S)
        found = found + 1 if await cancelled_in_prefect(runs_here()) else 0
