"""How an image is changed so that an endpoint takes it."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from shotgraph.endpoints.arguments import IMAGE_INPUT, ImageLimits
from shotgraph.media.conform import Canvas
from shotgraph.media.info import MediaInfo

# Larger pictures than this are scaled down by the model, and make files that are too large.
_LARGEST_SIDE_PX = 4096


@dataclass(frozen=True)
class ImageFit:
    """How an image is made to fit: its new size, and the change in words."""

    canvas: Canvas
    changes: tuple[str, ...]


def fit_image(info: MediaInfo, limits: ImageLimits = IMAGE_INPUT) -> ImageFit | None:
    """How to make an image fit; None if it is sent as it is, byte for byte."""
    changes = []
    if info.size_bytes > limits.max_bytes:
        changes.append(
            f"{info.size_bytes / 10**6:.1f} MB are made less than {limits.max_bytes / 10**6:g}"
        )
    if info.mirrored:
        changes.append("it is mirrored, as players show it")
    if info.rotation:
        changes.append(f"it is turned upright by {info.rotation} degrees")
    canvas = _canvas(info, limits, shrink=bool(changes))
    if (canvas.inner_width, canvas.inner_height) != (info.width, info.height):
        changes.append(
            f"{info.width} x {info.height} px are made {canvas.inner_width} x {canvas.inner_height}"
        )
    if (canvas.width, canvas.height) != (canvas.inner_width, canvas.inner_height):
        changes.append(f"margins make it {canvas.width} x {canvas.height}")
    return ImageFit(canvas, tuple(changes)) if changes else None


def _canvas(info: MediaInfo, limits: ImageLimits, *, shrink: bool) -> Canvas:
    scale = Fraction(1)
    if shrink:
        scale = min(scale, Fraction(_LARGEST_SIDE_PX, max(info.width, info.height)))
    # Of the picture with its margins, which make the short side longer.
    shortest = min(
        max(Fraction(info.width), info.height * limits.min_ratio),
        max(Fraction(info.height), info.width / limits.max_ratio),
    )
    scale = max(scale, limits.min_side_px / shortest)
    width, height = max(1, round(info.width * scale)), max(1, round(info.height * scale))
    return Canvas(
        width=max(width, ceil(height * limits.min_ratio), limits.min_side_px),
        height=max(height, ceil(width / limits.max_ratio), limits.min_side_px),
        inner_width=width,
        inner_height=height,
    )
