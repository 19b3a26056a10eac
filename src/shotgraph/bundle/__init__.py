"""A pipeline file with all that it names, in the store: workers elsewhere need nothing else."""

from shotgraph.bundle.named_files import named_files
from shotgraph.bundle.pack import pack
from shotgraph.bundle.record import is_reference
from shotgraph.bundle.unpack import Unpacked, unpacked

__all__ = ["Unpacked", "is_reference", "named_files", "pack", "unpacked"]
