"""Which clips are known to decode to their end."""

from shotgraph.model.references import Asset
from shotgraph.store import Store


class Decoded:
    """Notes in a store, under ``decoded/<sha256>.json``: bytes that decoded once always will."""

    def __init__(self, store: Store) -> None:
        self._records = store.records

    async def knows(self, asset: Asset) -> bool:
        """Whether a clip was decoded before."""
        return await self._records.get(_name(asset)) is not None

    async def note(self, asset: Asset) -> None:
        """Note that a clip was decoded."""
        await self._records.put_if_absent(_name(asset), b"{}")


def _name(asset: Asset) -> str:
    return f"decoded/{asset.sha256}.json"
