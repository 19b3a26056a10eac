"""Show a still, or one frame of a clip, for some seconds; optionally with a slow push."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Literal

from PIL import Image, ImageOps

from shotgraph.errors import MediaError
from shotgraph.media.framing import PADDED, Framing, framed
from shotgraph.media.held import STANDING, Push, frame_words, held_frames, hold_words, of_still
from shotgraph.media.info import MediaInfo
from shotgraph.media.output import target as replacing
from shotgraph.media.picture import as_film
from shotgraph.media.probe import read_media
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.progress import Work
from shotgraph.media.reading import DEMUXERS, read_still
from shotgraph.media.smart.verify import verify
from shotgraph.media.source import Stream, identify, source
from shotgraph.media.target_format import (
    USUAL,
    Coding,
    TargetFormat,
    allowance_s,
    film,
    format_of,
)
from shotgraph.media.treatment import (
    Note,
    coded_treatment,
    picture_changes,
)
from shotgraph.media.trim import extract_frame


async def hold_frame(
    source: Path,
    target: Path,
    *,
    at: Literal["first", "last"] | int,
    seconds: Fraction,
    push: Push = STANDING,
    background: str | None = None,
    coding: Coding = USUAL,
    note: Note | None = None,
) -> MediaInfo:
    """Show one frame of a clip for some seconds, in the clip's size and rate, without sound.

    Args:
        source: A video.
        target: Path of the film, an mp4. An existing file is replaced.
        at: The frame; a number counts from 0.
        seconds: The film's length, rounded to the nearest frame; at least one frame.
        push: The push.
        background: The colour behind transparent parts, as ``#rrggbb``; black by default.
        coding: How the picture is coded.
        note: Called with the changes, in words.

    Raises:
        MediaError: The clip has no such frame, or can't be read.
    """
    clip = await asyncio.to_thread(read_media, source)
    if clip.kind != "video":
        raise MediaError(f"{source} is {clip.kind}; a video is needed here")
    with _room() as room:
        still = room / "frame.png"
        await extract_frame(source, still, at=at, background=background, is_exact=coding.is_exact)
        made = await _held(still, target, format_of(clip), seconds, push, PADDED, coding)
    if note is not None:
        said = [*frame_words(clip, background), *hold_words(made.frames, push, at=at)]
        note(coded_treatment(made, said))
    return made


async def hold_still(
    source: Path,
    target: Path,
    target_format: TargetFormat,
    *,
    seconds: Fraction,
    push: Push = STANDING,
    framing: Framing = PADDED,
    background: str | None = None,
    coding: Coding = USUAL,
    note: Note | None = None,
) -> MediaInfo:
    """Show an image for some seconds.

    Args:
        source: An image.
        target: Path of the film, an mp4. An existing file is replaced.
        target_format: The size and rate of the film.
        seconds: The film's length, rounded to the nearest frame; at least one frame.
        push: The push.
        framing: How an image of another shape fills the film.
        background: The colour behind transparent parts, as ``#rrggbb``; black by default.
        coding: How the picture is coded.
        note: Called with the changes, in words.

    Raises:
        MediaError: The image can't be read.
    """
    with _room() as room:
        still = room / "still.png"
        given = await asyncio.to_thread(_upright, source, still, background)
        made = await _held(still, target, target_format, seconds, push, framing, coding)
    if note is not None:
        changes = picture_changes(given, target_format, background, framing=framing)
        note(coded_treatment(made, [*of_still(changes), *hold_words(made.frames, push)]))
    return made


@contextmanager
def _room() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="shotgraph-") as name:
        yield Path(name)


def _upright(path: Path, into: Path, background: str | None) -> MediaInfo:
    """Write an image upright, in RGB, over the background."""
    container = identify(path)
    if container.demuxer not in DEMUXERS:
        raise MediaError(f"{path} is {container.name}; an image is needed here")
    info = read_still(path, container)  # raises if it has too many pixels
    try:
        with Image.open(path, formats=[DEMUXERS[container.demuxer]]) as image:
            upright = ImageOps.exif_transpose(image).convert("RGBA")
    # Pillow's plugins raise many types: SyntaxError, struct.error, EOFError, and their own.
    except Exception as error:
        raise MediaError(f"{path} was cut short or is damaged: {error}") from error
    whole = Image.new("RGB", upright.size, background or "#000000")
    whole.paste(upright, (0, 0), upright)
    whole.save(into, format="PNG", compress_level=1)
    return info


async def _held(
    still: Path,
    target: Path,
    target_format: TargetFormat,
    seconds: Fraction,
    push: Push,
    framing: Framing,
    coding: Coding,
) -> MediaInfo:
    rate = target_format.frame_rate
    frames = held_frames(seconds, rate)
    info = await asyncio.to_thread(read_media, still)
    # ffmpeg reads an image at 25 frames a second by default; then the last of 60 frames would be
    # written twice, to fill the same time.
    given = source(still, framerate=str(rate))["v:0"]
    shaped = framed(given, info, target_format, framing, coding, matrix=None)
    picture = _moving(shaped, target_format, push, frames, coding)
    with replacing(target) as part:
        await run_ffmpeg(
            film(picture, None, part, rate=rate, coding=coding),
            timeout_s=allowance_s(frames / rate),
            work=Work("holding the picture", frames / rate),
        )
        return await verify(part, target_format, frames=frames, has_sound=False)


def _moving(
    stream: Stream, target_format: TargetFormat, push: Push, frames: int, coding: Coding
) -> Stream:
    rate = target_format.frame_rate
    repeated = (
        stream.filter("format", "yuv444p" if not push.is_still else USUAL.pixel_format)
        .filter("loop", loop=frames, size=1)
        .filter("settb", f"{rate.denominator}/{rate.numerator}")
        .filter("setpts", "N")
        .filter("trim", end_frame=frames)
    )
    if not push.is_still:
        repeated = repeated.filter("perspective", **_corners(push, frames), eval="frame")
        if coding.is_exact:
            repeated = repeated.filter("scale", **coding.scaling())
    return as_film(repeated, USUAL)


def _corners(push: Push, frames: int) -> dict[str, str]:
    """The corners of each frame in the picture, for `perspective`.

    That filter takes fractions of pixels, so that a slow push moves smoothly.
    """
    begin, end = (Fraction(1), push.scale) if push.scale > 1 else (1 / push.scale, Fraction(1))
    last = max(frames - 1, 1)
    # The filter counts frames from 1.
    scale = f"({float(begin):.9f}+({float(end - begin):.9f})*min(max(in-1,0),{last})/{last})"
    left = f"(W*{float(push.focus[0]):.9f}*(1-1/{scale}))"
    top = f"(H*{float(push.focus[1]):.9f}*(1-1/{scale}))"
    right, bottom = f"({left}+W/{scale})", f"({top}+H/{scale})"
    return {
        "x0": left,
        "y0": top,
        "x1": right,
        "y1": top,
        "x2": left,
        "y2": bottom,
        "x3": right,
        "y3": bottom,
        "interpolation": "cubic",
    }
