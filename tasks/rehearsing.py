"""The settings of a run that may be a rehearsal."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shotgraph.fal.bases import FalBases
from shotgraph.fal.connection import REHEARSAL
from shotgraph.rehearsal import RehearsalServer
from shotgraph.tasks.run_settings import RehearsalAt, RunSettings


@asynccontextmanager
async def rehearsing(
    rehearse: bool, *, store: str | None = None, credentials: str = "default"
) -> AsyncIterator[RunSettings]:
    """Serve a rehearsal for as long as the run takes, if it is one.

    Args:
        rehearse: Whether it is.
        store: A folder or bucket; the environment's where it is None.
        credentials: The name of the FalCredentials block, for a run that is no rehearsal.
    """
    if not rehearse:
        yield RunSettings(store=store, credentials=credentials)
        return
    async with RehearsalServer() as server:
        bases = FalBases.model_validate(server.bases.as_dict())
        at = RehearsalAt(bases=bases, key=server.key)
        yield RunSettings(store=store, rehearsal=at, backend=REHEARSAL)
