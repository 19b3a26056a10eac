"""Every display matrix of quarter turns and flips: joined, cut, looked at."""

from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from shotgraph.media.probe import probe_now
from shotgraph.media.smart.join import concat
from shotgraph.media.trim import extract_frame, trim
from tests.joins.table import OURS, Outcome, Table
from tests.media.coded_clips import (
    Code,
    codes,
    fitted,
    read_code,
    read_lumas,
    show_as,
    write_clip,
)

pytestmark = pytest.mark.media

# Turns without a mirror are among the clips of every kind.
TURNS = [(180, False), *((turn, True) for turn in (0, 90, 180, 270))]
FRAMES = 8


@pytest.mark.parametrize(("rotation", "mirrored"), TURNS)
async def test_a_clip_is_shown_as_its_matrix_says(
    rotation: int, mirrored: bool, table: Table, tmp_path: Path
) -> None:
    plain = write_clip(tmp_path / "plain.mp4", clip=1, frames=FRAMES)
    clip = write_clip(
        tmp_path / "clip.mp4", clip=2, frames=FRAMES, rotation=rotation, mirrored=mirrored
    )
    show_as(clip, rotation, mirrored=mirrored)
    before, after, cut, still = (
        tmp_path / name for name in ("before.mp4", "after.mp4", "cut.mp4", "still.png")
    )

    await concat([plain, clip], before)
    await concat([clip, plain], after)
    await trim(clip, cut, start=Fraction(0), seconds=Fraction(FRAMES, 30))
    await extract_frame(clip, still, at=3)

    faults = []
    if _shown(before) != [*codes(1, range(FRAMES)), *codes(2, range(FRAMES))]:
        faults.append("plain, clip")
    if _shown(after) != [*codes(2, range(FRAMES)), *codes(1, range(FRAMES))]:
        faults.append("clip, plain")
    if _shown(cut) != codes(2, range(FRAMES)):
        faults.append("trim")
    with Image.open(still) as picture:
        if read_code(picture) != (2, 3):
            faults.append("frame")
    name = f"turned by {rotation}{', mirrored' if mirrored else ''}"
    table.note(name, OURS, Outcome("silent failure" if faults else "right", "; ".join(faults)))
    assert not faults
    info = probe_now(clip)
    assert (info.rotation, info.mirrored) == (rotation, mirrored)


def _shown(film: Path) -> list[Code | None]:
    """Each frame's code, wherever in the frame a clip of either shape lies."""
    found: list[Code | None] = []
    assert probe_now(film).rotation == 0
    assert not probe_now(film).mirrored
    for luma in read_lumas(film):
        shapes = [(320, 180), (180, 320)]
        seen = [read_code(luma, fitted(shape, luma.size)) for shape in shapes]
        # A lying box over a standing picture may read as some code by chance.
        found.append(next((code for code in seen if code is not None and code[0] in (1, 2)), None))
    return found
