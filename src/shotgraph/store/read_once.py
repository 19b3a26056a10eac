"""The memory of a run's records: each is read once, because a record never changes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

MOST_RECORD_BYTES = 64 << 10
"""Larger records are not remembered. A record of a job has about 1 kB."""
MOST_BYTES = 32 << 20


@dataclass
class Memory:
    """The records of one run, by the store's location and their names.

    A missing record is looked up again each time, because another process may write it at any
    time. Only for records about pictures, `note_absent` remembers that they are missing.
    """

    _records: dict[tuple[str, str], bytes] = field(default_factory=dict)
    _recalled: dict[tuple[str, str], bytes] = field(default_factory=dict)
    _digests: set[tuple[str, str]] = field(default_factory=set)
    _absent: set[tuple[str, str]] = field(default_factory=set)
    _size_bytes: int = 0

    def record(self, location: str, name: str) -> bytes | None:
        """A record that was read before, or is in a digest; None for any other."""
        known = self._records.get((location, name))
        if known is None and (recalled := self._recalled.get((location, name))) is not None:
            known = self._records[location, name] = recalled
        return known

    def is_recalled(self, location: str, folder: str) -> bool:
        """Whether this was called before for this folder of digests."""
        was_asked = (location, folder) in self._digests
        self._digests.add((location, folder))
        return was_asked

    def recall(self, location: str, records: Mapping[str, bytes]) -> None:
        """Take the records of a digest; each counts as read when it is first used."""
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
        """Remember that a record is missing, if it does no harm to miss a later one."""
        self._absent.add((location, name))

    def is_absent(self, location: str, name: str) -> bool:
        """Whether the record was noted as missing, and not written or read since."""
        return (location, name) in self._absent and (location, name) not in self._records

    def forget(self, location: str, name: str) -> None:
        """Forget a removed record."""
        self._size_bytes -= len(self._records.pop((location, name), b""))
        self._recalled.pop((location, name), None)


_memory: ContextVar[Memory | None] = ContextVar("memory", default=None)


@contextmanager
def each_read_once() -> Iterator[None]:
    """Read each record only once within the block; an inner block uses the outer memory."""
    token = _memory.set(_memory.get() or Memory())
    try:
        yield
    finally:
        _memory.reset(token)


def memory() -> Memory | None:
    """The memory of the present `each_read_once` block; None outside of one."""
    return _memory.get()
