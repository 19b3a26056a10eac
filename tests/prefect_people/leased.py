"""Flows whose leases are renewed at once: ``python -m tests.prefect_people.leased`` serves them.

Prefect renews the lease of a deployment's slot every 225 seconds, and has no setting for that.
"""

import asyncio

from prefect import aserve, flow
from prefect.concurrency import _leases
from prefect.deployments.runner import RunnerDeployment

from shotgraph.flows import film
from shotgraph.tasks import RunSettings, edit

RENEWED_AFTER = 1 / 75
"""The part of the 300 s of a lease after which it is renewed."""
FILE = "tests/prefect_people/leased.py"
"""A film's process has to read it, too."""

__all__ = ["film", "leased"]

_leases._RENEWAL_FRACTION = RENEWED_AFTER


@flow(name="leased")
async def leased(shot: str, name: str) -> None:
    """Repaint a shot twice."""
    settings = RunSettings()
    await asyncio.gather(
        edit(shot, prompt=f"One, {name}", settings=settings),
        edit(shot, prompt=f"Two, {name}", tier="pro", settings=settings),
    )


async def main() -> None:
    """Serve it, and a flow that outlives its lease."""
    await aserve(
        await leased.ato_deployment("leased", concurrency_limit=1),
        RunnerDeployment.from_entrypoint(f"{FILE}:film", "leased", concurrency_limit=1),
        print_starting_message=False,
    )


if __name__ == "__main__":
    asyncio.run(main())
