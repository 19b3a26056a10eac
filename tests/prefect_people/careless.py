"""A flow that somebody else has written, in a module that workers can import."""

import asyncio

from prefect import flow

from shotgraph.tasks import Made, RunSettings, edit


@flow(name="careless")
async def careless(shot: str, name: str) -> list[str]:
    """Repaint a shot three times; goes on whatever happens to the first two."""
    settings = RunSettings()
    await asyncio.gather(
        edit(shot, prompt=f"One, {name}", settings=settings),
        edit(shot, prompt=f"Two, {name}", tier="pro", settings=settings),
        return_exceptions=True,
    )
    last: Made = await edit(shot, prompt=f"Three, {name}", settings=settings)
    return [last["sha256"]]
