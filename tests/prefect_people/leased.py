"""A flow whose slot is leased for seconds: ``python -m tests.prefect_people.leased`` serves it.

Prefect leases the slot of a deployment for 300 seconds, and has no setting for that.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from prefect import flow, flow_engine

from shotgraph.tasks import RunSettings, edit

LEASE_S = 4.0

_NAME = "amaintain_concurrency_lease"
_maintained = getattr(flow_engine, _NAME)


@asynccontextmanager
async def _maintained_for_seconds(
    lease_id: UUID, lease_duration: float, **given: Any
) -> AsyncIterator[None]:
    async with _maintained(lease_id, LEASE_S, **given):
        yield


setattr(flow_engine, _NAME, _maintained_for_seconds)


@flow(name="leased")
async def leased(shot: str, name: str) -> None:
    """Repaint a shot twice."""
    settings = RunSettings()
    await asyncio.gather(
        edit(shot, prompt=f"One, {name}", settings=settings),
        edit(shot, prompt=f"Two, {name}", tier="pro", settings=settings),
    )


if __name__ == "__main__":
    leased.serve("leased", global_limit=1, print_starting_message=False)
