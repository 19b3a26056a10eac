"""Writing records into a folder so that they survive a power cut, compared with obstore's put."""

import itertools
import tempfile
from pathlib import Path

import obstore
from obstore.store import LocalStore

from benchmarks.timing import beside, median_s
from shotgraph.store.records import put_once

_RECORD = b"x" * 700


def figures() -> list[str]:
    """Time 200 records for both."""
    with tempfile.TemporaryDirectory() as folder:
        backend = LocalStore(folder)
        numbers = itertools.count()

        def ours() -> None:
            for _ in range(200):
                put_once(Path(folder), f"a/{next(numbers)}", _RECORD)

        def theirs() -> None:
            for _ in range(200):
                obstore.put(backend, f"b/{next(numbers)}", _RECORD, mode="create")

        return [
            beside("200 records, synced", median_s(ours), "obstore, not synced", median_s(theirs))
        ]
