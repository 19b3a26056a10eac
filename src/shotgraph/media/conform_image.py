"""An image, brought inside the bounds that a model takes."""

import asyncio
import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from shotgraph.errors import MediaError
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import probe
from shotgraph.media.source import identify
from shotgraph.media.still import DEMUXERS, read_still
from shotgraph.media.target import target as replacing

_QUALITIES = (95, 90, 85, 75, 60)


@dataclass(frozen=True)
class Canvas:
    """Where an image is put: the picture's size inside, and the whole with its margins, in pixels.

    Attributes:
        width: Of the whole.
        height: Of the whole.
        inner_width: Of the picture, in the middle.
        inner_height: Of the picture.
    """

    width: int
    height: int
    inner_width: int
    inner_height: int


async def conform_image(path: Path, target: Path, canvas: Canvas, *, most_bytes: int) -> MediaInfo:
    """Write an image upright, scaled evenly, with black margins: PNG if it fits, else JPEG.

    Args:
        path: An image.
        target: What is made; what was there is replaced.
        canvas: Its size, and that of the picture inside.
        most_bytes: How large the file may be.

    Raises:
        MediaError: The image can't be read, or even as a coarse JPEG has more bytes.
    """
    data = await asyncio.to_thread(_drawn, path, canvas, most_bytes)
    with replacing(target) as part:
        await asyncio.to_thread(part.write_bytes, data)
        return await probe(part)


def _drawn(path: Path, canvas: Canvas, most_bytes: int) -> bytes:
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
    inner = upright.resize((canvas.inner_width, canvas.inner_height), Image.Resampling.LANCZOS)
    whole = Image.new("RGB", (canvas.width, canvas.height))
    left, top = (canvas.width - inner.width) // 2, (canvas.height - inner.height) // 2
    whole.paste(inner, (left, top), inner)
    return _coded(path, whole, most_bytes)


def _coded(path: Path, image: Image.Image, most_bytes: int) -> bytes:
    for kind, quality in (("PNG", 0), *(("JPEG", quality) for quality in _QUALITIES)):
        written = io.BytesIO()
        image.save(written, format=kind, **({"quality": quality} if quality else {}))
        if len(written.getvalue()) <= most_bytes:
            return written.getvalue()
    raise MediaError(
        f"{path.name}: {image.width} x {image.height} px take more than {most_bytes} bytes even "
        f"as a JPEG of quality {_QUALITIES[-1]}; make it smaller"
    )
