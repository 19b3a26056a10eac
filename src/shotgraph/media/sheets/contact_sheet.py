"""A film at a glance."""

import asyncio
from pathlib import Path

from shotgraph.media.info import MediaInfo
from shotgraph.media.sheets.choice import of_keys, read_moments
from shotgraph.media.sheets.layout import lay_out
from shotgraph.media.sheets.picture_file import check_number, check_suffix, write_picture
from shotgraph.media.sheets.stills import take_stills
from shotgraph.media.target import target as replacing

MOST_COLUMNS = MOST_ROWS = 10
LONG_SIDE_PX = 320


async def contact_sheet(film: Path, target: Path, *, columns: int = 4, rows: int = 3) -> MediaInfo:
    """Draw frames of a film in rows, each with its time.

    They are key frames if there are enough to fill the sheet: nothing else is decoded then, and a
    film that was joined has one at each cut. Otherwise they are spread evenly.

    Args:
        film: A video.
        target: The picture: .png, .jpg or .webp; what was there is replaced.
        columns: Of the sheet, at most 10; a film with few frames has fewer.
        rows: Of the sheet, at most 10.

    Raises:
        MediaError: The film can't be read, or an argument is not allowed.
    """
    check_suffix(target)
    check_number("the number of columns of a contact sheet", columns, MOST_COLUMNS)
    check_number("the number of rows of a contact sheet", rows, MOST_ROWS)
    moments = await asyncio.to_thread(read_moments, film)
    choice = of_keys(moments, columns * rows, least=columns * rows)
    with replacing(target) as part:
        stills = await take_stills(choice, part, long_side_px=LONG_SIDE_PX)
        return await write_picture(lay_out(stills, columns, has_times=True), target, part)
