"""Where at fal the bytes of an asset are, as far as this store has seen."""

import hashlib
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from shotgraph.clock import Clock
from shotgraph.fal.bases import FalBases
from shotgraph.model.references import Asset
from shotgraph.store import Store

TRUSTED_FOR = timedelta(days=3)
"""fal's pages disagree on how long a file stays: for ever, or at least 7 days."""


class _Seen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    at: datetime


class KnownUrls:
    """Records under ``uploads/<file host>/<sha256>/``, named by their moment."""

    def __init__(self, bases: FalBases, store: Store, clock: Clock) -> None:
        self._bases = bases
        self._records = store.records
        self._clock = clock

    async def note(self, asset: Asset, url: str) -> None:
        """Keep in mind that fal has the bytes of this asset under this URL."""
        seen = _Seen(url=url, at=self._clock.now())
        name = f"{self._folder(asset)}/{int(seen.at.timestamp() * 1000):015d}.json"
        await self._records.put_if_absent(name, seen.model_dump_json().encode())

    async def latest(self, asset: Asset) -> str | None:
        """Give the URL that was seen last, if that is not too long ago."""
        names = await self._records.names(self._folder(asset))
        data = await self._records.get(names[-1]) if names else None
        try:
            seen = _Seen.model_validate_json(data) if data else None
        except ValueError:
            return None
        if seen is None or self._clock.now() - seen.at > TRUSTED_FOR:
            return None
        return seen.url

    def _folder(self, asset: Asset) -> str:
        where = hashlib.sha256(self._bases.cdn_url.encode()).hexdigest()[:16]
        return f"uploads/{where}/{asset.sha256}"
