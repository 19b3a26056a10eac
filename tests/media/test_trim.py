from fractions import Fraction
from pathlib import Path

import pytest

from shotgraph.errors import MediaError
from shotgraph.media.trim import trim
from tests.media.coded_clips import Sound, codes, read_codes, tone_onsets_s, write_clip

FILM = Fraction(24000, 1001)


@pytest.mark.slow
@pytest.mark.parametrize(("begin", "count"), [(0, 40), (0, 1), (7, 20), (39, 1), (13, 27)])
async def test_a_part_begins_and_ends_at_the_frame(
    begin: int, count: int, first: Path, tmp_path: Path
) -> None:
    part = tmp_path / "part.mp4"

    info = await trim(first, part, start=Fraction(begin, 30), seconds=Fraction(count, 30))

    assert read_codes(part) == codes(1, range(begin, begin + count))
    assert info.frames == count
    assert info.audio is not None
    assert info.audio.duration == pytest.approx(count / 30, abs=0.001)


async def test_times_are_to_the_nearest_frame(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "x.mp4", clip=1, frames=48, rate=FILM)

    info = await trim(clip, tmp_path / "y.mp4", start=Fraction("1.0334"), seconds=Fraction("0.49"))

    assert read_codes(tmp_path / "y.mp4") == codes(1, range(25, 37))
    assert (info.frame_rate, info.audio) == (FILM, None)


async def test_sound_is_cut_at_the_same_place(tmp_path: Path) -> None:
    sound = Sound(sample_rate_hz=44_100, layout="mono", tone_at=Fraction(1))
    clip = write_clip(tmp_path / "x.mp4", clip=1, frames=60, sound=sound)

    await trim(clip, tmp_path / "y.mp4", start=Fraction(3, 5), seconds=Fraction(1))

    assert tone_onsets_s(tmp_path / "y.mp4") == pytest.approx([0.4], abs=0.001)


async def test_a_turned_clip_comes_out_upright(turned: Path, tmp_path: Path) -> None:
    part = tmp_path / "part.mp4"

    info = await trim(turned, part, start=Fraction(1, 3), seconds=Fraction(1, 6))

    assert read_codes(part) == codes(4, range(10, 15))
    assert (info.width, info.height, info.rotation) == (180, 320, 0)


@pytest.mark.parametrize(
    ("start", "seconds"), [("1", "0.4"), ("-0.1", "0.5"), ("0", "0"), ("2", "1")]
)
async def test_past_the_end_there_is_nothing(
    start: str, seconds: str, first: Path, tmp_path: Path
) -> None:
    with pytest.raises(MediaError, match=r"first\.mp4 lasts 1\.33333 s \(40 frames at 30"):
        await trim(first, tmp_path / "x.mp4", start=Fraction(start), seconds=Fraction(seconds))

    assert list(tmp_path.iterdir()) == []
