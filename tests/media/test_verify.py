from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from shotgraph.errors import MediaError
from shotgraph.media.probe import read_media
from shotgraph.media.reader import Track, clock_faults, picture_of
from shotgraph.media.smart.clip import read_clip, whole_shot
from shotgraph.media.smart.coded_piece import CodedPiece, check_decodes, check_shows
from shotgraph.media.smart.due import ShownShot
from shotgraph.media.smart.verify import verify, verify_picture_kept
from shotgraph.media.target_format import TargetFormat, format_of
from shotgraph.media.trim import trim
from tests.media.coded_clips import Sound, write_clip

WANTED = TargetFormat(320, 180, Fraction(30))


@pytest.fixture
async def coded(first: Path, tmp_path: Path) -> Path:
    """Clip 1 as we code it."""
    await trim(first, tmp_path / "coded.mp4", start=Fraction(0), seconds=Fraction(4, 3))
    return tmp_path / "coded.mp4"


async def test_a_good_film_passes(coded: Path) -> None:
    info = await verify(coded, WANTED, frames=40, has_sound=True)

    assert info.frames == 40


@pytest.mark.parametrize(
    ("wanted", "frames", "has_sound", "said"),
    [
        (WANTED, 41, True, "frames: 40 for 41"),
        (replace(WANTED, width=322), 40, True, r"size: \(320, 180\) for \(322, 180\)"),
        (replace(WANTED, frame_rate=Fraction(25)), 40, True, "frames per second: 30 for 25"),
        (WANTED, 40, False, "sound: True for False"),
    ],
)
async def test_each_difference_is_said(
    wanted: TargetFormat, frames: int, has_sound: bool, said: str, first: Path
) -> None:
    with pytest.raises(MediaError, match=said):
        await verify(first, wanted, frames=frames, has_sound=has_sound)


@pytest.mark.parametrize("seconds", ["1.29", "1.38"])
async def test_sound_is_as_long_as_the_picture(seconds: str, tmp_path: Path) -> None:
    film = write_clip(tmp_path / "x.mp4", clip=1, frames=40, sound=Sound(seconds=Fraction(seconds)))

    with pytest.raises(MediaError, match=rf"{seconds}0 s of sound for 1\.333 s"):
        await verify(film, WANTED, frames=40, has_sound=True)


async def test_sound_is_in_its_layout(coded: Path) -> None:
    await verify(coded, WANTED, frames=40, has_sound=True, layout="stereo")
    with pytest.raises(MediaError, match=r"stereo sound for 5\.1"):
        await verify(coded, WANTED, frames=40, has_sound=True, layout="5.1")


async def test_a_film_with_another_sound_has_the_same_picture(first: Path, second: Path) -> None:
    assert await verify_picture_kept(first, read_media(first), "stereo") == read_media(first)
    with pytest.raises(MediaError, match="frames: 25 for 40"):
        await verify_picture_kept(second, read_media(first), "stereo")
    with pytest.raises(MediaError, match="stereo sound for mono"):
        await verify_picture_kept(first, read_media(first), "mono")
    turned = read_media(first).model_copy(update={"rotation": 90})
    with pytest.raises(MediaError, match="rotation: 0 for 90"):
        await verify_picture_kept(first, turned, "stereo")


async def test_an_uneven_film_fails(tmp_path: Path) -> None:
    film = write_clip(tmp_path / "x.mp4", clip=1, frames=4, times=[0, 1, 3, 4])

    with pytest.raises(MediaError, match="even frame rate: False for True"):
        await verify(film, WANTED, frames=4, has_sound=False)


def with_bytes_changed(clip: Path, kind: str, into: Path) -> Path:
    """Spoil the last packet of a stream, but for how it says its length."""
    with av.open(str(clip)) as media:
        stream = picture_of(media) if kind == "video" else media.streams.audio[0]
        packet = [packet for packet in media.demux(stream) if packet.size][-1]
        place, length = packet.pos, min(packet.size, 40) - 5
    assert place is not None
    data = bytearray(clip.read_bytes())
    data[place + 5 : place + 5 + length] = b"\xff" * length
    into.write_bytes(data)
    return into


async def test_all_of_it_must_decode(first: Path, tmp_path: Path) -> None:
    film = with_bytes_changed(first, "video", tmp_path / "x.mp4")

    with pytest.raises(MediaError):
        await verify(film, WANTED, frames=40, has_sound=True)


async def test_a_copied_picture_must_decode_unless_it_is_known_to(
    mute: Path, tmp_path: Path
) -> None:
    film = with_bytes_changed(mute, "video", tmp_path / "x.mp4")
    wanted, pieces = format_of(read_media(film)), [CodedPiece(film, 24)]

    await verify(film, wanted, frames=24, has_sound=False, pieces=pieces, decoded=[film])
    with pytest.raises(MediaError):
        await verify(film, wanted, frames=24, has_sound=False, pieces=pieces)


async def test_the_sound_over_copied_pictures_must_decode(first: Path, tmp_path: Path) -> None:
    film = with_bytes_changed(first, "audio", tmp_path / "x.mp4")
    pieces = [CodedPiece(first, 40)]

    await verify(first, WANTED, frames=40, has_sound=True, pieces=pieces, decoded=[first])
    with pytest.raises(MediaError, match="aac"):
        await verify(film, WANTED, frames=40, has_sound=True, pieces=pieces, decoded=[first])


async def test_a_film_with_another_sound_begins_at_once(tmp_path: Path) -> None:
    late = write_clip(tmp_path / "x.mp4", clip=1, frames=8, times=range(5, 13), sound=Sound())

    with pytest.raises(MediaError, match=r"the video begins at 0\.166"):
        await verify_picture_kept(late, read_media(late), "stereo")


async def test_a_picture_that_decodes_to_nothing_is_missed(mute: Path, tmp_path: Path) -> None:
    given, mute = mute, tmp_path / "coded.mp4"
    await trim(given, mute, start=Fraction(0), seconds=Fraction(1))
    with av.open(str(mute)) as media:
        packets = [packet for packet in media.demux(picture_of(media)) if packet.size]
        place, size = packets[-1].pos, packets[-1].size
    assert place is not None
    film = tmp_path / "x.mp4"
    filled = bytearray(mute.read_bytes())
    # Filler data and the end of a sequence (ITU-T H.264, table 7-1: 12 and 10), which no decoder
    # complains of.
    filler = (size - 9).to_bytes(4, "big") + b"\x0c" + b"\xff" * (size - 10)
    filled[place : place + size] = filler + b"\0\0\0\1\x0a"
    film.write_bytes(filled)
    info = read_media(film)

    with pytest.raises(MediaError, match=r"not kept: 23 of 24 frames decode"):
        await verify(film, format_of(info), frames=24, has_sound=False)
    with pytest.raises(MediaError, match=r"23 of 24 frames of x\.mp4 decode"):
        await check_decodes(CodedPiece(film, 24), Fraction(24))
    shot = whole_shot(read_clip(given), format_of(info))
    with pytest.raises(MediaError, match=r"not kept: 23 of 24 frames decode"):
        await check_shows(CodedPiece(film, 24), format_of(info), shot)


@pytest.mark.parametrize("made_of", ["its clip", "nothing that is compared"])
async def test_a_coded_film_that_is_compared_must_decode(
    made_of: str, mute: Path, tmp_path: Path
) -> None:
    coded = tmp_path / "coded.mp4"
    await trim(mute, coded, start=Fraction(0), seconds=Fraction(1))
    film, wanted = (
        with_bytes_changed(coded, "video", tmp_path / "x.mp4"),
        format_of(read_media(mute)),
    )
    shown = [ShownShot(whole_shot(read_clip(mute), wanted))] if made_of == "its clip" else []

    with pytest.raises(MediaError):
        await verify(film, wanted, frames=24, has_sound=False, shown=shown)


def test_clocks_only_run_forwards() -> None:
    good = Track((0, 1, 2), (-1, 0, 1), 3, Fraction(1, 30), starts_with_key=True, hidden=0)

    assert clock_faults("video", good) == []
    assert clock_faults("audio", replace(good, times=(-1, 0, 1))) == []
    assert clock_faults("video", replace(good, decode_times=(0, 2, 1))) == [
        "the clock of the video does not always run forwards"
    ]
    assert clock_faults("video", replace(good, times=(0, 1, 1))) == [
        "two packets of the video have the same time"
    ]
    assert clock_faults("video", replace(good, times=(3, 4, 5))) == ["the video begins at 0.1 s"]
