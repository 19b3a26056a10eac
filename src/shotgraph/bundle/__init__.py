"""A pipeline file with all that it names, in the store: workers elsewhere need nothing else."""

from shotgraph.bundle.pack import Unpacked, named_files, pack, unpacked
from shotgraph.bundle.record import is_reference

__all__ = ["Unpacked", "is_reference", "named_files", "pack", "unpacked"]
