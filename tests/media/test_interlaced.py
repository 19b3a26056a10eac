"""Interlaced clips: no comb is seen, whatever the codec and the step."""

from pathlib import Path

import pytest
from PIL import Image

from shotgraph.media.probe import read_media
from shotgraph.media.smart.join import concat
from shotgraph.media.trim import extract_frame
from tests.joins.odd.bench import Bench
from tests.media.coded_clips import read_lumas
from tests.media.combs import comb, write_combed

_CODED = {
    "h264.mp4": ("-c:v", "libx264", "-x264opts", "tff=1", "-preset", "ultrafast"),
    "mpeg4.mp4": ("-c:v", "mpeg4", "-q:v", "2"),
    "mpeg2.mkv": ("-c:v", "mpeg2video", "-q:v", "2"),
    "prores.mov": ("-c:v", "prores_ks", "-profile:v", "1"),
}


_FEW = [
    name if name == "mpeg4.mp4" else pytest.param(name, marks=pytest.mark.media) for name in _CODED
]


@pytest.mark.parametrize("name", _FEW)
async def test_no_comb_is_seen(name: str, tmp_path: Path) -> None:
    clip = write_combed(Bench(tmp_path), name, *_CODED[name])
    stored = list(read_lumas(clip))[12]
    assert comb(stored) > 2
    assert read_media(clip).interlaced

    await extract_frame(clip, tmp_path / "still.png", at=12)
    await concat([clip], tmp_path / "film.mp4")

    with Image.open(tmp_path / "still.png") as still:
        assert comb(still) < 0.5
    assert comb(list(read_lumas(tmp_path / "film.mp4"))[12]) < 0.5
