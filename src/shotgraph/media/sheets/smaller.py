"""A preview made smaller still, out of itself: nothing is decoded again but the preview."""

import io

from PIL import Image, ImageSequence

_MOST_FRAMES = 80
# Long side in pixels, quality, and of how many frames one is kept; tried in order.
_STEPS = ((240, 30, 1), (240, 25, 2), (160, 25, 2), (160, 5, 3), (120, 1, 4))
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
    for long_side_px, quality, step in _STEPS:
        kept = [_within(picture, long_side_px) for picture in pictures[::step]]
        lasting = [sum(lasting_ms[at : at + step]) for at in range(0, len(lasting_ms), step)]
        written = io.BytesIO()
        kept[0].save(
            written,
            "WEBP",
            save_all=True,
            append_images=kept[1:],
            duration=lasting,
            loop=0,
            quality=quality,
            method=2,
        )
        if len(written.getvalue()) <= most_bytes:
            return written.getvalue()
    return None


def still_of(preview: bytes) -> bytes:
    """Take the frame in the middle of a preview of ours; some 5 kB."""
    pictures, _ = _frames(preview)
    written = io.BytesIO()
    middle = _within(pictures[len(pictures) // 2], _STILL_PX)
    middle.save(written, "WEBP", quality=_STILL_QUALITY, method=4)
    return written.getvalue()


def _frames(preview: bytes) -> tuple[list[Image.Image], list[int]]:
    with Image.open(io.BytesIO(preview), formats=["WEBP"]) as image:
        frames = [
            (frame.convert("RGB"), int(frame.info.get("duration", 100)))
            for _, frame in zip(range(_MOST_FRAMES), ImageSequence.Iterator(image), strict=False)
        ]
    return [picture for picture, _ in frames], [lasting_ms for _, lasting_ms in frames]


def _within(picture: Image.Image, long_side_px: int) -> Image.Image:
    smaller = picture.copy()
    smaller.thumbnail((long_side_px, long_side_px), Image.Resampling.BICUBIC)
    return smaller
