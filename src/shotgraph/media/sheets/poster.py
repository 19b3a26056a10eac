"""The one picture that stands for a film."""

import asyncio
from pathlib import Path

from shotgraph.media.info import MediaInfo
from shotgraph.media.sheets.choice import of_keys, read_moments
from shotgraph.media.sheets.picture_file import check_suffix, write_picture
from shotgraph.media.sheets.stills import take_representative
from shotgraph.media.target import target as replacing

CANDIDATES = 48
# With fewer key frames than these, one that is black or torn could win.
LEAST_KEYS = 8
LONG_SIDE_PX = 1280


async def poster(film: Path, target: Path) -> MediaInfo:
    """Draw the frame that is most like the others, as large as the film, or 1280 pixels.

    Args:
        film: A video.
        target: The picture: .png, .jpg or .webp; what was there is replaced.

    Raises:
        MediaError: The film can't be read, or `target` is not allowed.
    """
    check_suffix(target)
    moments = await asyncio.to_thread(read_moments, film)
    candidates = of_keys(moments, CANDIDATES, least=LEAST_KEYS)
    with replacing(target) as part:
        picture = await take_representative(candidates, part, long_side_px=LONG_SIDE_PX)
        return await write_picture(picture, target, part)
