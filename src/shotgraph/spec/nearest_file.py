"""The file that was probably meant, where one is named that is not there."""

import os
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from shotgraph.spec.nearest_name import nearest_name

MOST_NAMES = 200
"""How many names of a folder are looked at: to compare them takes time."""


@dataclass(frozen=True)
class Missing:
    """A file that is not there.

    Attributes:
        written: Its path, as it was written.
        folder: What that is relative to.
    """

    written: str
    folder: Path

    def nearest(self) -> str:
        """Find the file beside it whose name looks most like its own, as it would be written."""
        path = Path(self.written)
        try:
            with os.scandir(self.folder / path.parent) as found:
                names = [entry.name for entry in islice(found, MOST_NAMES) if entry.is_file()]
        except OSError:
            return ""
        # What comes behind the dot is often the same, and says nothing.
        stems = {Path(name).stem: name for name in sorted(names)}
        stem = nearest_name(path.stem, stems)
        return str(path.with_name(stems[stem])) if stem else ""
