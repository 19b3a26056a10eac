"""Music and voices laid on films whose picture stays as it is."""

from fractions import Fraction
from pathlib import Path

import av
import pytest

from shotgraph.errors import MediaError
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import read_media
from shotgraph.media.soundtrack import Placing, soundtrack
from tests.media.coded_clips import Sound, codes, read_codes, tone_onsets_s, write_clip
from tests.media.sounds import loudness_of, samples_of, strength, write_tone

PITCH_HZ = 500
LEVEL = 8000 / 32768


@pytest.fixture(scope="session")
def scene(shelf: Path) -> Path:
    """Clip 21: 60 frames at 30 per second; a tone of 50 ms after one second, in stereo."""
    return write_clip(
        shelf / "scene.mp4", clip=21, frames=60, size=(64, 36), sound=Sound(tone_at=Fraction(1))
    )


@pytest.fixture(scope="session")
def music(shelf: Path) -> Path:
    """Half a second of one pitch, mono, at 44.1 kHz."""
    return write_tone(shelf / "music.wav", seconds=0.5, pitch_hz=PITCH_HZ, rate_hz=44_100)


def pictures(path: Path) -> list[tuple[int | None, bytes]]:
    with av.open(str(path)) as media:
        return [(packet.pts, bytes(packet)) for packet in media.demux(video=0) if packet.size]


def music_at(film: Path, *stretches: tuple[float, float]) -> list[float]:
    heard = samples_of(film)
    return [strength(heard, start, end, PITCH_HZ) / LEVEL for start, end in stretches]


def check(film: Path, scene: Path, info: MediaInfo, layout: str) -> None:
    assert pictures(film) == pictures(scene)
    assert info == read_media(film)
    assert info.audio is not None
    assert (info.audio.layout, info.audio.sample_rate_hz) == (layout, 48_000)
    assert info.audio.duration == info.duration == 2


async def test_replaced_sound_is_gone(scene: Path, music: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"

    info = await soundtrack(scene, music, film, placing=Placing(mode="replace"))

    check(film, scene, info, "mono")
    assert music_at(film, (0.1, 0.4), (0.6, 1.9)) == pytest.approx([1, 0], abs=0.02)
    assert strength(samples_of(film), 1, 1.05, 2000) < 0.001


async def test_mixed_sound_is_beside_the_films_own(
    scene: Path, music: Path, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"
    placing = Placing(start=Fraction(5, 4), gain_db=Fraction(-6))

    info = await soundtrack(scene, music, film, placing=placing)

    check(film, scene, info, "stereo")
    assert tone_onsets_s(film) == pytest.approx([1], abs=0.0005)
    # Mono comes to each side 3 dB down.
    found = music_at(film, (0.1, 0.9), (1.3, 1.7), (1.8, 1.95))
    assert found == pytest.approx([0, 0.5012 * 0.7071, 0], abs=0.02)


async def test_a_loop_fills_the_film_and_fades(scene: Path, music: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    placing = Placing(mode="replace", loop=True, start=Fraction(1, 4), fade_out=Fraction(1, 2))

    info = await soundtrack(scene, music, film, placing=placing)

    check(film, scene, info, "mono")
    found = music_at(
        film, (0.05, 0.2), (0.3, 0.7), (0.8, 1.2), (1.3, 1.48), (1.74, 1.76), (1.98, 2)
    )
    assert found == pytest.approx([0, 1, 1, 1, 0.5, 0.02], abs=0.04)


@pytest.mark.parametrize("leads", [False, True])
async def test_one_goes_down_while_the_other_is_heard(leads: bool, tmp_path: Path) -> None:
    talk = Sound(tone_at=Fraction(1), layout="mono")
    scene = write_clip(tmp_path / "x.mp4", clip=1, frames=60, size=(64, 36), sound=talk)
    other = write_tone(
        tmp_path / "music.wav", seconds=2, level=lambda at: 0 if leads and at >= 1 else 8000
    )
    film = tmp_path / "film.mp4"

    await soundtrack(scene, other, film, placing=Placing(mode="duck", leads=leads))

    heard = samples_of(film)
    before, during = music_at(film, (0.5, 0.9), (1.03, 1.05))
    own = strength(heard, 1.002, 1.048, 2000) / (26000 / 32768)
    if leads:  # the music leads, and has just ended when the film's tone comes
        assert before == pytest.approx(1, abs=0.03)
        assert own < 0.4
    else:
        assert before == pytest.approx(1, abs=0.03)
        assert during < 0.25
        assert own > 0.8


async def test_a_silent_film_takes_it_as_it_is(mute: Path, music: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"

    info = await soundtrack(mute, music, film, placing=Placing(mode="duck"))

    assert pictures(film) == pictures(mute)
    assert info.audio is not None
    assert info.audio.duration == 1
    assert info.audio.layout == "mono"
    assert music_at(film, (0.1, 0.4)) == pytest.approx([1], abs=0.02)


@pytest.mark.media
async def test_all_of_it_is_brought_to_a_loudness(scene: Path, music: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"

    await soundtrack(scene, music, film, placing=Placing(loop=True), loudness=Fraction(-14))

    assert (await loudness_of(film)).lufs == pytest.approx(-14, abs=0.5)


@pytest.mark.media
async def test_what_an_mp4_can_not_hold_is_coded(music: Path, tmp_path: Path) -> None:
    web = write_clip(
        tmp_path / "x.webm", clip=9, frames=15, container="webm", codec="libvpx", size=(64, 36)
    )
    film = tmp_path / "film.mp4"

    info = await soundtrack(web, music, film)

    assert (info.container, info.codec, info.frames) == ("mp4", "h264", 15)
    assert read_codes(film) == codes(9, range(15))


async def test_what_can_not_be_laid_leaves_nothing(
    scene: Path, mute: Path, music: Path, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"
    with pytest.raises(MediaError, match=r"mute\.mp4 is video without sound"):
        await soundtrack(scene, mute, film)
    with pytest.raises(MediaError, match=r"can't begin at 2 s: the film lasts 2 s"):
        await soundtrack(scene, music, film, placing=Placing(start=Fraction(2)))
    with pytest.raises(MediaError, match=r"music\.wav is audio; a video is needed"):
        await soundtrack(music, music, film)
    assert list(tmp_path.iterdir()) == []
