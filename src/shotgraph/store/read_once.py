"""Records that a run has read: each is read once, because a record never changes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

MOST_RECORD_BYTES = 64 << 10
"""Larger records are read again. A record of a job has about 1 kB."""
MOST_BYTES = 32 << 20


@dataclass
class Memory:
    """The records of one run, by the store's location and their names.

    What is not there is asked for again: somebody else may put it at any time. Only of pictures it
    is noted.
    """

    _records: dict[tuple[str, str], bytes] = field(default_factory=dict)
    _recalled: dict[tuple[str, str], bytes] = field(default_factory=dict)
    _digests: set[tuple[str, str]] = field(default_factory=set)
    _absent: set[tuple[str, str]] = field(default_factory=set)
    _size_bytes: int = 0

    def record(self, location: str, name: str) -> bytes | None:
        """A record, if it was read before, or a digest has it."""
        known = self._records.get((location, name))
        if known is None and (recalled := self._recalled.get((location, name))) is not None:
            known = self._records[location, name] = recalled
        return known

    def is_recalled(self, location: str, folder: str) -> bool:
        """Whether this was asked before of a folder of digests."""
        was_asked = (location, folder) in self._digests
        self._digests.add((location, folder))
        return was_asked

    def recall(self, location: str, records: Mapping[str, bytes]) -> None:
        """Take what a digest has; it counts as read once it is asked for."""
        for name, data in records.items():
            self._recalled[location, name] = data

    def was_recalled(self, location: str, name: str) -> bool:
        """Whether a digest has a record."""
        return (location, name) in self._recalled

    def used(self, location: str) -> dict[str, bytes]:
        """All records that were read."""
        return {name: data for (place, name), data in self._records.items() if place == location}

    def keep(self, location: str, name: str, data: bytes) -> None:
        """Keep a record that was read."""
        if location and len(data) <= MOST_RECORD_BYTES and self._size_bytes < MOST_BYTES:
            self._records[location, name] = data
            self._size_bytes += len(data)

    def note_absent(self, location: str, name: str) -> None:
        """Note that a record was not there, where it does no harm if it is by now."""
        self._absent.add((location, name))

    def is_absent(self, location: str, name: str) -> bool:
        """Whether that was noted, and the record was not put or read since."""
        return (location, name) in self._absent and (location, name) not in self._records

    def forget(self, location: str, name: str) -> None:
        """Forget a record that is removed."""
        self._size_bytes -= len(self._records.pop((location, name), b""))
        self._recalled.pop((location, name), None)


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
