"""Arrange pictures on one sheet, and write it."""

import asyncio
import io
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from shotgraph.errors import MediaError
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import probe
from shotgraph.media.sheets.stills import Still

_FORMATS: dict[str, tuple[str, dict[str, Any]]] = {
    ".png": ("PNG", {}),
    ".jpg": ("JPEG", {"quality": 88, "progressive": True}),
    ".jpeg": ("JPEG", {"quality": 88, "progressive": True}),
    ".webp": ("WEBP", {"quality": 85}),
}


def check_suffix(target: Path, *allowed: str) -> None:
    """Refuse a file name with a suffix that we can't write, before any work is done.

    Raises:
        MediaError: It ends in something else.
    """
    suffixes = allowed or tuple(_FORMATS)
    if target.suffix.lower() not in suffixes:
        raise MediaError(
            f"can't tell what to make of {target.name}: it must end in {', '.join(suffixes)}"
        )


def check_number(name: str, value: int, most: int) -> None:
    """Refuse a number that is not from 1 to `most`.

    Raises:
        MediaError: It is not.
    """
    if not 1 <= value <= most:
        raise MediaError(f"{name} is {value}; allowed are 1 to {most}")


async def write_picture(picture: Image.Image, target: Path, part: Path) -> MediaInfo:
    """Write a picture to `part`, in the format of `target`, and read it back.

    Raises:
        MediaError: What was written can't be read.
    """
    coded = await asyncio.to_thread(_coded, picture, target.suffix.lower())
    # Not in a thread: that would go on after a cancellation, and make the file again.
    part.write_bytes(coded)
    return await probe(part)


def _coded(picture: Image.Image, suffix: str) -> bytes:
    name, options = _FORMATS[suffix]
    written = io.BytesIO()
    picture.save(written, name, **options)
    return written.getvalue()


_GAP_PX = 4
_BACKGROUND, _BOX, _TEXT = (24, 24, 27), (0, 0, 0), (255, 255, 255)
_TEXT_PX = 13


def lay_out(stills: Sequence[Still], columns: int, *, has_times: bool = False) -> Image.Image:
    """Put equally large pictures into rows.

    Args:
        stills: In order.
        columns: Pictures in a row; the last row may have fewer.
        has_times: Whether each says when it is shown.
    """
    width, height = stills[0].picture.size
    columns = min(columns, len(stills))
    rows = -(-len(stills) // columns)
    size = columns * (width + _GAP_PX) + _GAP_PX, rows * (height + _GAP_PX) + _GAP_PX
    sheet = Image.new("RGB", size, _BACKGROUND)
    for number, still in enumerate(stills):
        row, column = divmod(number, columns)
        left, top = _GAP_PX + column * (width + _GAP_PX), _GAP_PX + row * (height + _GAP_PX)
        sheet.paste(still.picture, (left, top))
        if has_times:
            _write(sheet, clock(still.at), left, top + height)
    return sheet


def paired(left: Image.Image, right: Image.Image) -> Image.Image:
    """Put two pictures side by side, equally high."""
    height = min(left.height, right.height)
    pair = [_of_height(picture, height) for picture in (left, right)]
    sheet = Image.new("RGB", (pair[0].width + _GAP_PX + pair[1].width, height), _BACKGROUND)
    sheet.paste(pair[0], (0, 0))
    sheet.paste(pair[1], (pair[0].width + _GAP_PX, 0))
    return sheet


def clock(seconds: Fraction) -> str:
    """A time as people write it: 0:07.5, 12:30.0, 1:00:00.0."""
    tenths = round(seconds * 10)
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    start = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{start}:{tenths // 10:02}.{tenths % 10}"


def _write(sheet: Image.Image, text: str, left: int, bottom: int) -> None:
    # The font that comes with Pillow has all digits; there is nothing else to write.
    font = ImageFont.load_default(_TEXT_PX)
    pen = ImageDraw.Draw(sheet)
    box = pen.textbbox((left + 4, bottom - 3), text, font=font, anchor="lb")
    pen.rectangle((box[0] - 3, box[1] - 2, box[2] + 2, box[3] + 2), fill=_BOX)
    pen.text((left + 4, bottom - 3), text, font=font, anchor="lb", fill=_TEXT)


def _of_height(picture: Image.Image, height: int) -> Image.Image:
    if picture.height == height:
        return picture
    width = max(1, round(Fraction(picture.width * height, picture.height)))
    return picture.resize((width, height), Image.Resampling.LANCZOS)
