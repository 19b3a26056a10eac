"""A font file that is not trusted: which characters it has, and that it can be drawn with.

Read only in the child that reads media: FreeType is C.
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
"""What titles are set in where no font is given. It stays as it is: it is in no content key."""

MAX_FONT_BYTES = 64 << 20
_TRIED_PX = 24
_MOST_RANGES = 100_000


def read_font(path: Path, container: Container) -> MediaInfo:
    """Describe a font.

    Raises:
        MediaError: It is too large, damaged, or no font that letters can be drawn with.
    """
    size_bytes = path.stat().st_size
    if size_bytes > MAX_FONT_BYTES:
        raise MediaError(f"{path} has {size_bytes} bytes; at most {MAX_FONT_BYTES} are opened")
    loaded(path, _TRIED_PX)
    if not any(True for _ in _ranges(path)):
        raise MediaError(f"{path} is a font without a table of characters")
    return MediaInfo.without_picture("font", container.name, container.name, size_bytes)


def loaded(path: Path, size_px: int, layout: "Layout | None" = None) -> "FreeTypeFont":
    """A font in a size.

    Raises:
        MediaError: FreeType can't read it, or has no such size of it.
    """
    from PIL import ImageFont

    try:
        font = ImageFont.truetype(
            str(path), size_px, layout_engine=layout or ImageFont.Layout.BASIC
        )
        font.getbbox("x")
    except Exception as error:  # whatever a file makes of FreeType
        raise MediaError(f"{path.name} can't be used as a font: {error}") from None
    return font


def without_glyphs(path: Path, text: str) -> list[str]:
    """The characters of a text that a font has not, each once, in their order.

    Raises:
        MediaError: Its table of characters is damaged.
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
        MediaError: It is damaged.
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
    # The last range is that of 0xFFFF, which is no character.
    yield from ((first, last) for first, last in zip(starts, ends, strict=True) if first < 0xFFFF)


def _format_12(data: bytes, offset: int) -> Iterator[tuple[int, int]]:
    (count,) = struct.unpack_from(">I", data, offset + 12)
    for number in range(min(count, _MOST_RANGES)):
        first, last, _ = struct.unpack_from(">III", data, offset + 16 + 12 * number)
        yield first, last
