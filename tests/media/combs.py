"""Clips whose frames hold two moments, in alternate lines, and how much that is to be seen."""

from pathlib import Path

from PIL import Image

from tests.joins.odd.bench import Bench


def write_combed(bench: Bench, into: str, *coded: str) -> Path:
    """A bar that moves by 4 pixels from field to field, in interlaced frames: 1 s at 25."""
    bar = "color=white:s=24x240:r=50:d=1[bar];color=black:s=320x240:r=50:d=1"
    moving = f"{bar},format=yuv420p[back];[back][bar]overlay=x='4*n':shortest=1"
    fields = "tinterlace=interleave_top,setfield=tff,format=yuv420p"
    how = ["-flags", "+ilme+ildct", *coded]
    return bench.run("-f", "lavfi", "-i", f"{moving},{fields}", *how, into=into)


def comb(picture: Image.Image) -> float:
    """How much more a line differs from the next than from the one after that; about 0 if none."""
    grey = picture.convert("L")
    width, height = grey.size
    rows = [list(grey.crop((0, y, width, y + 1)).tobytes()) for y in range(min(height, 60))]
    near, far = _apart(rows, 1), _apart(rows, 2)
    return (near - far) / (len(rows) * width)


def _apart(rows: list[list[int]], by: int) -> int:
    pairs = zip(rows, rows[by:], strict=False)
    return sum(abs(a - b) for one, other in pairs for a, b in zip(one, other, strict=True))
