"""What is made of a rehearsal's clips is marked, whatever a step cuts away or covers."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from shotgraph.making.marked import marked
from shotgraph.media.probe import read_media
from shotgraph.media.rehearsal_mark import is_of_rehearsal, mark_again, stamp
from shotgraph.media.target_format import USUAL
from shotgraph.spec import (
    ConcatArguments,
    CropArguments,
    HoldArguments,
    SpeedArguments,
    TitleArguments,
    TrimArguments,
)
from tests.media.coded_clips import Sound, write_clip

V: dict[str, Any] = {"video": "clip.mp4"}
COVERING = [
    CropArguments(**V, aspect_ratio="9:16"),
    TitleArguments(**V, text="The end", position="bottom-left"),
    TitleArguments(**V, text="The end", position="top"),
    HoldArguments(**V, seconds=Fraction(1), push=Fraction(2)),
    ConcatArguments(clips=["clip.mp4"], fit="crop"),
]
SHOWING = [
    TrimArguments(**V, seconds=Fraction(1)),
    SpeedArguments(**V, factor=Fraction(2)),
    HoldArguments(**V, seconds=Fraction(1)),
    ConcatArguments(clips=["clip.mp4"]),
]


def corner_of(film: Path, row: int) -> tuple[int, int]:
    """The lumas of a few pixels at the left, which are dark and bright where the mark is."""
    with av.open(str(film)) as media:
        plane = next(media.decode(video=0)).reformat(format="gray").planes[0]
        line = bytes(plane)[row * plane.line_size : row * plane.line_size + 90]
        return min(line), max(line)


@pytest.mark.media
@pytest.mark.parametrize("arguments", COVERING, ids=lambda one: type(one).__name__)
async def test_a_mark_that_may_be_gone_is_laid_on_again(arguments: Any, tmp_path: Path) -> None:
    film = write_clip(tmp_path / "film.mp4", clip=1, frames=12, size=(320, 180), sound=Sound())
    before = read_media(film)
    info = await marked(arguments, film, before, [])

    assert is_of_rehearsal(film)
    assert (info.frames, info.width, info.height) == (12, 320, 180)
    assert info.audio is not None
    assert before.audio is not None
    assert info.audio.duration == before.audio.duration
    assert info.size_bytes == film.stat().st_size
    at_bottom = getattr(arguments, "position", "") == "top"
    assert corner_of(film, 165 if at_bottom else 10)[1] > 140


@pytest.mark.parametrize("arguments", SHOWING, ids=lambda one: type(one).__name__)
async def test_where_it_is_seen_nothing_is_coded(arguments: Any, tmp_path: Path) -> None:
    film = write_clip(tmp_path / "film.mp4", clip=1, frames=2)
    before = film.read_bytes()
    await marked(arguments, film, read_media(film), [])
    assert film.read_bytes().startswith(before)
    assert is_of_rehearsal(film)
    assert read_media(film).frames == 2


def test_a_file_says_that_it_is_of_a_rehearsal(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"bytes" * 20_000)
    assert not is_of_rehearsal(film)
    stamp(film)
    film.write_bytes(film.read_bytes() + b"where it is from" * 100)
    assert is_of_rehearsal(film)


@pytest.mark.media
async def test_the_mark_of_a_film_of_the_smallest_size_fits(tmp_path: Path) -> None:
    film = write_clip(tmp_path / "film.mp4", clip=1, frames=2)
    assert (await mark_again(film, USUAL)).frames == 2
