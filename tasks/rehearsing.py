"""The settings of a run that may be a rehearsal."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shotgraph.inputs.hosts import REHEARSAL, FalBases
from shotgraph.rehearsal import RehearsalServer
from shotgraph.tasks.run_settings import RehearsalAt, RunSettings


@asynccontextmanager
async def rehearsing(
    rehearse: bool, settings: RunSettings | None = None
) -> AsyncIterator[RunSettings]:
    """Serve a rehearsal for as long as the run takes, if it is one.

    Args:
        rehearse: Whether it is.
        settings: The run's settings otherwise.
    """
    settings = settings or RunSettings()
    if not rehearse:
        yield settings
        return
    async with RehearsalServer() as server:
        bases = FalBases.model_validate(server.bases.as_dict())
        at = RehearsalAt(bases=bases, key=server.key)
        yield settings.model_copy(update={"rehearsal": at, "backend": REHEARSAL})
