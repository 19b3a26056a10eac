"""Pictures in a row, as an animated WebP that repeats for ever."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image


@dataclass(frozen=True)
class Coarseness:
    """How much is left of the pictures.

    Attributes:
        long_side_px: What they are scaled down to.
        quality: Of WebP, 0 to 100.
        step: Of how many frames one is kept; it lasts as long as all of them.
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
    """Code pictures.

    Args:
        pictures: At least one.
        lasting_ms: How long each is shown.
        coarseness: What is left of them.
        method: How hard the coder tries, 0 to 6.
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
    """A copy of a picture, scaled down so that neither side is longer."""
    smaller = picture.copy()
    smaller.thumbnail((long_side_px, long_side_px), Image.Resampling.BICUBIC)
    return smaller
