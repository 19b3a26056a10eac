"""An endpoint's OpenAPI document from fal: asked for once a day, and kept with its date.

https://fal.ai/api/openapi/queue/openapi.json?endpoint_id=… answers 404 and ``null`` for an id that
it does not know. A server that stands in for fal has it below its platform API. It is a help, not
a condition: where it can't be had, nothing is checked, and that is said.
"""

import asyncio
import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx

from shotgraph.clock import Clock
from shotgraph.errors import ShotgraphError, Terminal
from shotgraph.fal.bases import FalBases
from shotgraph.fal.guard import check_url, fetching_client
from shotgraph.store import Store

PUBLIC_URL = "https://fal.ai/api/openapi/queue/openapi.json"
MOST_BYTES = 1_000_000
TIMEOUT_S = 5.0


@dataclass(frozen=True)
class FoundSchema:
    """What could be had.

    Attributes:
        document: The document; None where there is none.
        dated: The day on which it was read at fal.
        note: Why there is none.
    """

    document: dict[str, Any] | None
    dated: date | None = None
    note: str = ""


async def fetch_schema(
    endpoint_id: str, *, bases: FalBases, store: Store, clock: Clock
) -> FoundSchema:
    """Get an endpoint's document: of today out of the store, else from fal.

    The key is not shown. An older one in the store counts where fal can't be reached.
    """
    url = schema_url(bases)
    folder = f"schemas/{hashlib.sha256(f'{url} {endpoint_id}'.encode()).hexdigest()[:32]}"
    today = clock.now().date()
    names = await store.records.names(folder)
    newest = await _kept(store, names[-1]) if names else None
    if newest is not None and newest.dated == today:
        return newest
    try:
        document = await _read(url, endpoint_id, bases)
    except (httpx.HTTPError, TimeoutError, ShotgraphError, ValueError, RecursionError) as error:
        why = error.message if isinstance(error, ShotgraphError) else type(error).__name__
        return newest or FoundSchema(None, note=f"fal's description of {endpoint_id}: {why}")
    if document is None:
        return FoundSchema(None, note=f"fal has no description of {endpoint_id}")
    data = json.dumps({"document": document}, separators=(",", ":")).encode()
    await store.records.put_if_absent(f"{folder}/{today.isoformat()}.json", data)
    return FoundSchema(document, today)


def schema_url(bases: FalBases) -> str:
    """Where documents are."""
    if bases.api_url == FalBases().api_url:
        return PUBLIC_URL
    return f"{bases.api_url}/openapi/queue/openapi.json"


async def _kept(store: Store, name: str) -> FoundSchema | None:
    data = await store.records.get(name)
    try:
        document = json.loads(data or b"")["document"]
        dated = date.fromisoformat(name.rpartition("/")[2].removesuffix(".json"))
    except (ValueError, LookupError, TypeError):
        return None
    return FoundSchema(document, dated) if isinstance(document, dict) else None


async def _read(url: str, endpoint_id: str, bases: FalBases) -> dict[str, Any] | None:
    check_url(url, bases)
    kept = bytearray()
    async with (
        asyncio.timeout(TIMEOUT_S),
        fetching_client(url, bases) as client,
        client.stream("GET", url, params={"endpoint_id": endpoint_id}) as reply,
    ):
        if reply.status_code == httpx.codes.NOT_FOUND:
            return None
        if not reply.is_success:
            raise Terminal(f"HTTP {reply.status_code}")
        async for chunk in reply.aiter_raw():
            kept += chunk
            if len(kept) > MOST_BYTES:
                raise Terminal(f"it has over {MOST_BYTES} bytes")
    document = json.loads(kept)
    return document if isinstance(document, dict) else None
