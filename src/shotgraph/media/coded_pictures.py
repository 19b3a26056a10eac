"""Whether the coded pictures of a film are those of its pieces, bit for bit."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from shotgraph.errors import MediaError
from shotgraph.media.reader import opened, picture_of
from shotgraph.media.source import identify

# Where the headers of an mp4 say how many bytes tell a unit's length: ISO/IEC 14496-15, 5.3.3.1
# and 8.3.3.1. Which units are pictures: ITU-T H.264, table 7-1, and H.265, table 7-1.
_LENGTH_AT = {"h264": 4, "hevc": 21}
_H264_PICTURES = range(1, 6)
_HEVC_PICTURES = range(32)


@dataclass(frozen=True)
class CodedPictures:
    """What makes pictures: the codings themselves, and the headers by which they are read."""

    sha256: str
    headers: frozenset[bytes]


def coded_pictures(paths: Iterable[Path]) -> CodedPictures:
    """Hash the coded pictures of files, as if they were one, in the order of the files.

    What stands between pictures is left out: headers are written again where clips meet.

    Raises:
        MediaError: One is neither H.264 nor HEVC in an mp4, or is damaged.
    """
    digest, headers = hashlib.sha256(), set()
    for path in paths:
        headers.add(_hash_pictures(path, digest))
    return CodedPictures(digest.hexdigest(), frozenset(headers))


def _hash_pictures(path: Path, digest: "hashlib._Hash") -> bytes:
    with opened(path, identify(path)) as media:
        picture = picture_of(media)
        codec = picture.codec_context.codec.canonical_name if picture is not None else ""
        headers = (picture.codec_context.extradata or b"") if picture is not None else b""
        at = _LENGTH_AT.get(codec)
        if picture is None or at is None or len(headers) <= at:
            raise MediaError(f"{path} holds no H.264 or HEVC pictures as an mp4 has them")
        prefix = (headers[at] & 3) + 1
        for packet in media.demux(picture):
            for unit in _units(memoryview(bytes(packet)), prefix, path):
                kind = unit[0] & 0x1F if codec == "h264" else unit[0] >> 1 & 0x3F
                if kind in (_H264_PICTURES if codec == "h264" else _HEVC_PICTURES):
                    digest.update(unit)
        return headers


def _units(data: memoryview, prefix: int, path: Path) -> Iterator[memoryview]:
    place = 0
    while place < len(data):
        begin = place + prefix
        place = begin + int.from_bytes(data[place:begin], "big")
        if not begin < place <= len(data):
            raise MediaError(f"{path} is damaged: a picture in it has no end")
        yield data[begin:place]
