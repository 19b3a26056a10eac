"""The judges: what is right passes, and each thing that can be wrong is seen."""

import re
from collections.abc import Sequence
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

import av
import pytest

from tests.joins.judge import exact_faults, rough_faults
from tests.joins.sight import look_at
from tests.joins.takes import Take
from tests.media.coded_clips import Sound, write_clip

pytestmark = pytest.mark.media

TAKE = Take(clip=1, seconds=Fraction(3, 5))
SIZE = (1280, 720)


def film(path: Path, **changed: object) -> Path:
    """Write what a join of the take alone should be, but for what is changed."""
    right = {"clip": 1, "frames": 18, "size": SIZE, "sound": Sound()}
    return write_clip(path / "film.mp4", **{**right, **changed})  # type: ignore[arg-type]


def faults_of(path: Path, takes: Sequence[Take] = (TAKE,)) -> tuple[list[str], list[str]]:
    exact = exact_faults(look_at(path, takes), takes, None)
    return exact, rough_faults(look_at(path, takes, unscaled=True), takes)


def test_the_right_film_passes_both(tmp_path: Path) -> None:
    assert faults_of(film(tmp_path)) == ([], [])


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"frames": 16}, "16 frames, not 18"),
        ({"clip": 2}, "shows None"),
        ({"times": [*range(9), *range(12, 21)]}, r"frame 9 at 0\.4"),
        ({"rate": 24}, "frame 1 at"),
        ({"sound": None}, "0 tones, not 1"),
        ({"sound": Sound(tone_at=Fraction(1, 25))}, r"40\.\d ms off"),
        ({"sound": Sound(seconds=Fraction(2, 5))}, "sound from"),
        ({"sound": Sound(seconds=Fraction(4, 5))}, "sound from"),
        # It shows the picture in all of a narrower or wider frame.
        ({"size": (1080, 720)}, "1080x720"),
    ],
    ids=str,
)
def test_both_see_what_is_wrong(changed: dict[str, object], fault: str, tmp_path: Path) -> None:
    exact, rough = faults_of(film(tmp_path, **changed))

    assert any(re.search(fault, each) for each in exact), exact
    assert rough


def test_the_exact_one_sees_a_millisecond_and_a_frame(tmp_path: Path) -> None:
    late = film(tmp_path, sound=Sound(tone_at=Fraction(2, 1000)))
    assert faults_of(late) == (["a tone is 2.0 ms off"], [])
    short = film(tmp_path, frames=17, sound=Sound(seconds=Fraction(3, 5)))
    exact, rough = faults_of(short)
    assert exact[0] == "17 frames, not 18"
    assert rough == []


def test_both_see_a_damaged_film(tmp_path: Path) -> None:
    path = film(tmp_path)
    damaged = bytearray(path.read_bytes())
    with av.open(str(path)) as media:
        place = next(packet.pos for packet in media.demux(video=0) if packet.pos)
    # Ones would be a valid picture: each a block that does not change.
    damaged[place + 900 : place + 1220] = sha256(b"damage").digest() * 10
    path.write_bytes(damaged)

    assert all(any("ffmpeg:" in fault for fault in faults) for faults in faults_of(path))


def test_both_see_clips_in_the_wrong_order(tmp_path: Path) -> None:
    other = Take(clip=2, layout="none")

    exact, rough = faults_of(film(tmp_path, frames=36), [TAKE, other])

    assert "frame 18 shows (1, 18), not (2, 0)" in exact
    assert "clips are not shown once each in order: 1 runs" in rough
