"""Files that were cut short, at many places."""

from fractions import Fraction
from pathlib import Path

import ffmpeg
import pytest
from PIL import Image
from tests.media.coded_clips import Sound, write_clip

from shotgraph.errors import MediaError
from shotgraph.media.concat import concat
from shotgraph.media.frame import extract_frame
from shotgraph.media.probe import read_media
from shotgraph.media.process import address, run_ffmpeg, source
from shotgraph.media.trim import trim


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
async def faststart(first: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The header comes first, so that a part decodes without an error."""
    path = tmp_path_factory.mktemp("faststart") / "x.mp4"
    await run_ffmpeg(
        ffmpeg.output(source(first), address(path), c="copy", f="mp4", movflags="+faststart")
    )
    return path


def refuse_all(paths: list[Path]) -> None:
    for path in paths:
        with pytest.raises(MediaError, match=r"cut short|can't be read"):
            read_media(path)


def test_an_mp4_with_its_header_first(faststart: Path, tmp_path: Path) -> None:
    assert read_media(faststart).frames == 40
    refuse_all(cuts(faststart, tmp_path))


def test_an_mp4_with_its_header_last(first: Path, tmp_path: Path) -> None:
    refuse_all(cuts(first, tmp_path))


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


def test_an_mp4_whose_samples_lie_beyond_its_end(faststart: Path, tmp_path: Path) -> None:
    # The boxes fit, but the media data were cut and its box made to say so.
    whole = faststart.read_bytes()
    start = whole.index(b"mdat") - 4
    clip = tmp_path / "x.mp4"
    clip.write_bytes(whole[:start] + (1000).to_bytes(4, "big") + whole[start + 4 : start + 1000])

    with pytest.raises(MediaError, match=r"\d of 40 video packets"):
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
