"""One row of a clip."""

import asyncio
from pathlib import Path

from shotgraph.media.info import MediaInfo
from shotgraph.media.sheets.choice import evenly, read_moments
from shotgraph.media.sheets.layout import lay_out
from shotgraph.media.sheets.picture_file import check_number, check_suffix, write_picture
from shotgraph.media.sheets.stills import take_stills
from shotgraph.media.target import target as replacing

MOST_FRAMES = 40
LONG_SIDE_PX = 256


async def filmstrip(clip: Path, target: Path, *, frames: int = 8) -> MediaInfo:
    """Draw frames of a clip side by side, each from the middle of an equal part of it.

    Args:
        clip: A video.
        target: The picture: .png, .jpg or .webp; what was there is replaced.
        frames: How many, at most 40; a clip that has fewer shows all.

    Raises:
        MediaError: The clip can't be read, or `target` or `frames` is not allowed.
    """
    check_suffix(target)
    check_number("the number of frames of a filmstrip", frames, MOST_FRAMES)
    choice = evenly(await asyncio.to_thread(read_moments, clip), frames)
    with replacing(target) as part:
        stills = await take_stills(choice, part, long_side_px=LONG_SIDE_PX)
        return await write_picture(lay_out(stills, len(stills)), target, part)
