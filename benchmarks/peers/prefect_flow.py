"""A plain Prefect flow: one task for each job, cached by its inputs; the clip is uploaded once."""

import asyncio
import hashlib
from typing import Any

import fal_client
import work
from prefect import flow, task
from prefect.cache_policies import INPUTS


@task(cache_policy=INPUTS, persist_result=True)
async def uploaded(sha256: str) -> str:
    """Upload the clip; cached by its hash, so that it is uploaded once."""
    return await fal_client.AsyncClient().upload_file(work.CLIP)


@task(cache_policy=INPUTS, persist_result=True)
async def drawn(endpoint: str, arguments: dict[str, str]) -> str:
    """Run one job at fal."""
    result: Any = await fal_client.AsyncClient().subscribe(endpoint, arguments)
    return str(result["video"]["url"])


@flow
async def film() -> None:
    """Run two jobs for each shot."""
    url = await uploaded(hashlib.sha256(work.CLIP.read_bytes()).hexdigest())

    async def shot(number: int) -> None:
        first = await drawn(*work.reference(url, number))
        await drawn(*work.edit(first, number))

    await asyncio.gather(*(shot(number) for number in range(work.SHOTS)))


asyncio.run(film())
