"""The sheets: contact sheet, filmstrip, poster, before and after."""

import asyncio
from pathlib import Path

import ffmpeg

from shotgraph.media.coding import allowance_s, film
from shotgraph.media.info import MediaInfo, frames_in
from shotgraph.media.output import target as replacing
from shotgraph.media.picture import conform
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.sheets.grid import check_number, check_suffix, lay_out, paired, write_picture
from shotgraph.media.sheets.stills import (
    evenly,
    of_keys,
    read_moments,
    take_representative,
    take_stills,
)
from shotgraph.media.smart.clip import Shot, read_clip
from shotgraph.media.smart.verify import verify
from shotgraph.media.source import Stream
from shotgraph.media.target_format import TargetFormat, format_of

MOST_COLUMNS = MOST_ROWS = 10
CONTACT_SHEET_PX = 320


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
        stills = await take_stills(choice, part, long_side_px=CONTACT_SHEET_PX)
        return await write_picture(lay_out(stills, columns, has_times=True), target, part)


MOST_FRAMES = 40
FILMSTRIP_PX = 256


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
        stills = await take_stills(choice, part, long_side_px=FILMSTRIP_PX)
        return await write_picture(lay_out(stills, len(stills)), target, part)


CANDIDATES = 48
# With fewer key frames than these, one that is black or torn could win.
LEAST_KEYS = 8
POSTER_PX = 1280


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
        picture = await take_representative(candidates, part, long_side_px=POSTER_PX)
        return await write_picture(picture, target, part)


BEFORE_AFTER_PX = 960
_LEAST_SECONDS = 1


async def side_by_side(before: Path, after: Path, target: Path) -> MediaInfo:
    """Draw the middle frame of two clips side by side, equally high.

    Args:
        before: A video.
        after: Another.
        target: The picture: .png, .jpg or .webp; what was there is replaced.

    Raises:
        MediaError: A clip can't be read, or `target` is not allowed.
    """
    check_suffix(target)
    moments = [await asyncio.to_thread(read_moments, clip) for clip in (before, after)]
    with replacing(target) as part:
        left, right = [
            (await take_stills(evenly(each, 1), part, long_side_px=BEFORE_AFTER_PX))[0].picture
            for each in moments
        ]
        return await write_picture(paired(left, right), target, part)


async def wipe(before: Path, after: Path, target: Path) -> MediaInfo:
    """Make a silent film in which an edge moves from left to right, `after` behind it.

    It has the format and the length of `after`, and lasts a second at least. A clip that ends
    earlier stays on its last frame.

    Args:
        before: A video; it is fitted inside the picture of `after`.
        after: Another.
        target: The film, .mp4; what was there is replaced.

    Raises:
        MediaError: A clip can't be read, `target` is not allowed, or the film failed its check.
    """
    check_suffix(target, ".mp4")
    clips = [await asyncio.to_thread(read_clip, clip) for clip in (before, after)]
    target_format = format_of(clips[1].info)
    rate = target_format.frame_rate
    frames = max(frames_in(clips[1].info.duration, rate), -(-_LEAST_SECONDS * rate // 1))
    left, right = [
        _picture(Shot(clip, frames), target_format, index=index) for index, clip in enumerate(clips)
    ]
    lasting = f"{float(frames / rate):.6f}"
    picture = ffmpeg.filter(
        [left, right], "xfade", transition="wiperight", duration=lasting, offset=0
    ).filter("trim", end_frame=frames)
    with replacing(target) as part:
        await run_ffmpeg(film(picture, None, part, rate=rate), timeout_s=allowance_s(frames / rate))
        return await verify(part, target_format, frames=frames, has_sound=False)


def _picture(shot: Shot, target_format: TargetFormat, *, index: int) -> Stream:
    rate = target_format.frame_rate
    stream = shot.clip.picture(index=index)
    return conform(stream, shot, target_format).filter(
        "settb", f"{rate.denominator}/{rate.numerator}"
    )
