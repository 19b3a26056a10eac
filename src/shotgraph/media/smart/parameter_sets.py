"""Parameter sets of H.264: read from an mp4, and merged for clips of two coders.

Each picture names its parameter set by a number, and coders all begin with the same one. Where two
clips' sets have different numbers, one header can hold both, and nothing depends on a player that
reads the sets between the pictures.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from shotgraph.errors import MediaError

MOST_SETS = 31  # five bits count the sequence sets

_VERSION = 1
_SHORTEST = 7
_PROFILE_PLACE, _LEVEL_PLACE = 1, 3
# An empty byte before 0 to 3 is marked by a 3 that is no data (ITU-T H.264, 7.4.1).
_MARK, _MARKED = b"\0\0\3", b"\0\0"


@dataclass(frozen=True)
class ParameterSets:
    """What ``avcC`` holds (ISO/IEC 14496-15, 5.3.3.1.2).

    Attributes:
        head: Version, profile, compatibility, level, and how lengths are written.
        sequences: The sequence parameter sets.
        pictures: The picture parameter sets.
        rest: What some profiles add.
    """

    head: bytes
    sequences: tuple[bytes, ...]
    pictures: tuple[bytes, ...]
    rest: bytes

    @property
    def profile(self) -> int:
        """The profile's number: 66, 77, 100."""
        return self.head[_PROFILE_PLACE]

    @property
    def level(self) -> int:
        """Ten times the level: 31 for 3.1."""
        return self.head[_LEVEL_PLACE]

    def numbers(self) -> set[int]:
        """The numbers that its sets have taken.

        Raises:
            MediaError: They are damaged.
        """
        # A sequence set says its profile, constraints and level first.
        return {_number(each, after=4) for each in self.sequences} | {
            _number(each, after=1) for each in self.pictures
        }

    def joined(self, other: "ParameterSets") -> "ParameterSets":
        """These and another's, whose numbers are others."""
        return ParameterSets(
            self.head,
            self.sequences + other.sequences,
            self.pictures + other.pictures,
            self.rest,
        )

    def coded(self) -> bytes:
        """As an mp4 has them."""
        return b"".join(
            [
                self.head,
                bytes([0xE0 | len(self.sequences)]),
                *map(_with_length, self.sequences),
                bytes([len(self.pictures)]),
                *map(_with_length, self.pictures),
                self.rest,
            ]
        )


def read_sets(headers: bytes) -> ParameterSets:
    """Read what an mp4 says before its H.264 pictures.

    Raises:
        MediaError: It is something else, or damaged.
    """
    if len(headers) < _SHORTEST or headers[0] != _VERSION:
        raise MediaError(f"the headers of an H.264 stream are damaged: {headers[:8].hex(' ')}")
    sequences, place = _sets(headers, 6, headers[5] & MOST_SETS)
    if place >= len(headers):
        raise MediaError("the headers of an H.264 stream were cut short")
    pictures, end = _sets(headers, place + 1, headers[place])
    return ParameterSets(headers[:5], sequences, pictures, headers[end:])


def _sets(headers: bytes, place: int, count: int) -> tuple[tuple[bytes, ...], int]:
    found = []
    for _ in range(count):
        length = int.from_bytes(headers[place : place + 2], "big")
        each = headers[place + 2 : place + 2 + length]
        if not length or len(each) < length:
            raise MediaError("the headers of an H.264 stream were cut short")
        found.append(each)
        place += 2 + length
    return tuple(found), place


def _with_length(each: bytes) -> bytes:
    return len(each).to_bytes(2, "big") + each


def _number(unit: bytes, *, after: int) -> int:
    """The unsigned Exp-Golomb number (ITU-T H.264, 9.1) that follows some bytes of a unit."""
    bits = _bits(unit.replace(_MARK, _MARKED)[after:])
    zeros = 0
    for bit in bits:
        if bit:
            break
        zeros += 1
    rest = [bit for bit, _ in zip(bits, range(zeros), strict=False)]
    if len(rest) < zeros:
        raise MediaError("a parameter set of an H.264 stream was cut short")
    value = 1
    for bit in rest:
        value = value << 1 | bit
    return value - 1


def _bits(data: bytes) -> Iterator[int]:
    for byte in data:
        for place in range(7, -1, -1):
            yield byte >> place & 1
