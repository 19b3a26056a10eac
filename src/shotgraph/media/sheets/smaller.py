"""A preview made smaller still, out of itself: nothing is decoded again but the preview."""

import io

from PIL import Image, ImageSequence

from shotgraph.media.sheets.animated import Coarseness, animated, within

_MOST_FRAMES = 80
# Tried in order.
_STEPS = [
    Coarseness(*each)
    for each in ((240, 30, 1), (240, 25, 2), (160, 25, 2), (160, 5, 3), (120, 1, 4))
]
_METHOD = 2  # faster than that of the preview, which is made once and seen more
_STILL_PX, _STILL_QUALITY = 240, 55


def glimpse_of(preview: bytes, most_bytes: int) -> bytes | None:
    """Make a preview of ours smaller; None if it can't be made so small.

    Args:
        preview: An animated WebP, or an image that does not move.
        most_bytes: How large it may be.
    """
    if len(preview) <= most_bytes:
        return preview
    pictures, lasting_ms = _frames(preview)
    for coarseness in _STEPS:
        coded = animated(pictures, lasting_ms, coarseness, method=_METHOD)
        if len(coded) <= most_bytes:
            return coded
    return None


def still_of(preview: bytes) -> bytes:
    """Take the frame in the middle of a preview of ours; some 5 kB."""
    pictures, _ = _frames(preview)
    written = io.BytesIO()
    middle = within(pictures[len(pictures) // 2], _STILL_PX)
    middle.save(written, "WEBP", quality=_STILL_QUALITY, method=4)
    return written.getvalue()


def _frames(preview: bytes) -> tuple[list[Image.Image], list[int]]:
    with Image.open(io.BytesIO(preview), formats=["WEBP"]) as image:
        frames = [
            (frame.convert("RGB"), int(frame.info.get("duration", 100)))
            for _, frame in zip(range(_MOST_FRAMES), ImageSequence.Iterator(image), strict=False)
        ]
    return [picture for picture, _ in frames], [lasting_ms for _, lasting_ms in frames]
