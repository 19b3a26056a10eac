"""Media under their SHA-256 and records under their names, in a folder or a bucket.

* store: the location of a store, and access to it
* assets: media
* records, read_once, digest: records, written once; read once in a run, or many in one file
* refusals: the errors of a bucket's server
* disk: temporary folders, and files opened without following links
"""

from shotgraph.store.assets import AssetStore, sha256_of_file
from shotgraph.store.records import RecordStore
from shotgraph.store.store import Store, open_store

__all__ = ["AssetStore", "RecordStore", "Store", "open_store", "sha256_of_file"]
