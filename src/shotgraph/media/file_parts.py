"""The parts of a film's file, and a text behind the film that players skip.

In the MP4 family the parts are boxes (ISO/IEC 14496-12). Behind the film come a ``meta`` box with
tags that players show, and a ``uuid`` box with the text. In WebM and Matroska (RFC 8794) the text
is in a ``Void`` element behind the segment. The film's own bytes come first and don't change.
"""

import hashlib
import io
import os
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO, Literal, TypeAlias

from shotgraph.errors import MediaError
from shotgraph.media.integrity import boxes_in

Container: TypeAlias = Literal["mp4", "webm"]
PICTURES = "mdat"
"""The type of the boxes with pictures and sound."""
_MARK = bytes.fromhex("51d7c6a92f4e4b0c9a3e6f08c1b2d47e")
_END = b"shotgrph"
_OWNER = struct.pack(">I4sI", 25, b"mean", 0) + b"com.shotgraph"
_SEAL = b"shotgsig"
_FOOTER = struct.Struct(">32s32sIQ8s")
_MOST_BYTES = 16 << 20
"""The most bytes that can follow a film."""
_MOST_TEXT_BYTES = 128 << 20
_WEBM_START = b"\x1aE\xdf\xa3"
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class FilePart:
    """One part of a file.

    Attributes:
        kind: The type of the box; ``webm`` for a whole WebM or Matroska file.
        start: The offset of its first byte in the file.
        size_bytes: Its size with its header.
    """

    kind: str
    start: int
    size_bytes: int


def container_of(file: BinaryIO) -> Container | None:
    """The kind of a file that can carry a text behind the film; None for other files."""
    file.seek(0)
    start = file.read(12)
    if start[4:8] == b"ftyp":
        return "mp4"
    return "webm" if start.startswith(_WEBM_START) else None


def file_parts(file: BinaryIO) -> Sequence[FilePart] | None:
    """List the parts of a whole file; None if no text can be appended to it.

    A last box without a length reaches to the end of the file, so appended bytes would be part of
    it.
    """
    size_bytes = file.seek(0, os.SEEK_END)
    if container_of(file) == "webm":
        return [FilePart("webm", 0, size_bytes)]
    parts: list[FilePart] = []
    start = 0
    for kind, _, end in boxes_in(file, 0, size_bytes):
        parts.append(FilePart(kind.decode("latin-1"), start, end - start))
        start = end
    return parts if start == size_bytes else None


def is_cut_off(file: BinaryIO) -> bool:
    """Whether the end of a file of the MP4 family is missing: its last box or its index.

    The last box is cut off if it reaches past the end of the file.
    """
    if container_of(file) != "mp4":
        return False
    kinds: set[bytes] = set()
    size_bytes, start = file.seek(0, os.SEEK_END), 0
    for kind, _, end in boxes_in(file, 0, size_bytes):
        kinds.add(kind)
        start = end
    if size_bytes - start >= 8:
        return False  # a box without a length, or bytes that are no box
    return start != size_bytes or b"moov" not in kinds


def behind(container: Container, tags: Mapping[str, str], text: bytes) -> bytes:
    """Make the bytes to append to a film.

    Args:
        container: The film's container.
        tags: Tags that players show, by name: ``title``, ``comment``, and names of our own. They
            are not written to WebM, because its tags would have to be inside the film.
        text: The text, uncompressed.

    Raises:
        MediaError: The text is too long.
    """
    packed = zlib.compress(text, 9)
    before = _tag_box(tags) if container == "mp4" else b""
    inside = len(_MARK) + len(packed) + _FOOTER.size
    head = _void_head(inside) if container == "webm" else struct.pack(">I4s", 8 + inside, b"uuid")
    whole = before + head + _MARK + packed
    size_bytes = len(whole) + _FOOTER.size
    if size_bytes > _MOST_BYTES or len(text) > _MOST_TEXT_BYTES:
        raise MediaError(f"the film's story has {len(text)} bytes, which is too much for its file")
    hashes = hashlib.sha256(packed).digest(), hashlib.sha256(whole).digest()
    return whole + _FOOTER.pack(*hashes, len(packed), size_bytes, _END)


@dataclass(frozen=True)
class Behind:
    """The text found behind a film.

    Attributes:
        start: The offset of its boxes, which is the size of the film itself.
        text: The text; None if it is damaged.
        is_whole: Whether the boxes around the text are unchanged too, and nothing follows them.
        extra_bytes: The number of bytes that were appended later.
        seal: The hash of a signature in the film, from the box that `seal_of` made; None without.
    """

    start: int
    text: bytes | None
    is_whole: bool
    extra_bytes: int = 0
    seal: bytes | None = None


def find_behind(file: BinaryIO) -> Behind | None:
    """Find the bytes that `behind` made; None if the file has none."""
    size_bytes = file.seek(0, os.SEEK_END)
    reach = min(size_bytes, _MOST_BYTES)
    file.seek(size_bytes - reach)
    last = file.read(reach)
    end = last.rfind(_END)
    while end >= 0:
        found = _read(last[: end + len(_END)], size_bytes - reach)
        if found is not None:
            after = last[end + len(_END) :]
            seal = after[-hashlib.sha256().digest_size :]
            if after == seal_box(seal):
                return replace(found, seal=seal)
            return replace(found, is_whole=found.is_whole and not after, extra_bytes=len(after))
        end = last.rfind(_END, 0, end)
    # A program that saves the film again keeps the tags, but in another form.
    if _MARK in last or last.endswith(_END) or _OWNER in last:
        return Behind(size_bytes, None, is_whole=False)
    return None


def size_without_text(file: BinaryIO) -> int:
    """The size of a film without the bytes that `behind` made."""
    size_bytes = file.seek(0, os.SEEK_END)
    file.seek(max(0, size_bytes - _FOOTER.size))
    last = file.read(_FOOTER.size)
    if len(last) < _FOOTER.size or not last.endswith(_END):
        return size_bytes
    _, of_whole, _, carried_bytes, _ = _FOOTER.unpack(last)
    if not _FOOTER.size < carried_bytes <= min(_MOST_BYTES, size_bytes):
        return size_bytes
    file.seek(size_bytes - carried_bytes)
    whole = file.read(carried_bytes - _FOOTER.size)
    is_ours = hashlib.sha256(whole).digest() == of_whole
    return size_bytes - carried_bytes if is_ours else size_bytes


def seal_of(box: bytes) -> bytes:
    """Make the last box of a film with a signature: it holds the hash of the signature's box.

    A signature doesn't cover all of its own bytes, such as its padding. It doesn't cover a
    ``free`` box either, so such a box can hold the hash of the signature.
    """
    return seal_box(hashlib.sha256(box).digest())


def seal_box(sha256: bytes) -> bytes:
    """The box that holds a signature's hash."""
    return _box(b"free", _SEAL, sha256)


def _read(last: bytes, before: int) -> Behind | None:
    """Read the text whose footer ends `last`; None if the text is damaged."""
    if len(last) < _FOOTER.size:
        return None
    of_text, of_whole, packed_bytes, size_bytes, _ = _FOOTER.unpack(last[-_FOOTER.size :])
    body = last[: -_FOOTER.size]
    packed = body[len(body) - packed_bytes :] if packed_bytes <= len(body) else b""
    if hashlib.sha256(packed).digest() != of_text or not packed:
        return None
    text = _unpacked(packed)
    if text is None:
        return None
    start = max(0, len(last) - size_bytes)
    is_whole = hashlib.sha256(body[start:]).digest() == of_whole
    return Behind(before + start, text, is_whole)


def _unpacked(packed: bytes) -> bytes | None:
    unpacking = zlib.decompressobj()
    try:
        text = unpacking.decompress(packed, _MOST_TEXT_BYTES)
    except zlib.error:
        return None
    return text if unpacking.eof else None


def _box(kind: bytes, *inside: bytes) -> bytes:
    body = b"".join(inside)
    return struct.pack(">I4s", 8 + len(body), kind) + body


_PLAIN = struct.pack(">I", 0)
"""Version and flags of a full box."""
_SHOWN = {"title": b"\xa9nam", "comment": b"\xa9cmt"}


def _tag_box(tags: Mapping[str, str]) -> bytes:
    """The tags in the form of iTunes, which every player reads."""
    handler = _box(b"hdlr", _PLAIN, bytes(4), b"mdirappl", bytes(9))
    listed = [_tag(name, value.encode()) for name, value in tags.items()]
    return _box(b"meta", _PLAIN, handler, _box(b"ilst", *listed))


def _tag(name: str, value: bytes) -> bytes:
    data = _box(b"data", struct.pack(">II", 1, 0), value)
    if name in _SHOWN:
        return _box(_SHOWN[name], data)
    return _box(b"----", _OWNER, _box(b"name", _PLAIN, name.encode()), data)


def _void_head(inside: int) -> bytes:
    return b"\xec" + (inside | 1 << 56).to_bytes(8)


def in_chunks(file: BinaryIO, start: int, size_bytes: int) -> Iterator[bytes]:
    """Read `size_bytes` of a file from `start` on, 1 MB at a time."""
    file.seek(start)
    while size_bytes > 0 and (chunk := file.read(min(_CHUNK_BYTES, size_bytes))):
        size_bytes -= len(chunk)
        yield chunk


_HOLDING = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl"})
_OFFSETS = {b"stco": 4, b"co64": 8}


def with_moved_pictures(index: bytes, by_bytes: int) -> bytes:
    """Copy a ``moov`` box, with the offsets of all pictures and sounds changed.

    Args:
        index: The whole box.
        by_bytes: The bytes to add to each offset; negative moves towards the file's beginning.

    Raises:
        MediaError: The box is damaged, or an offset doesn't fit into it.
    """
    moved = bytearray(index)
    _move(io.BytesIO(index), 0, len(index), moved, by_bytes, len(_HOLDING))
    return bytes(moved)


def _move(
    index: BinaryIO, start: int, end: int, moved: bytearray, by_bytes: int, deep: int
) -> None:
    while start + 8 <= end:
        index.seek(start)
        length, kind = struct.unpack(">I4s", index.read(8))
        if not 8 <= length <= end - start:
            raise MediaError("the film's index is damaged")
        if kind in _HOLDING and deep:
            _move(index, start + 8, start + length, moved, by_bytes, deep - 1)
        elif kind in _OFFSETS:
            _move_offsets(moved, start, length, _OFFSETS[kind], by_bytes)
        start += length


def _move_offsets(moved: bytearray, start: int, length: int, width: int, by_bytes: int) -> None:
    count = int.from_bytes(moved[start + 12 : start + 16])
    if 16 + count * width > length:
        raise MediaError("the film's index is damaged")
    for place in range(start + 16, start + 16 + count * width, width):
        offset = int.from_bytes(moved[place : place + width]) + by_bytes
        if not 0 <= offset < 1 << 8 * width:
            raise MediaError("the film's index is damaged, or too small for so large a film")
        moved[place : place + width] = offset.to_bytes(width)
