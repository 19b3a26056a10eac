"""Continue a shot with another clip: remove the frames that repeat the shot's last picture.

A model that continues from a picture usually draws that picture again first. Joined to the shot
that ends with the picture, the film would freeze for a frame.
"""

import asyncio
import shutil
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import fmean, median

from PIL import Image

from shotgraph.errors import MediaError
from shotgraph.media.info import MediaInfo
from shotgraph.media.output import target as replacing
from shotgraph.media.probe import probe
from shotgraph.media.quality.thresholds import FROZEN_CHANGE, MOST_REPEATED, SAME_PICTURE
from shotgraph.media.smart.clip import Clip, read_clip
from shotgraph.media.target_format import format_of
from shotgraph.media.treatment import Note, coded_treatment
from shotgraph.media.trim import shown_frame, trim

_LOOKED_AT = 8
_SMALL = (96, 54)
_LEAST_GAIN = 0.8


async def continued(
    source: Path, target: Path, *, after: Path, note: Note | None = None
) -> MediaInfo:
    """Remove a clip's first frames, and their sound, if they repeat the picture before the clip.

    A clip that repeats nothing is copied, byte for byte.

    Args:
        source: A video.
        target: Path of the clip without the repeated frames. An existing file is replaced.
        after: The video that the clip continues, or the picture that it begins with.
        note: Called with the changes to the clip; not called if there are none.

    Raises:
        MediaError: `source` or `after` can't be read.
    """
    clip = await asyncio.to_thread(read_clip, source)
    repeated = await repeated_frames(await _last_picture(after), clip)
    if not repeated:
        with replacing(target) as part:
            await asyncio.to_thread(shutil.copyfile, source, part)
            return await probe(part)
    rate = format_of(clip.info).frame_rate
    left = clip.info.frames_at(rate) - repeated
    made = await trim(source, target, start=repeated / rate, seconds=left / rate)
    if note is not None:
        note(coded_treatment(made, [_left_out(repeated)]))
    return made


async def repeated_frames(last: Image.Image, clip: Clip) -> int:
    """Count the first frames of a clip that repeat the picture before it, 0 to 3.

    A frame repeats the picture if it differs by less than 0.7 of the usual difference between two
    frames; a new frame differs by the whole. In a clip without motion a repeat can't be seen, so
    the count is 0.

    Raises:
        MediaError: A frame can't be decoded.
    """
    looked_at = range(min(_LOOKED_AT, clip.info.frames))
    heads = [_grey(await shown_frame(clip, number)) for number in looked_at]
    if len(heads) <= MOST_REPEATED:
        return 0
    usual = median(_apart(one, following) for one, following in pairwise(heads))
    if usual < FROZEN_CHANGE.value:
        return 0
    before, found = _grey(last), 0
    for head in heads[:MOST_REPEATED]:
        if _apart(before, head) > SAME_PICTURE.value * usual:
            break
        found += 1
    return found


async def _last_picture(path: Path) -> Image.Image:
    info = await probe(path)
    if info.kind == "image":
        return await asyncio.to_thread(_picture, path)
    clip = await asyncio.to_thread(read_clip, path)
    return await shown_frame(clip, clip.info.frames - 1)


def _picture(path: Path) -> Image.Image:
    try:
        with Image.open(path, formats=["PNG", "JPEG", "WEBP"]) as image:
            return image.convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise MediaError(f"{path.name} can't be read as an image: {error}") from error


def _grey(picture: Image.Image) -> Sequence[float]:
    """The pixels of a small grey copy, less their mean, so that exposure makes no difference."""
    pixels = picture.convert("L").resize(_SMALL, Image.Resampling.BOX).tobytes()
    mean = fmean(pixels)
    return [pixel - mean for pixel in pixels]


def _apart(one: Sequence[float], other: Sequence[float]) -> float:
    """The mean difference, of 255, after the second picture gets the contrast of the first."""
    spread = sum(value * value for value in other)
    gain = sum(a * b for a, b in zip(one, other, strict=True)) / spread if spread else 1.0
    gain = min(max(gain, _LEAST_GAIN), 1 / _LEAST_GAIN)
    return fmean(abs(a - gain * b) for a, b in zip(one, other, strict=True))


def _left_out(frames: int) -> str:
    if frames == 1:
        return "its first frame repeats the end of the previous shot, and is removed"
    return f"its first {frames} frames repeat the end of the previous shot, and are removed"
