"""Files that were cut short, at many places."""

from fractions import Fraction
from pathlib import Path

import av
import ffmpeg
import pytest
from PIL import Image

from shotgraph.errors import MediaError
from shotgraph.media.probe import read_media
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.smart.join import concat
from shotgraph.media.source import address, source
from shotgraph.media.trim import extract_frame, trim
from tests.media.coded_clips import Sound, write_clip


def cuts(path: Path, into: Path) -> list[Path]:
    """A file, cut at every twentieth of its length and right before its end."""
    whole = path.read_bytes()
    places = [len(whole) * twentieth // 20 for twentieth in range(1, 20)] + [len(whole) - 1]
    made = []
    for place in places:
        made.append(into / f"{place}-{path.name}")
        made[-1].write_bytes(whole[:place])
    return made


@pytest.fixture(scope="module")
def faststart(shelf: Path) -> Path:
    """The header comes first, so that a part decodes without an error."""
    path = shelf / "faststart.mp4"
    return write_clip(path, clip=1, frames=40, sound=Sound(), first_header=True)


def refuse_all(paths: list[Path]) -> None:
    for path in paths:
        with pytest.raises(MediaError, match=r"cut short|can't be read"):
            read_media(path)


def test_an_mp4_with_its_header_first(faststart: Path, tmp_path: Path) -> None:
    assert read_media(faststart).frames == 40
    refuse_all(cuts(faststart, tmp_path))


def test_an_mp4_with_its_header_last(first: Path, tmp_path: Path) -> None:
    refuse_all(cuts(first, tmp_path))


@pytest.mark.slow
def test_a_webm(tmp_path: Path) -> None:
    clip = write_clip(
        tmp_path / "x.webm",
        clip=1,
        frames=20,
        container="webm",
        codec="libvpx",
        sound=Sound(codec="libopus"),
    )

    refuse_all(cuts(clip, tmp_path))


@pytest.mark.parametrize("name", ["x.png", "x.jpg", "x.webp"])
def test_an_image(name: str, tmp_path: Path) -> None:
    Image.effect_noise((90, 60), 80).convert("RGB").save(tmp_path / name)
    assert (read_media(tmp_path / name).width, read_media(tmp_path / name).frames) == (90, 1)

    refuse_all(cuts(tmp_path / name, tmp_path))


async def test_a_wav(first: Path, tmp_path: Path) -> None:
    await run_ffmpeg(ffmpeg.output(source(first)["a:0"], address(tmp_path / "x.wav"), f="wav"))

    refuse_all(cuts(tmp_path / "x.wav", tmp_path)[1:])


def test_an_mp4_whose_samples_lie_beyond_its_end(tmp_path: Path) -> None:
    # All boxes fit, because the box of the media data says that it was cut; right before a frame,
    # or in the middle of one.
    mute = write_clip(tmp_path / "whole.mp4", clip=1, frames=40, first_header=True)
    with av.open(str(mute)) as media:
        places = [packet.pos for packet in media.demux(video=0) if packet.pos is not None]
    whole = mute.read_bytes()
    start = whole.index(b"mdat") - 4
    clip = tmp_path / "x.mp4"
    for end in (places[20], places[20] + 9):
        size = (end - start).to_bytes(4, "big")
        clip.write_bytes(whole[:start] + size + whole[start + 4 : end])

        with pytest.raises(MediaError, match=r"2[01] of 40 video packets"):
            read_media(clip)


async def test_nothing_is_made_of_a_part(faststart: Path, first: Path, tmp_path: Path) -> None:
    part = cuts(faststart, tmp_path)[11]
    before = sorted(tmp_path.iterdir())

    for attempt in (
        concat([first, part], tmp_path / "film.mp4"),
        trim(part, tmp_path / "film.mp4", start=Fraction(0), seconds=Fraction(1, 10)),
        extract_frame(part, tmp_path / "frame.png", at="first"),
    ):
        with pytest.raises(MediaError, match="cut short"):
            await attempt
    assert sorted(tmp_path.iterdir()) == before
