"""Copied pictures are compared with those of the clips, bit for bit."""

from pathlib import Path

import av
import pytest

from shotgraph.errors import MediaError
from shotgraph.media.probe import read_media
from shotgraph.media.smart.coded import coded_pictures
from shotgraph.media.smart.coded_piece import CodedPiece
from shotgraph.media.smart.join import concat
from shotgraph.media.smart.verify import verify
from shotgraph.media.target_format import format_of
from tests.media.coded_clips import write_clip


def with_another_picture(film: Path, into: Path) -> Path:
    """Change one bit near the end of its last picture, which is the end of the file."""
    data = bytearray(film.read_bytes())
    data[-5] ^= 1
    into.write_bytes(data)
    return into


async def test_a_copied_film_has_the_pictures_of_its_clips(
    first: Path, second: Path, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"
    await concat([first, second, first], film)

    shown = coded_pictures([film], [40, 25, 40])
    assert shown.sha256 == coded_pictures([first, second, first]).sha256
    assert shown.sha256 != coded_pictures([first, first, second]).sha256
    assert shown.headers == coded_pictures([first]).headers


async def test_a_film_with_one_other_bit_fails(mute: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    info = await concat([mute, mute], film)
    other = with_another_picture(film, tmp_path / "other.mp4")

    with pytest.raises(MediaError, match="its pictures differ from those of its clips"):
        await verify(
            other,
            format_of(info),
            frames=info.frames,
            has_sound=False,
            pieces=[CodedPiece(mute, info.frames // 2)] * 2,
            decoded=[mute],
        )


async def test_a_film_that_shows_its_pictures_in_another_order_fails(
    tmp_path: Path,
) -> None:
    clip = write_clip(tmp_path / "x.mp4", clip=1, frames=12, options={"bf": "2"})
    film, info = tmp_path / "film.mp4", read_media(clip)
    with av.open(str(clip)) as media, av.open(str(film), "w", format="mp4") as made:
        picture = media.streams.video[0]
        copied = made.add_stream_from_template(picture)
        packets = [packet for packet in media.demux(picture) if packet.size]
        one, other = packets[2], packets[3]  # both are shown after both are decoded
        one.pts, other.pts = other.pts, one.pts
        for packet in packets:
            packet.stream = copied
            made.mux(packet)

    with pytest.raises(MediaError, match="not shown in the order of its clips"):
        await verify(
            film,
            format_of(info),
            frames=info.frames,
            has_sound=False,
            pieces=[CodedPiece(clip, info.frames)],
            decoded=[clip],
        )


async def test_a_damaged_clip_is_found_although_its_pictures_are_copied(
    mute: Path, tmp_path: Path
) -> None:
    data = bytearray(mute.read_bytes())
    begin = data.index(b"mdat") + 4
    middle = begin + (len(data) - begin) // 2
    data[middle : middle + 200] = bytes(200)
    (tmp_path / "x.mp4").write_bytes(data)

    with pytest.raises(MediaError):
        await concat([tmp_path / "x.mp4"] * 2, tmp_path / "film.mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["x.mp4"]


def test_other_codecs_have_no_such_pictures(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "x.webm", clip=1, frames=3, codec="libvpx-vp9", container="webm")

    assert read_media(clip).frames == 3
    with pytest.raises(MediaError, match=r"holds no H\.264 or HEVC pictures"):
        coded_pictures([clip])
