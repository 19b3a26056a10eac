"""Headers that were put together must show what the clips' own headers do."""

from pathlib import Path

import pytest

from shotgraph.errors import MediaError
from shotgraph.media.smart.clip import read_clip
from shotgraph.media.smart.coded import header_pictures
from shotgraph.media.smart.coded_piece import CodedPiece, count_decoded
from shotgraph.media.smart.join import concat
from shotgraph.media.smart.splice import remux_picture
from shotgraph.media.smart.verify import verify
from shotgraph.media.target_format import format_of
from tests.media.coded_clips import read_codes, write_clip

# Without arithmetic coding, a wrong header need not end in an error.
_PLAIN = {"coder": "0", "bf": "0"}


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip.mp4", clip=1, frames=20, options=_PLAIN)


def under_another_header(clip: Path, film: Path) -> Path:
    """A clip's own pictures, under a header that says another quantizer.

    The last bytes of the picture parameter set hold ``pic_init_qp_minus26`` (ITU-T H.264, 7.3.2.2):
    minus 6, as x264 writes it, becomes 4.
    """
    read = read_clip(clip)
    assert read.info.time_base is not None
    assert read.headers.endswith(b"\x06\xf2")
    other = read.headers[:-2] + b"\x04\x72"
    remux_picture(clip, film, time_base=read.info.time_base, headers=other)
    return film


async def test_a_film_of_two_coders_shows_its_clips(clip: Path, mute: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    await concat([clip, mute, clip], film)

    begin, middle, end = header_pictures(film, [20, 30, 20])

    assert begin == end == header_pictures(clip, [20])[0]
    assert middle != begin
    assert [len(each) for each in (begin, middle, end)] == [1, 1, 1]


async def test_pictures_under_wrong_headers_are_seen_where_all_of_them_decode(
    clip: Path, tmp_path: Path
) -> None:
    film, own = under_another_header(clip, tmp_path / "film.mp4"), read_clip(clip).info
    assert await count_decoded(film, own.duration) == 20
    assert len(read_codes(film)) == 20

    with pytest.raises(
        MediaError,
        match=r"its headers differ .*; clip 1 looks different in the "
        "film",
    ):
        await verify(
            film,
            format_of(own),
            frames=20,
            has_sound=False,
            pieces=[CodedPiece(clip, 20)],
            decoded=[clip],
        )


def test_what_is_said_between_pictures_is_looked_at(tmp_path: Path) -> None:
    options = {**_PLAIN, "g": "5", "flags": "-global_header"}
    clip = write_clip(tmp_path / "x.mp4", clip=1, frames=20, options=options)
    said_again = header_pictures(clip, [20])[0]

    assert len(said_again) == 1  # the same as before says nothing new

    film = under_another_header(clip, tmp_path / "film.mp4")
    assert len(header_pictures(film, [20])[0]) == 4


def test_a_sound_has_none(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "x.webm", clip=1, frames=3, codec="libvpx-vp9", container="webm")

    with pytest.raises(MediaError, match=r"holds no H\.264 or HEVC pictures"):
        header_pictures(clip, [3])
