"""One store: media by hash, and records by name."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from shotgraph.store.assets import AssetStore
from shotgraph.store.location import open_location
from shotgraph.store.records import RecordStore
from shotgraph.store.scratch import scratch, sweep


@dataclass(frozen=True)
class Store:
    """Everything that outlives a run.

    Attributes:
        location: A folder or a bucket's URL, as it was named.
        folder: The folder, where it is one.
    """

    location: str
    folder: Path | None
    assets: AssetStore
    records: RecordStore

    def scratch(self) -> AbstractContextManager[Path]:
        """Give room for what is being made."""
        return scratch(self.folder)


def open_store(location: str) -> Store:
    """Open a store; a folder is made if it is not there.

    Raises:
        InvalidInput: It is neither a folder nor a bucket that can be opened.
    """
    backend, folder = open_location(location)
    if folder is not None:
        sweep(folder)
    return Store(location, folder, AssetStore(backend, folder), RecordStore(backend, folder))
