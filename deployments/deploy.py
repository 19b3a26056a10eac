"""Deployments in Python: each function is all that a project with the package needs.

python deployments/deploy.py deploy examples    # for the workers of a pool
python deployments/deploy.py serve examples     # executed by this process
python deployments/deploy.py run examples/daily-clip.yaml
"""

import asyncio
import sys
from pathlib import Path

from prefect.deployments import arun_deployment
from prefect.schedules import Cron

from shotgraph.flows import deploy_all, deployment_of, serve_all


async def deploy(folder: Path) -> None:
    """Make a deployment of each pipeline file; a second call changes nothing."""
    morning = Cron("0 6 * * *", timezone="Europe/Berlin", active=False)
    films = [
        await deployment_of(file, schedules=[morning], max_usd=5, rehearse=True)
        for file in sorted(folder.glob("*.yaml"))
    ]
    for deployed in await deploy_all(films):
        sys.stdout.write(f"{deployed.name} {'made' if deployed.made else 'changed'}\n")


async def serve(folder: Path) -> None:
    """Make the deployments, and execute their runs here until stopped; no pool and no worker."""
    files = sorted(folder.glob("*.yaml"))
    films = [await deployment_of(file, pool=None, rehearse=True) for file in files]
    await deploy_all(films)
    await serve_all(films)


async def run(file: Path) -> None:
    """Start a run of a film and wait for it; a second call with the same key finds the same run."""
    film = await deployment_of(file, rehearse=True)
    await deploy_all([film])
    ended = await arun_deployment(
        film.full_name,
        parameters={"max_usd": 2},
        idempotency_key=f"{film.name} {film.version}",
        poll_interval=1,
    )
    sys.stdout.write(f"{ended.id} {ended.state.name if ended.state else ''}\n")


if __name__ == "__main__":
    asyncio.run({"deploy": deploy, "serve": serve, "run": run}[sys.argv[1]](Path(sys.argv[2])))
