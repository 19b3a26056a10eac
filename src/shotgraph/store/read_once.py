"""Records that a run has read: each is read once, because a record never changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

MOST_RECORD_BYTES = 64 << 10
"""Larger records are read again. A record of a job has about 1 kB."""
MOST_BYTES = 32 << 20


@dataclass
class Memory:
    """The records of one run, by the store's location and their names.

    What is not there is asked for again: somebody else may put it at any time.
    """

    _records: dict[tuple[str, str], bytes] = field(default_factory=dict)
    _ended: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    _size_bytes: int = 0

    def record(self, location: str, name: str) -> bytes | None:
        """A record, if it was read before."""
        return self._records.get((location, name))

    def keep(self, location: str, name: str, data: bytes) -> None:
        """Keep a record that was read."""
        if location and len(data) <= MOST_RECORD_BYTES and self._size_bytes < MOST_BYTES:
            self._records[location, name] = data
            self._size_bytes += len(data)

    def forget(self, location: str, name: str) -> None:
        """Forget a record that is removed."""
        self._size_bytes -= len(self._records.pop((location, name), b""))

    def names(self, location: str, folder: str) -> list[str] | None:
        """The names in a folder to which nothing that matters is added any more, if known."""
        return self._ended.get((location, folder))

    def keep_names(self, location: str, folder: str, names: list[str]) -> None:
        """Keep the names in such a folder."""
        if location:
            self._ended[location, folder] = names


_memory: ContextVar[Memory | None] = ContextVar("memory", default=None)


@contextmanager
def each_read_once() -> Iterator[None]:
    """Read each record once within the block; a block inside of another one uses its memory."""
    token = _memory.set(_memory.get() or Memory())
    try:
        yield
    finally:
        _memory.reset(token)


def memory() -> Memory | None:
    """The records that were read; None outside of such a block."""
    return _memory.get()
