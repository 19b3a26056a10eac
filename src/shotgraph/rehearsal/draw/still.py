"""Pictures made ready for ffmpeg: upright, opaque, of the size that is needed."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from PIL import Image, ImageOps

from shotgraph.rehearsal.draw.scene import Frame

_GAP_PX = 8
_WIDEST = 0.6
_HIGHEST = 0.15


def size_of(path: Path) -> Frame:
    """The size of a picture as it is seen."""
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image)
        return Frame(*upright.size)


def write_filling(picture: Path, frame: Frame, path: Path) -> None:
    """Write a picture that fills a frame; what is too much at two sides is cut off."""
    _fitted(picture, frame).save(path, "PNG", compress_level=0)


def write_row(pictures: Sequence[Path], frame: Frame, path: Path) -> None:
    """Write all pictures side by side, small enough for a corner of the frame."""
    height = int(frame.height * _HIGHEST)
    ratios = [size.width / size.height for size in map(size_of, pictures)]
    room = frame.width * _WIDEST - _GAP_PX * (len(pictures) - 1)
    height = max(8, int(min(height, room / sum(ratios))))
    widths = [max(8, int(ratio * height)) for ratio in ratios]
    row = Image.new("RGBA", (sum(widths) + _GAP_PX * (len(widths) - 1), height))
    left = 0
    for picture, width in zip(pictures, widths, strict=True):
        row.paste(_fitted(picture, Frame(width, height)), (left, 0))
        left += width + _GAP_PX
    row.save(path, "PNG")


def write_backdrop(prompt: str, frame: Frame, path: Path) -> None:
    """Write a picture for a shot that was given none: light and dark by its prompt."""
    digest = sha256(prompt.encode()).digest()
    small = Image.frombytes("L", (8, 4), digest)
    sized = small.resize((frame.width, frame.height), Image.Resampling.BICUBIC)
    sized.convert("RGB").save(path, "PNG", compress_level=0)


def _fitted(picture: Path, frame: Frame) -> Image.Image:
    with Image.open(picture) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    return ImageOps.fit(upright, (frame.width, frame.height), Image.Resampling.BICUBIC)
