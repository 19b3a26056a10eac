"""Check that a file is as long as its container says.

An incomplete download decodes without an error up to its end: an mp4 cut at 60 % gives 90 of its
150 frames and exit code 0. But the container states its length near the start.

An mp4 also states its number of samples, and a reader first allocates memory for all of them. So a
file of 5 kB can ask for gigabytes.
"""

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from shotgraph.errors import MediaError
from shotgraph.media.source import Container

# An hour in fragments of one second has 30,000.
_MAX_BOXES = 100_000
_SEGMENT = 0x18538067
_UNKNOWN_RIFF_SIZE = 0xFFFFFFFF
# The boxes with a number of samples, and its position in the box (ISO/IEC 14496-12, 8.7.3 and
# 8.8.8); before them the boxes that contain these boxes.
_FOLDERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf"})
_COUNTS = {b"stsz": 8, b"stz2": 8, b"trun": 4, b"stts": 4, b"ctts": 4, b"stsc": 4, b"stss": 4}


def check_whole(path: Path, container: Container) -> None:
    """Compare the length and the number of samples that the container states with the file's.

    Raises:
        MediaError: The file ends before the container does, or has more samples than bytes.
    """
    size_bytes = path.stat().st_size
    try:
        with path.open("rb") as file:
            if container.demuxer == "mov":
                _check_counts(file, path, size_bytes)
            for end in _ends(file, container, size_bytes):
                if end > size_bytes:
                    raise MediaError(
                        f"{path} was cut short: it holds {size_bytes} of at least {end} bytes"
                    )
    except OSError as error:  # a length that no file can have
        raise MediaError(f"{path} is damaged: {error}") from error


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


def _check_counts(file: BinaryIO, path: Path, size_bytes: int) -> None:
    folders, seen = deque([(0, size_bytes)]), 0
    while folders:
        start, stop = folders.popleft()
        for kind, begin, end in boxes_in(file, start, stop):
            seen += 1
            if seen > _MAX_BOXES:
                raise MediaError(f"{path} has over {_MAX_BOXES} boxes, which are not all read")
            if kind in _FOLDERS:
                folders.append((begin, min(end, stop)))
            elif kind in _COUNTS:
                file.seek(begin + _COUNTS[kind])
                samples = int.from_bytes(file.read(4), "big")
                if samples > size_bytes:
                    raise MediaError(
                        f"{path} is damaged: it states {samples} samples in {size_bytes} bytes"
                    )


def _box_ends(file: BinaryIO, size_bytes: int) -> Iterator[int]:
    for kind, _, end in boxes_in(file, 0, size_bytes):
        if not kind.isalnum():  # data after the last box
            return
        yield end


def boxes_in(file: BinaryIO, start: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """The kind of each box between two positions, and the start and end of its content.

    A box without a stated length reaches to the end of the file (ISO/IEC 14496-12, 4.2). It is
    left out, and so are all bytes after it.
    """
    for _ in range(_MAX_BOXES + 1):
        if start >= stop:
            return
        file.seek(start)
        head = file.read(16)
        if len(head) < 8:
            return
        size, begin = int.from_bytes(head[:4], "big"), start + 8
        if size == 1:
            size, begin = int.from_bytes(head[8:16], "big"), start + 16
        if size < 8:
            return
        yield head[4:8], begin, start + size
        start += size


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
    ebml_number(file, keep_marker=True)
    length = ebml_number(file)
    if length is None:
        return
    file.seek(length, 1)
    if ebml_number(file, keep_marker=True) != _SEGMENT:
        return
    length = ebml_number(file)
    if length is not None:
        yield file.tell() + length


def ebml_number(file: BinaryIO, *, keep_marker: bool = False) -> int | None:
    """Read a variable-size integer; None if it means "unknown", or is invalid."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    extra = 8 - first[0].bit_length()
    value = int.from_bytes(first + file.read(extra), "big")
    if keep_marker:
        return value
    value &= (1 << (7 * (extra + 1))) - 1
    return None if value == (1 << (7 * (extra + 1))) - 1 else value
