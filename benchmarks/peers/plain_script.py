"""What somebody writes with fal-client and asyncio alone: no cache, no record, no files."""

import asyncio

import fal_client
import work


async def main() -> None:
    """Upload once, then two jobs for each shot."""
    client = fal_client.AsyncClient()
    url = await client.upload_file(work.CLIP)

    async def shot(number: int) -> None:
        endpoint, arguments = work.reference(url, number)
        first = await client.subscribe(endpoint, arguments)
        endpoint, arguments = work.edit(first["video"]["url"], number)
        await client.subscribe(endpoint, arguments)

    await asyncio.gather(*(shot(number) for number in range(work.SHOTS)))


asyncio.run(main())
