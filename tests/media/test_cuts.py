"""Cuts between pictures are found to the frame."""

from fractions import Fraction
from pathlib import Path

import av
import pytest
from PIL import Image

from shotgraph.media.smart.clip import read_clip
from shotgraph.media.split import find_cuts


def shots(path: Path, lengths: list[int], rate: int = 24) -> Path:
    """Pictures that are still, one after the other."""
    with av.open(str(path), "w", format="mp4") as media:
        stream = media.add_stream("libx264", rate=rate, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number, length in enumerate(lengths):
            picture = Image.linear_gradient("L").rotate(90 * number).resize((320, 180))
            picture = picture.point([level // (1 + number % 3) for level in range(256)])
            for _ in range(length):
                frame = av.VideoFrame.from_image(picture.convert("RGB"))  # type: ignore[no-untyped-call]
                media.mux(stream.encode(frame))
        media.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("lengths", "cuts"), [([60], []), ([30, 25, 40], [30, 55]), ([30, 3, 40], [30])]
)
async def test_cuts_are_found(lengths: list[int], cuts: list[int], tmp_path: Path) -> None:
    clip = read_clip(shots(tmp_path / "x.mp4", lengths))

    assert await find_cuts(clip, Fraction(24)) == cuts


async def test_cuts_are_counted_at_the_rate_that_is_asked_for(tmp_path: Path) -> None:
    clip = read_clip(shots(tmp_path / "x.mp4", [30, 30]))

    assert await find_cuts(clip, Fraction(48)) == [60]
