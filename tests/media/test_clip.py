"""What keeps a clip's coded pictures from being copied beside others'."""

from fractions import Fraction
from pathlib import Path

import ffmpeg
import pytest

from shotgraph.errors import MediaError
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.smart.clip import read_clip
from shotgraph.media.smart.verify import verify
from shotgraph.media.target_format import TargetFormat
from tests.media.coded_clips import SIZE, write_clip


def test_clips_of_one_coder_share_a_signature(first: Path, second: Path) -> None:
    one, other = read_clip(first), read_clip(second)
    assert one.signature is not None
    assert one.signature == other.signature
    assert one.can_be_copied


def test_other_headers_and_other_colours_are_other_signatures(first: Path, tmp_path: Path) -> None:
    own = read_clip(first).signature
    options = {"preset": "ultrafast", "crf": "20", "x264-params": "keyint=7:ref=2"}
    other = read_clip(write_clip(tmp_path / "h.mp4", clip=1, frames=9, options=options)).signature
    said = {"preset": "ultrafast", "crf": "20", "x264-params": "colormatrix=bt709:transfer=bt709"}
    coloured = read_clip(write_clip(tmp_path / "c.mp4", clip=1, frames=9, options=said)).signature
    assert own is not None
    assert other is not None
    assert coloured is not None
    assert own.headers_sha256 != other.headers_sha256
    assert own.colours != coloured.colours


def test_a_turned_or_an_uneven_clip_stands_beside_none(turned: Path, tmp_path: Path) -> None:
    times = [0, 1, 2, 4, 5, 8, 9, 12]
    uneven = write_clip(tmp_path / "uneven.mp4", clip=1, frames=8, times=times)
    assert read_clip(turned).signature is None
    assert read_clip(uneven).signature is None


async def test_a_clip_with_hidden_frames_is_not_copied(tmp_path: Path) -> None:
    long = write_clip(tmp_path / "long.mp4", clip=1, frames=60)
    cut = tmp_path / "cut.mp4"
    await run_ffmpeg(ffmpeg.input(str(long), ss="1").output(str(cut), c="copy"))
    clip = read_clip(cut)
    assert not clip.can_be_copied
    assert clip.signature is None


async def test_a_film_that_begins_late_fails_its_check(tmp_path: Path) -> None:
    late = write_clip(tmp_path / "late.mp4", clip=1, frames=8, times=range(5, 13))
    with pytest.raises(MediaError, match=r"the video begins at 0\.166"):
        await verify(late, TargetFormat(*SIZE, Fraction(30)), frames=8, has_sound=False)
