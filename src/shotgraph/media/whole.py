"""Is a file as long as it says it is?

A download that was cut short decodes without an error as far as it goes: an mp4 cut at 60 % gives
90 of its 150 frames and exit code 0. But these containers say their length near the start.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from shotgraph.errors import MediaError
from shotgraph.media.source import Container

_MAX_BOXES = 100_000
_SEGMENT = 0x18538067
_UNKNOWN_RIFF_SIZE = 0xFFFFFFFF


def check_whole(path: Path, container: Container) -> None:
    """Compare the length that the container states with the file's.

    Raises:
        MediaError: The file ends before the container does.
    """
    size_bytes = path.stat().st_size
    with path.open("rb") as file:
        for end in _ends(file, container, size_bytes):
            if end > size_bytes:
                raise MediaError(
                    f"{path} was cut short: it holds {size_bytes} of at least {end} bytes"
                )


def _ends(file: BinaryIO, container: Container, size_bytes: int) -> Iterator[int]:
    if container.demuxer == "mov":
        yield from _box_ends(file, size_bytes)
    elif container.demuxer == "matroska":
        yield from _segment_end(file)
    elif container.name == "png":
        yield from _chunk_ends(file)
    elif container.name in ("wav", "webp"):
        stated = int.from_bytes(file.read(8)[4:8], "little")
        if stated != _UNKNOWN_RIFF_SIZE:
            yield stated + 8


def _box_ends(file: BinaryIO, size_bytes: int) -> Iterator[int]:
    """The end of each top-level box (ISO/IEC 14496-12, 4.2)."""
    position = 0
    for _ in range(_MAX_BOXES):
        file.seek(position)
        head = file.read(16)
        if len(head) < 8:
            return
        size = int.from_bytes(head[:4], "big")
        if not head[4:8].isalnum():  # what follows the last box is nobody's
            return
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        elif size == 0:  # to the end of the file
            return
        if size < 8:
            return
        position += size
        yield position


def _chunk_ends(file: BinaryIO) -> Iterator[int]:
    """The end of each chunk, up to the last (PNG, 5.3)."""
    position = 8
    for _ in range(_MAX_BOXES):
        file.seek(position)
        head = file.read(8)
        position += 12 + int.from_bytes(head[:4], "big")
        yield position
        if head[4:] == b"IEND":
            return


def _segment_end(file: BinaryIO) -> Iterator[int]:
    """The end of the segment after the EBML header (RFC 8794, 4 to 6)."""
    _number(file, keep_marker=True)
    length = _number(file)
    if length is None:
        return
    file.seek(length, 1)
    if _number(file, keep_marker=True) != _SEGMENT:
        return
    length = _number(file)
    if length is not None:
        yield file.tell() + length


def _number(file: BinaryIO, *, keep_marker: bool = False) -> int | None:
    """A variable-size integer; None if it is the one that means "unknown"."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    extra = 8 - first[0].bit_length()
    value = int.from_bytes(first + file.read(extra), "big")
    if keep_marker:
        return value
    value &= (1 << (7 * (extra + 1))) - 1
    return None if value == (1 << (7 * (extra + 1))) - 1 else value
