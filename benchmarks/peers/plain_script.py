"""A plain script with fal-client and asyncio only: no cache, no records, no files."""

import asyncio

import fal_client
import work


async def main() -> None:
    """Upload the clip once, then run two jobs for each shot."""
    client = fal_client.AsyncClient()
    url = await client.upload_file(work.CLIP)

    async def shot(number: int) -> None:
        endpoint, arguments = work.reference(url, number)
        first = await client.subscribe(endpoint, arguments)
        endpoint, arguments = work.edit(first["video"]["url"], number)
        await client.subscribe(endpoint, arguments)

    await asyncio.gather(*(shot(number) for number in range(work.SHOTS)))


asyncio.run(main())
