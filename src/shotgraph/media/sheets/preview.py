"""Make small animated pictures of a clip, and stills that are small enough for a page."""

import asyncio
import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from PIL import Image, ImageOps, ImageSequence

from shotgraph.errors import MediaError
from shotgraph.media.info import MediaInfo
from shotgraph.media.output import target as replacing
from shotgraph.media.probe import probe
from shotgraph.media.reading import DEMUXERS, read_still
from shotgraph.media.sheets.sheet import check_suffix
from shotgraph.media.sheets.stills import at_times, read_moments, take_stills
from shotgraph.media.source import identify


@dataclass(frozen=True)
class Coarseness:
    """The detail that the pictures keep.

    Attributes:
        long_side_px: The longer side to which pictures are scaled down.
        quality: The quality of WebP, 0 to 100.
        step: One frame of each `step` is kept, and is shown for the time of all of them.
    """

    long_side_px: int
    quality: int
    step: int


def animated(
    pictures: Sequence[Image.Image],
    lasting_ms: Sequence[int],
    coarseness: Coarseness,
    *,
    method: int,
) -> bytes:
    """Code pictures as an animated WebP.

    Args:
        pictures: The pictures in order, at least one.
        lasting_ms: The time for which each picture is shown.
        coarseness: The detail to keep.
        method: The effort of the coder, 0 to 6.
    """
    step = coarseness.step
    kept = [within(picture, coarseness.long_side_px) for picture in pictures[::step]]
    written = io.BytesIO()
    kept[0].save(
        written,
        "WEBP",
        save_all=True,
        append_images=kept[1:],
        duration=[sum(lasting_ms[at : at + step]) for at in range(0, len(lasting_ms), step)],
        loop=0,
        quality=coarseness.quality,
        method=method,
    )
    return written.getvalue()


def within(picture: Image.Image, long_side_px: int) -> Image.Image:
    """Copy a picture, scaled down so that neither side is longer than `long_side_px`."""
    smaller = picture.copy()
    smaller.thumbnail((long_side_px, long_side_px), Image.Resampling.BICUBIC)
    return smaller


MOST_BYTES = 60_000
LONG_SIDE_PX = 320
_SECONDS, _EXCERPTS = 5, 5
_A_SECOND = 10
_FRAME_MS = 1000 // _A_SECOND
_TRIAL = Coarseness(240, 25, 2)
# Each with its size relative to the trial's, measured with a calm and a noisy clip.
_FINER = [
    (Coarseness(320, 60, 1), 6.0),
    (Coarseness(320, 40, 1), 4.3),
    (Coarseness(320, 25, 1), 3.2),
    (Coarseness(240, 25, 1), 1.7),
]
_COARSER = [Coarseness(160, 20, 2), Coarseness(160, 5, 2)]
# Twice as fast as 4, for a tenth more bytes.
_METHOD = 2


async def preview(film: Path, target: Path, *, most_bytes: int = MOST_BYTES) -> MediaInfo:
    """Make an animated picture of at most 5 s, without sound, that repeats forever.

    A longer film is shown by five parts of one second, from its start to its end. Size and quality
    go down until the picture is small enough.

    Args:
        film: A video.
        target: Path of the picture, a WebP. An existing file is replaced.
        most_bytes: The largest allowed size of the picture.

    Raises:
        MediaError: The film can't be read, `target` is not allowed, or the picture is still too
            large at the lowest quality.
    """
    check_suffix(target, ".webp")
    moments = await asyncio.to_thread(read_moments, film)
    choice, repeats = at_times(moments, wanted_times(moments.clip.info.duration))
    with replacing(target) as part:
        stills = await take_stills(choice, part, long_side_px=LONG_SIDE_PX)
        pictures = [still.picture for still in stills]
        lasting_ms = [_FRAME_MS * often for often in repeats]
        coded = await asyncio.to_thread(_small_enough, pictures, lasting_ms, most_bytes)
        # Not in a thread: it would run on after a cancellation, and create the file again.
        part.write_bytes(coded)
        return await probe(part)


def wanted_times(duration: Fraction) -> list[Fraction]:
    """The times of the preview's frames, a tenth of a second apart inside each part."""
    if duration <= _SECONDS:
        frames = max(1, int(duration * _A_SECOND))
        return [Fraction(frame, _A_SECOND) for frame in range(frames)]
    starts = [part * (duration - 1) / (_EXCERPTS - 1) for part in range(_EXCERPTS)]
    return [start + Fraction(frame, _A_SECOND) for start in starts for frame in range(_A_SECOND)]


def _small_enough(
    pictures: Sequence[Image.Image], lasting_ms: Sequence[int], most_bytes: int
) -> bytes:
    """Code a small trial first, to choose the detail: a fine preview takes a third of a second."""
    trial = animated(pictures, lasting_ms, _TRIAL, method=_METHOD)
    if len(trial) > most_bytes:
        return _coarser(pictures, lasting_ms, most_bytes)
    for coarseness, growth in _FINER:
        if len(trial) * growth > most_bytes:
            continue
        coded = animated(pictures, lasting_ms, coarseness, method=_METHOD)
        if len(coded) <= most_bytes:
            return coded
    return trial


def _coarser(pictures: Sequence[Image.Image], lasting_ms: Sequence[int], most_bytes: int) -> bytes:
    for coarseness in _COARSER:
        coded = animated(pictures, lasting_ms, coarseness, method=_METHOD)
        if len(coded) <= most_bytes:
            return coded
    raise MediaError(
        f"a preview of this film takes {len(coded)} bytes at the lowest quality; "
        f"{most_bytes} are allowed"
    )


_MOST_FRAMES = 80
# They are tried in order.
_SMALLER_STEPS = [
    Coarseness(*each)
    for each in ((240, 30, 1), (240, 25, 2), (160, 25, 2), (160, 5, 3), (120, 1, 4))
]
_SMALLER_METHOD = 2  # fast: these pictures are seen less than the preview itself
_STILL_PX, _STILL_QUALITY = 240, 55


def glimpse_of(preview: bytes, most_bytes: int) -> bytes | None:
    """Make a preview of ours smaller; None if it can't be made so small.

    Args:
        preview: An animated or a still WebP.
        most_bytes: The largest allowed size.
    """
    if len(preview) <= most_bytes:
        return preview
    pictures, lasting_ms = _frames(preview)
    for coarseness in _SMALLER_STEPS:
        coded = animated(pictures, lasting_ms, coarseness, method=_SMALLER_METHOD)
        if len(coded) <= most_bytes:
            return coded
    return None


def still_of(preview: bytes) -> bytes:
    """Take the middle frame of a preview of ours; it has about 5 kB."""
    pictures, _ = _frames(preview)
    written = io.BytesIO()
    middle = within(pictures[len(pictures) // 2], _STILL_PX)
    middle.save(written, "WEBP", quality=_STILL_QUALITY, method=4)
    return written.getvalue()


STRIP_FRAMES, _STRIP_PX = 8, 120
_STRIP_QUALITIES = (60, 40, 20)


def strip_of(preview: bytes, most_bytes: int) -> bytes | None:
    """Put frames of a preview of ours in a row; None if it is still, or the row is too large."""
    pictures, _ = _frames(preview)
    if len(pictures) < STRIP_FRAMES:
        return None
    chosen = [
        within(pictures[(2 * part + 1) * len(pictures) // (2 * STRIP_FRAMES)], _STRIP_PX)
        for part in range(STRIP_FRAMES)
    ]
    width, height = chosen[0].size
    row = Image.new("RGB", (width * len(chosen), height))
    for number, picture in enumerate(chosen):
        row.paste(picture, (number * width, 0))
    for quality in _STRIP_QUALITIES:
        written = io.BytesIO()
        row.save(written, "WEBP", quality=quality, method=4)
        if len(written.getvalue()) <= most_bytes:
            return written.getvalue()
    return None


def _frames(preview: bytes) -> tuple[list[Image.Image], list[int]]:
    with Image.open(io.BytesIO(preview), formats=["WEBP"]) as image:
        frames = [
            (frame.convert("RGB"), int(frame.info.get("duration", 100)))
            for _, frame in zip(range(_MOST_FRAMES), ImageSequence.Iterator(image), strict=False)
        ]
    return [picture for picture, _ in frames], [lasting_ms for _, lasting_ms in frames]


THUMBNAIL_PX = 320
THUMBNAIL_BYTES = 60_000
_QUALITIES = (80, 60, 40, 20)


async def thumbnail(
    image: Path,
    target: Path,
    *,
    long_side_px: int = THUMBNAIL_PX,
    most_bytes: int = THUMBNAIL_BYTES,
) -> MediaInfo:
    """Make a thumbnail of an image, upright.

    Args:
        image: A picture.
        target: Path of the thumbnail, a WebP. An existing file is replaced.
        long_side_px: Its longer side; a smaller picture is not enlarged.
        most_bytes: The largest allowed size.

    Raises:
        MediaError: The image can't be read, or is still too large at the lowest quality.
    """
    check_suffix(target, ".webp")
    coded = await asyncio.to_thread(_coded, image, long_side_px, most_bytes)
    with replacing(target) as part:
        part.write_bytes(coded)
        return await probe(part)


def _coded(path: Path, long_side_px: int, most_bytes: int) -> bytes:
    container = identify(path)
    if container.demuxer not in DEMUXERS:
        raise MediaError(f"{path} is {container.name}; an image is needed here")
    read_still(path, container)  # refuses too many pixels
    try:
        with Image.open(path, formats=[DEMUXERS[container.demuxer]]) as image:
            upright = ImageOps.exif_transpose(image).convert("RGBA")
    # Pillow's plugins raise many kinds: SyntaxError, struct.error, EOFError, and their own.
    except Exception as error:
        raise MediaError(f"{path} was cut short or is damaged: {error}") from error
    upright.thumbnail((long_side_px, long_side_px), Image.Resampling.LANCZOS)
    for quality in _QUALITIES:
        written = io.BytesIO()
        upright.save(written, "WEBP", quality=quality, method=4)
        if len(written.getvalue()) <= most_bytes:
            return written.getvalue()
    raise MediaError(f"{path.name}: a thumbnail takes more than {most_bytes} bytes")
