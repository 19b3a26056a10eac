"""A picture of ours as a file, in the format that its name asks for."""

import asyncio
import io
from pathlib import Path
from typing import Any

from PIL import Image

from shotgraph.errors import MediaError
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import probe

_FORMATS: dict[str, tuple[str, dict[str, Any]]] = {
    ".png": ("PNG", {}),
    ".jpg": ("JPEG", {"quality": 88, "progressive": True}),
    ".jpeg": ("JPEG", {"quality": 88, "progressive": True}),
    ".webp": ("WEBP", {"quality": 85}),
}


def check_suffix(target: Path, *allowed: str) -> None:
    """Refuse a file whose name asks for what we can't make; before any work is done.

    Raises:
        MediaError: It ends in something else.
    """
    suffixes = allowed or tuple(_FORMATS)
    if target.suffix.lower() not in suffixes:
        raise MediaError(
            f"can't tell what to make of {target.name}: it must end in {', '.join(suffixes)}"
        )


def check_number(name: str, value: int, most: int) -> None:
    """Refuse a number that is not from 1 to `most`.

    Raises:
        MediaError: It is not.
    """
    if not 1 <= value <= most:
        raise MediaError(f"{name} is {value}; allowed are 1 to {most}")


async def write_picture(picture: Image.Image, target: Path, part: Path) -> MediaInfo:
    """Write a picture to `part`, in the format of `target`, and read it back.

    Raises:
        MediaError: What was written can't be read.
    """
    coded = await asyncio.to_thread(_coded, picture, target.suffix.lower())
    # Not in a thread: that would go on after a cancellation, and make the file again.
    part.write_bytes(coded)
    return await probe(part)


def _coded(picture: Image.Image, suffix: str) -> bytes:
    name, options = _FORMATS[suffix]
    written = io.BytesIO()
    picture.save(written, name, **options)
    return written.getvalue()
