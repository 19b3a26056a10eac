"""What each job made."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from shotgraph.failpoints import Failpoint
from shotgraph.keys import Key
from shotgraph.media.info import MediaInfo
from shotgraph.media_ref import Asset
from shotgraph.store import Store


class Result(BaseModel):
    """What a job made, and what it cost.

    Attributes:
        recipe: The endpoint's id, or the local step's name and version.
        request_id: fal's id of the job; None for a local step.
        cost_usd: What was billed for it, in dollars, when it was made.
        seconds: How long it took to make, in seconds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    key: Key
    recipe: str
    asset: Asset
    info: MediaInfo
    request_id: str | None
    cost_usd: Decimal
    seconds: float
    made_at: datetime


class Results:
    """Results in a store, under ``results/<key>/<sha256>.json``.

    A key has more than one where its bytes were lost and it was made anew; the first whose
    bytes are there counts.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, key: Key) -> Result | None:
        """Find a result whose bytes are in the store too."""
        records = self._store.records
        found = [_read(await records.get(name)) for name in await records.names(_folder(key))]
        for result in _oldest_first(found):
            size_bytes = await self._store.assets.size_bytes(result.asset.sha256)
            if size_bytes == result.asset.size_bytes:
                return result
        return None

    def get_now(self, key: Key) -> Result | None:
        """Find one, for callers that can't await."""
        records = self._store.records
        found = [_read(records.get_now(name)) for name in records.names_now(_folder(key))]
        for result in _oldest_first(found):
            if self._store.assets.here_now(result.asset.sha256):
                return result
        return None

    async def put(self, result: Result) -> None:
        """Keep a result."""
        name = f"{_folder(result.key)}/{result.asset.sha256}.json"
        await self._store.records.put_if_absent(
            name, result.model_dump_json().encode(), at=Failpoint.RESULT_PUT
        )


def _folder(key: Key) -> str:
    return f"results/{key}"


def _read(data: bytes | None) -> Result | None:
    """Read a record; one that is damaged counts as none, for its bytes can be had again."""
    try:
        return Result.model_validate_json(data) if data else None
    except ValueError:
        return None


def _oldest_first(found: Iterable[Result | None]) -> list[Result]:
    return sorted((result for result in found if result), key=lambda result: result.made_at)
