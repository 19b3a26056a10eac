"""Read an untrusted font file: test that it can be drawn with, and list its characters.

It is read only in the child that reads media, because FreeType is written in C.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from shotgraph.errors import MediaError
from shotgraph.media.info import MediaInfo
from shotgraph.media.source import Container

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont, Layout

SHIPPED_FONT = Path(__file__).with_name("font") / "DejaVuSans.ttf"
"""The font of titles without a given font. Never change it: it isn't part of a content key."""

MAX_FONT_BYTES = 64 << 20
_TRIED_PX = 24
_MOST_RANGES = 100_000


def read_font(path: Path, container: Container) -> MediaInfo:
    """Describe a font.

    Raises:
        MediaError: The file is too large, damaged, or not a font that letters can be drawn with.
    """
    size_bytes = path.stat().st_size
    if size_bytes > MAX_FONT_BYTES:
        raise MediaError(f"{path} has {size_bytes} bytes; at most {MAX_FONT_BYTES} are opened")
    loaded(path, _TRIED_PX)
    if not any(True for _ in _ranges(path)):
        raise MediaError(f"{path} is a font without a table of characters")
    return MediaInfo.without_picture("font", container.name, container.name, size_bytes)


def loaded(path: Path, size_px: int, layout: "Layout | None" = None) -> "FreeTypeFont":
    """Load a font in a size.

    Raises:
        MediaError: FreeType can't read the font, or the font doesn't have the size.
    """
    from PIL import ImageFont

    try:
        font = ImageFont.truetype(
            str(path), size_px, layout_engine=layout or ImageFont.Layout.BASIC
        )
        font.getbbox("x")
    except Exception as error:  # a damaged file can cause many types of errors
        raise MediaError(f"{path.name} can't be used as a font: {error}") from None
    return font


def without_glyphs(path: Path, text: str) -> list[str]:
    """The characters of a text that a font lacks, each once, in the text's order.

    Raises:
        MediaError: The font's table of characters is damaged.
    """
    wanted = dict.fromkeys(text)
    found: set[int] = set()
    points = sorted(ord(char) for char in wanted)
    for first, last in _ranges(path):
        found.update(point for point in points if first <= point <= last)
    return [char for char in wanted if ord(char) not in found]


def _ranges(path: Path) -> Iterator[tuple[int, int]]:
    """The ranges of Unicode that a font maps to glyphs: its ``cmap`` (OpenType, formats 4 and 12).

    Raises:
        MediaError: The table is damaged.
    """
    data = path.read_bytes()
    try:
        for offset in _tables(data):
            (kind,) = struct.unpack_from(">H", data, offset)
            if kind == 4:
                yield from _format_4(data, offset)
            elif kind == 12:
                yield from _format_12(data, offset)
    except struct.error:
        raise MediaError(f"{path.name} can't be used as a font: it is cut short") from None


def _tables(data: bytes) -> Iterator[int]:
    (count,) = struct.unpack_from(">H", data, 4)
    for number in range(count):
        tag, _, begin, _ = struct.unpack_from(">4sIII", data, 12 + 16 * number)
        if tag == b"cmap":
            (encodings,) = struct.unpack_from(">H", data, begin + 2)
            for place in range(encodings):
                platform, encoding, offset = struct.unpack_from(">HHI", data, begin + 4 + 8 * place)
                if platform == 0 or (platform == 3 and encoding in (1, 10)):
                    yield begin + offset


def _format_4(data: bytes, offset: int) -> Iterator[tuple[int, int]]:
    (twice,) = struct.unpack_from(">H", data, offset + 6)
    count = twice // 2
    ends = struct.unpack_from(f">{count}H", data, offset + 14)
    starts = struct.unpack_from(f">{count}H", data, offset + 16 + twice)
    # The last range is 0xFFFF, which is no character.
    yield from ((first, last) for first, last in zip(starts, ends, strict=True) if first < 0xFFFF)


def _format_12(data: bytes, offset: int) -> Iterator[tuple[int, int]]:
    (count,) = struct.unpack_from(">I", data, offset + 12)
    for number in range(min(count, _MOST_RANGES)):
        first, last, _ = struct.unpack_from(">III", data, offset + 16 + 12 * number)
        yield first, last
