"""An image, small enough for any page."""

import asyncio
import io
from pathlib import Path

from PIL import Image, ImageOps

from shotgraph.errors import MediaError
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import probe
from shotgraph.media.sheets.picture_file import check_suffix
from shotgraph.media.source import identify
from shotgraph.media.still import DEMUXERS, read_still
from shotgraph.media.target import target as replacing

LONG_SIDE_PX = 320
MOST_BYTES = 60_000
_QUALITIES = (80, 60, 40, 20)


async def thumbnail(
    image: Path,
    target: Path,
    *,
    long_side_px: int = LONG_SIDE_PX,
    most_bytes: int = MOST_BYTES,
) -> MediaInfo:
    """Draw an image upright and small.

    Args:
        image: A picture.
        target: The small one, .webp; what was there is replaced.
        long_side_px: Its longer side; a smaller picture is not enlarged.
        most_bytes: How large it may be.

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
    read_still(path, container)  # which bounds its pixels
    try:
        with Image.open(path, formats=[DEMUXERS[container.demuxer]]) as image:
            upright = ImageOps.exif_transpose(image).convert("RGBA")
    # Pillow's plugins raise what they meet: SyntaxError, struct.error, EOFError, and their own.
    except Exception as error:
        raise MediaError(f"{path} was cut short or is damaged: {error}") from error
    upright.thumbnail((long_side_px, long_side_px), Image.Resampling.LANCZOS)
    for quality in _QUALITIES:
        written = io.BytesIO()
        upright.save(written, "WEBP", quality=quality, method=4)
        if len(written.getvalue()) <= most_bytes:
            return written.getvalue()
    raise MediaError(f"{path.name}: a thumbnail takes more than {most_bytes} bytes")
