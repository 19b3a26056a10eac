"""Pictures laid out beside and below each other."""

from collections.abc import Sequence
from fractions import Fraction

from PIL import Image, ImageDraw, ImageFont

from shotgraph.media.sheets.stills import Still

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


def beside(left: Image.Image, right: Image.Image) -> Image.Image:
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
