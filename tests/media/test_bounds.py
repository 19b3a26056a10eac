"""What a file says of itself is bounded before anybody makes room for it."""

import struct
from fractions import Fraction
from pathlib import Path

import pytest
from av.video.frame import VideoFrame

from shotgraph.errors import MediaError
from shotgraph.media import reader
from shotgraph.media.probe import read_media
from shotgraph.media.reader import opened, picture_of
from shotgraph.media.source import address, identify, source
from tests.media.coded_clips import write_clip
from tests.media.hostile.boxes import change, put


def changed(clip: Path, kind: bytes, at: int, value: int, into: Path) -> Path:
    """A clip with a number in its boxes of a kind changed."""
    into.write_bytes(change(clip.read_bytes(), kind, lambda payload: put(payload, at, value)))
    return into


def test_pixels_may_not_be_endlessly_wide(first: Path, tmp_path: Path) -> None:
    square, wide = (struct.pack(">4sII", b"pasp", width, 1) for width in (1, 10_000))
    data = first.read_bytes()
    assert square in data
    (tmp_path / "x.mp4").write_bytes(data.replace(square, wide))

    with pytest.raises(MediaError, match="3200000 x 180; at most 36864000 pixels"):
        read_media(tmp_path / "x.mp4")


def test_nor_by_what_only_the_pictures_say(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "x.mp4", clip=1, frames=2, size=(640, 360), aspect=Fraction(200))
    data = clip.read_bytes()
    assert b"pasp" in data
    clip.write_bytes(data.replace(b"pasp", b"free"))

    with pytest.raises(MediaError, match="128000 x 360; at most 36864000 pixels"):
        read_media(clip)


def test_frames_may_not_last_for_days(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "x.mp4", clip=1, frames=2, times=[0, 200_000])

    with pytest.raises(MediaError, match=r"lasts 66\d\d(\.\d+)? s; at most 3600 are opened"):
        read_media(clip)


@pytest.mark.parametrize(("kind", "at"), [(b"stsz", 8), (b"stts", 4), (b"stsc", 4)])
def test_there_are_no_more_samples_than_bytes(
    kind: bytes, at: int, first: Path, tmp_path: Path
) -> None:
    clip = changed(first, kind, at, 80_000_000, tmp_path / "x.mp4")

    with pytest.raises(MediaError, match="it states 80000000 samples in"):
        read_media(clip)


def test_boxes_are_not_counted_without_end(tmp_path: Path) -> None:
    many = tmp_path / "x.mp4"
    many.write_bytes(struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 0) + b"\0\0\0\x08free" * 100_001)

    with pytest.raises(MediaError, match="over 100000 boxes"):
        read_media(many)


def test_a_length_that_no_file_can_have(tmp_path: Path) -> None:
    far = tmp_path / "x.mp4"
    header = struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 0)
    far.write_bytes(header + struct.pack(">I4sQ", 1, b"mdat", 2**63 + 1) + bytes(32))

    with pytest.raises(MediaError, match=r"cut short|damaged"):
        read_media(far)


def test_a_decoder_is_bound_too(
    first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The header is not what decides: the size may change from frame to frame.
    monkeypatch.setattr(reader, "MAX_PIXELS", 320 * 180 - 1)

    with pytest.raises(MediaError, match="can't be read as mp4"):
        _first_frame(first)


def _first_frame(clip: Path) -> VideoFrame:
    with opened(clip, identify(clip)) as media:
        picture = picture_of(media)
        assert picture is not None
        return next(media.decode(picture))


def test_a_name_that_is_not_in_utf8(first: Path, tmp_path: Path) -> None:
    odd = tmp_path / "\udcff.mp4"
    odd.write_bytes(first.read_bytes())

    for use in (read_media, source, address):
        with pytest.raises(MediaError, match=r"\\udcff\.mp4' is not a name in UTF-8"):
            use(odd)
