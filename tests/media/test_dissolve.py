from fractions import Fraction
from pathlib import Path

import pytest

from shotgraph.errors import MediaError
from shotgraph.media.smart.join import concat
from shotgraph.media.transition import Transition
from tests.media.coded_clips import (
    Sound,
    block_levels,
    codes,
    read_codes,
    read_lumas,
    resampled,
    tone_onsets_s,
    write_clip,
)


def dissolve(seconds: Fraction | str) -> Transition:
    return Transition(kind="dissolve", seconds=Fraction(seconds))


async def test_every_frame_outside_the_overlaps_is_itself(
    first: Path, second: Path, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"

    info = await concat([first, second, first], film, transition=dissolve("1/3"))

    shown = read_codes(film)
    assert info.frames == len(shown) == 105 - 2 * 10
    assert shown[:30] == codes(1, range(30))
    assert shown[40:45] == codes(2, range(10, 15))
    assert shown[55:] == codes(1, range(10, 40))
    assert info.audio is not None
    assert info.audio.duration == info.duration == Fraction(85, 30)


async def test_inside_an_overlap_both_are_seen(first: Path, mute: Path, tmp_path: Path) -> None:
    last = write_clip(tmp_path / "last.mp4", clip=200, frames=40)
    film = tmp_path / "film.mp4"

    await concat([first, last], film, transition=dissolve("2/3"))

    before, after, mixed = (
        [block_levels(luma) for luma in read_lumas(path)] for path in (first, last, film)
    )
    for place in range(20):
        share = place / 20
        for old, new, level in zip(
            before[20 + place], after[place], mixed[20 + place], strict=True
        ):
            assert level == pytest.approx(old * (1 - share) + new * share, abs=16)


@pytest.mark.slow
async def test_sound_stays_with_its_picture(first: Path, tmp_path: Path) -> None:
    late = write_clip(tmp_path / "late.mp4", clip=2, frames=45, sound=Sound(tone_at=Fraction(1, 2)))
    film = tmp_path / "film.mp4"

    await concat([first, late, late, late], film, transition=dissolve("1/5"))

    begins = [(40 - 6) / 30 + place * (45 - 6) / 30 + 0.5 for place in range(3)]
    assert tone_onsets_s(film) == pytest.approx([0, *begins], abs=0.001)


@pytest.mark.slow
async def test_clips_that_differ_melt_too(
    first: Path, mute: Path, turned: Path, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"

    info = await concat([first, mute, turned, first], film, transition=dissolve("1/5"))

    shown = read_codes(film)
    assert info.frames == len(shown) == 40 + 30 + 20 + 40 - 3 * 6
    assert shown[:34] == codes(1, range(34))
    assert shown[40:58] == codes(3, resampled(24, 24, 30)[6:24])
    assert shown[-34:] == codes(1, range(6, 40))


async def test_a_clip_between_two_may_be_as_long_as_both_overlaps(
    first: Path, tmp_path: Path
) -> None:
    film, short = tmp_path / "film.mp4", write_clip(tmp_path / "short.mp4", clip=2, frames=24)

    info = await concat([first, short, short, first], film, transition=dissolve("2/5"))

    shown = read_codes(film)
    assert info.frames == len(shown) == 40 + 24 + 24 + 40 - 3 * 12
    assert shown[:28] == codes(1, range(28))
    assert shown[40] == shown[52] == codes(2, [12])[0], "one frame of each is seen alone"
    assert shown[-28:] == codes(1, range(12, 40))


@pytest.mark.parametrize("frames", [23, 13])
async def test_overlaps_do_not_overlap_each_other(first: Path, tmp_path: Path, frames: int) -> None:
    short = write_clip(tmp_path / "short.mp4", clip=2, frames=frames)

    with pytest.raises(MediaError) as refused:
        await concat([first, short, first], tmp_path / "film.mp4", transition=dissolve("2/5"))

    most, long = frames // 2, f"{frames / 30:g} s"
    assert refused.value.message == (
        f"a dissolve of 0.4 s (12 frames) needs longer clips: short.mp4 has {frames} frames "
        f"({long}) and one at each end, 24 frames together; at most {most} ({most / 30:g} s) can "
        "overlap at each end"
    )
    assert list(tmp_path.iterdir()) == [short]


async def test_an_overlap_is_shorter_than_each_clip(
    first: Path, second: Path, tmp_path: Path
) -> None:
    with pytest.raises(MediaError, match=r"second\.mp4 has 25 frames"):
        await concat([first, second], tmp_path / "film.mp4", transition=dissolve("25/30"))

    assert list(tmp_path.iterdir()) == []


async def test_one_clip_melts_into_nothing(first: Path, tmp_path: Path) -> None:
    info = await concat([first], tmp_path / "film.mp4", transition=dissolve("10"))

    assert info.frames == 40
