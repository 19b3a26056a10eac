"""Files of which a part is shown, and files whose pictures hold two moments."""

import struct
from pathlib import Path

from tests.joins.odd.bench import Bench
from tests.joins.odd.case import Maker

_NESTED = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1")
# What stands before the boxes inside of one: none, or a version and a number, or a sample entry.
_HEADS = {b"stsd": 8, b"avc1": 78}


def _padded(bench: Bench, left: int, right: int, *how: str, into: str) -> Path:
    wide = f"pad=w={320 + left + right}:h=180:x={left}:color=white"
    coded = ["-c:v", "libx264", "-g", "30", "-pix_fmt", "yuv420p", "-c:a", "copy"]
    return bench.run("-i", bench.good, "-vf", wide, *coded, *how, into=into)


def clean_aperture(left: int, right: int) -> Maker:
    """White columns at the sides, and a box that says that they are not shown."""

    def make(bench: Bench) -> Path:
        whole = _padded(bench, left, right, into=f"padded-{left}-{right}.mp4")
        made = bench.path(f"clap-{left}-{right}.mp4")
        off = left - right  # of the middle, in halves of a pixel
        said = struct.pack(">iIiIiIiI", 320, 1, 180, 1, off, 2, 0, 1)
        made.write_bytes(_with_box(whole.read_bytes(), _NESTED, _box(b"clap", said)))
        return made

    return make


def cropped_matroska(bench: Bench) -> Path:
    """The same, as Matroska says it."""
    whole = _padded(bench, 40, 0, "-colorspace", "bt709", into="padded.mkv")
    data = whole.read_bytes()
    # ffmpeg writes no crop: it takes the place of what is said of the colours.
    place = data.index(b"\x55\xb0")
    length = 3 + (data[place + 2] & 0x7F)
    crop = b"\x54\xcc\x81\x28"
    assert length >= len(crop) + 2
    void = b"\xec" + bytes([0x80 | (length - len(crop) - 2)]) + bytes(length - len(crop) - 2)
    made = bench.path("cropped.mkv")
    made.write_bytes(data[:place] + crop + void + data[place + length :])
    return made


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def _with_box(data: bytes, path: tuple[bytes, ...], added: bytes) -> bytes:
    """Add a box at the end of the first box on a path of kinds; the file's index comes last."""
    place = 0
    while place < len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        kind = data[place + 4 : place + 8]
        if kind == path[0]:
            head = 8 + _HEADS.get(kind, 0)
            inside = data[place + head : place + size]
            inside = _with_box(inside, path[1:], added) if path[1:] else inside + added
            made = data[place + 8 : place + head] + inside
            return data[:place] + _box(kind, made) + data[place + size :]
        place += size
    raise ValueError(f"no {path[0]!r}")
