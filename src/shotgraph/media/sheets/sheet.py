"""Make a contact sheet, a filmstrip, a poster, and comparisons of before and after."""

import asyncio
import io
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg
from PIL import Image, ImageDraw, ImageFont

from shotgraph.errors import MediaError
from shotgraph.media.info import MediaInfo, frames_in
from shotgraph.media.output import target as replacing
from shotgraph.media.picture import conform
from shotgraph.media.probe import probe
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.sheets.stills import (
    Still,
    evenly,
    of_keys,
    read_moments,
    take_representative,
    take_stills,
)
from shotgraph.media.smart.clip import Shot, read_clip
from shotgraph.media.smart.verify import verify
from shotgraph.media.source import Stream
from shotgraph.media.target_format import TargetFormat, allowance_s, film, format_of

MOST_COLUMNS = MOST_ROWS = 10
CONTACT_SHEET_PX = 320


async def contact_sheet(film: Path, target: Path, *, columns: int = 4, rows: int = 3) -> MediaInfo:
    """Draw frames of a film in rows, each with its time.

    They are key frames if there are enough to fill the sheet: then no other frame is decoded, and a
    joined film has a key frame at each cut. Otherwise frames are taken at even distances.

    Args:
        film: A video.
        target: Path of the picture: .png, .jpg or .webp. An existing file is replaced.
        columns: The columns of the sheet, at most 10; fewer if the film has few frames.
        rows: The rows of the sheet, at most 10.

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
        target: Path of the picture: .png, .jpg or .webp. An existing file is replaced.
        frames: The number of frames, at most 40; all frames if the clip has fewer.

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
# Among fewer key frames, a black or damaged one could be chosen.
LEAST_KEYS = 8
POSTER_PX = 1280


async def poster(film: Path, target: Path) -> MediaInfo:
    """Draw the frame that is most like the others, in the film's size, at most 1280 pixels.

    Args:
        film: A video.
        target: Path of the picture: .png, .jpg or .webp. An existing file is replaced.

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
    """Draw the middle frames of two clips side by side, at the same height.

    Args:
        before: A video.
        after: Another video.
        target: Path of the picture: .png, .jpg or .webp. An existing file is replaced.

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
    """Make a silent film in which an edge moves from left to right and uncovers `after`.

    It has the format and the length of `after`, and lasts at least a second. A clip that ends
    earlier is held on its last frame.

    Args:
        before: A video; it is fitted inside the picture of `after`.
        after: Another video.
        target: Path of the film, an mp4. An existing file is replaced.

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


_FORMATS: dict[str, tuple[str, dict[str, Any]]] = {
    ".png": ("PNG", {}),
    ".jpg": ("JPEG", {"quality": 88, "progressive": True}),
    ".jpeg": ("JPEG", {"quality": 88, "progressive": True}),
    ".webp": ("WEBP", {"quality": 85}),
}


def check_suffix(target: Path, *allowed: str) -> None:
    """Refuse a file name with a suffix that we can't write, before any work is done.

    Raises:
        MediaError: The name has another suffix.
    """
    suffixes = allowed or tuple(_FORMATS)
    if target.suffix.lower() not in suffixes:
        raise MediaError(
            f"can't tell what to make of {target.name}: it must end in {', '.join(suffixes)}"
        )


def check_number(name: str, value: int, most: int) -> None:
    """Refuse a number that is not from 1 to `most`.

    Raises:
        MediaError: The number is not in this range.
    """
    if not 1 <= value <= most:
        raise MediaError(f"{name} is {value}; allowed are 1 to {most}")


async def write_picture(picture: Image.Image, target: Path, part: Path) -> MediaInfo:
    """Write a picture to `part`, in the format of `target`, and read it back.

    Raises:
        MediaError: The written picture can't be read.
    """
    coded = await asyncio.to_thread(_coded, picture, target.suffix.lower())
    # Not in a thread: it would run on after a cancellation, and create the file again.
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
    """Put pictures of one size into rows.

    Args:
        stills: The pictures in order.
        columns: Pictures in a row; the last row may have fewer.
        has_times: Whether to write its time on each picture.
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
    """Put two pictures side by side, at the same height."""
    height = min(left.height, right.height)
    pair = [_of_height(picture, height) for picture in (left, right)]
    sheet = Image.new("RGB", (pair[0].width + _GAP_PX + pair[1].width, height), _BACKGROUND)
    sheet.paste(pair[0], (0, 0))
    sheet.paste(pair[1], (pair[0].width + _GAP_PX, 0))
    return sheet


def clock(seconds: Fraction) -> str:
    """Write a time as people do: 0:07.5, 12:30.0, 1:00:00.0."""
    tenths = round(seconds * 10)
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    start = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{start}:{tenths // 10:02}.{tenths % 10}"


def _write(sheet: Image.Image, text: str, left: int, bottom: int) -> None:
    # Pillow's own font has all digits, and only times are written.
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
