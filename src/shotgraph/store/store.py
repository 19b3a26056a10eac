"""One store: media by hash, and records by name."""

from dataclasses import dataclass
from pathlib import Path

from shotgraph.store.assets import AssetStore
from shotgraph.store.location import open_location
from shotgraph.store.records import RecordStore


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


def open_store(location: str) -> Store:
    """Open a store; a folder is made if it is not there.

    Raises:
        InvalidInput: It is neither a folder nor a bucket that can be opened.
    """
    backend, folder = open_location(location)
    return Store(location, folder, AssetStore(backend, folder), RecordStore(backend))
