"""Every way in which one clip can become the next."""

from fractions import Fraction
from pathlib import Path
from typing import get_args

import pytest

from shotgraph.media.smart.join import concat
from shotgraph.media.transition import EFFECTS, Effect, Transition, TransitionKind, xfade_name
from tests.media.coded_clips import block_levels, codes, read_codes, read_lumas, write_clip


def test_the_kinds_are_a_cut_and_the_effects() -> None:
    assert get_args(TransitionKind) == ("cut", *EFFECTS)
    assert len(set(EFFECTS)) == len(EFFECTS) == 45
    assert xfade_name("dissolve") == "fade"
    assert "fade" not in EFFECTS


@pytest.mark.media
@pytest.mark.parametrize("kind", EFFECTS)
async def test_an_effect_shows_each_frame_outside_it(kind: Effect, tmp_path: Path) -> None:
    before = write_clip(tmp_path / "before.mp4", clip=1, frames=16, size=(160, 96))
    after = write_clip(tmp_path / "after.mp4", clip=200, frames=16, size=(160, 96))
    film = tmp_path / "film.mp4"

    info = await concat(
        [before, after], film, transition=Transition(kind=kind, seconds=Fraction(8, 30))
    )

    shown = read_codes(film)
    assert info.frames == len(shown) == 24
    assert shown[:8] == codes(1, range(8))
    assert shown[16:] == codes(200, range(8, 16))
    first, last = (list(map(block_levels, read_lumas(path))) for path in (before, after))
    overlap = list(map(block_levels, read_lumas(film)))[8:16]
    assert any(differ(levels, first[8 + place]) for place, levels in enumerate(overlap))
    assert any(differ(levels, last[place]) for place, levels in enumerate(overlap))


def differ(levels: list[int], others: list[int]) -> bool:
    return any(abs(one - other) > 30 for one, other in zip(levels, others, strict=True))


async def test_a_wipe_shows_both_side_by_side(first: Path, tmp_path: Path) -> None:
    last = write_clip(tmp_path / "last.mp4", clip=200, frames=40)
    film = tmp_path / "film.mp4"

    await concat(
        [first, last], film, transition=Transition(kind="wipeleft", seconds=Fraction(2, 3))
    )

    before, after, mixed = (
        list(map(block_levels, read_lumas(path))) for path in (first, last, film)
    )
    half = mixed[30]
    for row in range(4):
        left, right = slice(row * 8, row * 8 + 3), slice(row * 8 + 5, row * 8 + 8)
        assert half[left] == pytest.approx(before[30][left], abs=16)
        assert half[right] == pytest.approx(after[10][right], abs=16)
