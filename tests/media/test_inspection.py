"""Clips decoded strictly: damage is found where it is, and what is no damage is none."""

from fractions import Fraction
from pathlib import Path

import pytest

from shotgraph.media.findings import Finding, Findings
from shotgraph.media.inspection import inspect_here
from shotgraph.media.watches import holds_start_code
from tests.joins.odd.bench import Bench
from tests.media.coded_clips import write_clip
from tests.media.spoilt import spoil_picture

_OPEN = "open-gop=1:keyint=30:min-keyint=30:bframes=3:scenecut=0"


@pytest.fixture(scope="session")
def clip(shelf: Path) -> Path:
    """3 s, in groups of a second whose first pictures need the group before."""
    given = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=30:d=3", "-c:v", "libx264"]
    return Bench(shelf).run(*given, "-x264-params", _OPEN, "-pix_fmt", "yuv420p", into="open.mp4")


@pytest.mark.parametrize("container", ["mp4", "mkv"])
def test_a_cut_without_coding_is_no_damage(container: str, clip: Path, tmp_path: Path) -> None:
    """It begins inside of a group, with pictures that can't be decoded, and that nobody sees."""
    into = f"cut.{container}"
    cut = Bench(tmp_path).run("-ss", "1.5", "-i", clip, "-c", "copy", into=into)

    assert inspect_here(cut, begin_s=0).found == ()


def test_damage_is_seen_until_the_next_picture_that_stands_by_itself(
    shelf: Path, tmp_path: Path
) -> None:
    whole = shelf / "closed.mp4"
    write_clip(whole, clip=6, frames=72, rate=24, size=(640, 480), options={"g": "24"})
    spoilt = spoil_picture(whole, tmp_path / "spoilt.mp4", at_s=1.25)

    (found,) = inspect_here(spoilt, begin_s=0).found

    assert found == Finding("picture", "damaged", Fraction(5, 4), Fraction(2))
    assert inspect_here(whole, begin_s=0).found == ()


def test_findings_come_back_out_of_a_record() -> None:
    found = Findings((Finding("sound", "changes", Fraction(1, 3), Fraction(2), "its channels …"),))

    assert Findings.of_json(found.as_json()) == found


@pytest.mark.parametrize(
    ("unit", "is_broken"),
    [
        (b"\x41\x00\x00\x03\x01", False),
        (b"\x41\x9a\x00\x00\x01", True),
        (b"\x41\x00\x00\x00\x9a", True),
        (b"\x41\x00\x9a\x00\x00", False),
        (b"\x41\x9a\x00\x00\x00", False),
    ],
)
def test_bytes_that_no_coder_writes(unit: bytes, is_broken: bool) -> None:
    data = len(unit).to_bytes(4, "big") + unit

    assert holds_start_code(data, 4) == is_broken
