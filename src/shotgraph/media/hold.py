"""Show a still, or one frame of a clip, for some seconds; perhaps with a slow push towards it."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from PIL import Image, ImageOps

from shotgraph.errors import MediaError
from shotgraph.media.framing import MIDDLE, PADDED, Framing, Point, framed
from shotgraph.media.info import MediaInfo, frames_in
from shotgraph.media.output import target as replacing
from shotgraph.media.picture import as_film
from shotgraph.media.probe import read_media
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.progress import Work
from shotgraph.media.reading import DEMUXERS, read_still
from shotgraph.media.smart.verify import verify
from shotgraph.media.source import Stream, identify, source
from shotgraph.media.target_format import (
    LONGEST_SIDE,
    SHORTEST_SIDE,
    USUAL,
    TargetFormat,
    WantedFormat,
    allowance_s,
    film,
    format_of,
    in_format,
)
from shotgraph.media.treatment import (
    Note,
    coded_treatment,
    number_text,
    picture_changes,
)
from shotgraph.media.trim import extract_frame

STILL_RATE = Fraction(24)
"""Frames per second of a still for which nothing is said."""
LEAST_PUSH, MOST_PUSH = Fraction(1, 4), Fraction(4)


@dataclass(frozen=True)
class Push:
    """A slow move towards a point of a picture, or away from it.

    Attributes:
        scale: How many times as large as at its beginning it is at its end; below 1 it begins
            large, and all of it is seen at the end.
        focus: The point, which stays where it is.
    """

    scale: Fraction = Fraction(1)
    focus: Point = MIDDLE

    @property
    def is_still(self) -> bool:
        """Whether nothing moves."""
        return self.scale == 1


STANDING = Push()


async def hold_frame(
    source: Path,
    target: Path,
    *,
    at: Literal["first", "last"] | int,
    seconds: Fraction,
    push: Push = STANDING,
    background: str | None = None,
    note: Note | None = None,
) -> MediaInfo:
    """Show one frame of a clip for some seconds, in the clip's size and rate, without sound.

    Args:
        source: A video.
        target: The film of it, an mp4; what was there is replaced.
        at: Which frame; a number counts from 0.
        seconds: How long; to the nearest frame, at least one.
        push: How it is moved.
        background: What is seen where it is transparent, as ``#rrggbb``; black by default.
        note: Called with what was done.

    Raises:
        MediaError: There is no such frame, or the clip can't be read.
    """
    clip = await asyncio.to_thread(read_media, source)
    if clip.kind != "video":
        raise MediaError(f"{source} is {clip.kind}; a video is needed here")
    with _room() as room:
        still = room / "frame.png"
        await extract_frame(source, still, at=at, background=background)
        made = await _held(still, target, format_of(clip), seconds, push, PADDED)
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
    note: Note | None = None,
) -> MediaInfo:
    """Show an image for some seconds.

    Args:
        source: An image.
        target: The film of it, an mp4; what was there is replaced.
        target_format: Its size and rate.
        seconds: How long; to the nearest frame, at least one.
        push: How it is moved.
        framing: How an image of another shape fills the film.
        background: What is seen where it is transparent, as ``#rrggbb``; black by default.
        note: Called with what was done.

    Raises:
        MediaError: The image can't be read.
    """
    with _room() as room:
        still = room / "still.png"
        given = await asyncio.to_thread(_upright, source, still, background)
        made = await _held(still, target, target_format, seconds, push, framing)
    if note is not None:
        changes = picture_changes(given, target_format, background, framing=framing)
        note(coded_treatment(made, [*_of_still(changes), *hold_words(made.frames, push)]))
    return made


def still_format(info: MediaInfo, like: MediaInfo | None, wanted: WantedFormat) -> TargetFormat:
    """The format of a film of an image: of a clip that it is to be like, or its own size.

    Raises:
        MediaError: What is wanted can't be made.
    """
    if like is not None:
        return format_of(like)
    sides = (info.width // 2 * 2, info.height // 2 * 2)
    if (
        wanted.width is None
        and wanted.height is None
        and (min(sides) < SHORTEST_SIDE or max(sides) > LONGEST_SIDE)
    ):
        raise MediaError(
            f"a film of {sides[0]} x {sides[1]} px can't be made: sides are {SHORTEST_SIDE} to "
            f"{LONGEST_SIDE} px; say its width"
        )
    own = TargetFormat(max(2, sides[0]), max(2, sides[1]), STILL_RATE)
    return in_format(own, wanted)


def hold_words(
    frames: int, push: Push, *, at: Literal["first", "last"] | int | None = None
) -> list[str]:
    """What is held, in words."""
    what = "it" if at is None else f"frame {at}" if isinstance(at, int) else f"its {at} frame"
    said = [f"{what} is shown for {frames} frame{'' if frames == 1 else 's'}"]
    if not push.is_still:
        way = "towards" if push.scale > 1 else "away from"
        x, y = (number_text(part * 100) for part in push.focus)
        said.append(f"a push by {number_text(push.scale)} {way} {x} %, {y} % of it")
    return said


def held_frames(seconds: Fraction, rate: Fraction) -> int:
    """How many frames something that lasts so long has."""
    return frames_in(seconds, rate)


def frame_words(info: MediaInfo, background: str | None = None) -> list[str]:
    """What is changed in a frame of a clip to be shown in a film of the clip's size."""
    return _of_still(picture_changes(info, format_of(info), background))


def still_words(
    info: MediaInfo, target: TargetFormat, framing: Framing, background: str | None
) -> list[str]:
    """What is changed in an image to be shown in a film."""
    return _of_still(picture_changes(info, target, background, framing=framing))


def _of_still(changes: list[str]) -> list[str]:
    """Without what is said of every image: it has no rate, and is no coded video."""
    return [each for each in changes if "frames a second" not in each and "4:2:0" not in each]


@contextmanager
def _room() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="shotgraph-") as name:
        yield Path(name)


def _upright(path: Path, into: Path, background: str | None) -> MediaInfo:
    """Write an image as a film shows it: upright, in RGB, over the background."""
    container = identify(path)
    if container.demuxer not in DEMUXERS:
        raise MediaError(f"{path} is {container.name}; an image is needed here")
    info = read_still(path, container)  # which bounds its pixels
    try:
        with Image.open(path, formats=[DEMUXERS[container.demuxer]]) as image:
            upright = ImageOps.exif_transpose(image).convert("RGBA")
    # Pillow's plugins raise what they meet: SyntaxError, struct.error, EOFError, and their own.
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
) -> MediaInfo:
    rate = target_format.frame_rate
    frames = held_frames(seconds, rate)
    info = await asyncio.to_thread(read_media, still)
    picture = _moving(
        framed(source(still)["v:0"], info, target_format, framing, USUAL, matrix=None),
        target_format,
        push,
        frames,
    )
    with replacing(target) as part:
        await run_ffmpeg(
            film(picture, None, part, rate=rate),
            timeout_s=allowance_s(frames / rate),
            work=Work("holding the picture", frames / rate),
        )
        return await verify(part, target_format, frames=frames, has_sound=False)


def _moving(stream: Stream, target_format: TargetFormat, push: Push, frames: int) -> Stream:
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
    return as_film(repeated, USUAL)


def _corners(push: Push, frames: int) -> dict[str, str]:
    """Where the corners of each frame lie in the picture; `perspective` takes parts of pixels,
    so that nothing jumps from pixel to pixel."""
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
