"""A pipeline file with all of its files, in the store: other machines need nothing else.

* pack: pack files into a bundle, and unpack them
* record: the bundle's record
"""

from shotgraph.bundle.pack import Unpacked, named_files, pack, unpacked
from shotgraph.bundle.record import is_reference

__all__ = ["Unpacked", "is_reference", "named_files", "pack", "unpacked"]
