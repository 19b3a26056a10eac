"""Which of several sound tracks is heard, on which side; and what is said of the others."""

import asyncio
from array import array
from cmath import exp
from dataclasses import dataclass
from fractions import Fraction
from math import pi
from pathlib import Path

import av
import pytest

from shotgraph.errors import MediaError
from shotgraph.media.probe import probe_now
from shotgraph.media.smart.join import concat
from shotgraph.media.soundtrack import Placing, soundtrack
from shotgraph.media.split import rejoin
from shotgraph.media.trim import trim
from tests.joins.looks.tracks import SECONDS, SoundTrack, write_tracks
from tests.joins.table import OURS, Outcome, Table

pytestmark = pytest.mark.media

TONES_HZ = (500, 1000, 2000)


@dataclass(frozen=True)
class TracksCase:
    """A file, and the tone that is heard on the left and on the right; 0 for silence."""

    name: str
    container: str
    tracks: list[SoundTrack]
    heard: tuple[int, ...]
    left_out: int
    unknown: int | None = None
    wanted: int | None = None


def _aac(tone_hz: int = 0, *, is_default: bool = False, language: str = "und") -> SoundTrack:
    return SoundTrack(tone_hz, "stereo", "aac", is_default, language)


# fmt: off
CASES = [
    TracksCase("dual mono", "mov", [SoundTrack(500), SoundTrack(1000)], (500, 1000), 0),
    TracksCase("dual mono, left silent", "mov", [SoundTrack(), SoundTrack(1000)], (0, 1000), 0),
    TracksCase("four mono tracks", "mov",
               [SoundTrack(500), SoundTrack(1000), SoundTrack(), SoundTrack()], (500, 1000), 2),
    TracksCase("two languages, mono", "mov",
               [SoundTrack(500, language="eng"), SoundTrack(1000, language="fra")], (500,), 1),
    TracksCase("silent first track", "mkv", [_aac(), _aac(1000), _aac(2000)], (1000, 1000), 2),
    TracksCase("second is the default", "mkv",
               [_aac(500), _aac(1000, is_default=True)], (1000, 1000), 1),
    TracksCase("first of no known codec", "mp4", [_aac(500), _aac(1000)], (1000, 1000), 1,
               unknown=0),
    TracksCase("all silent", "mkv", [_aac(), _aac()], (0, 0), 1),
    TracksCase("the third is chosen", "mkv",
               [_aac(500, is_default=True), _aac(1000), _aac(2000)], (2000, 2000), 2, wanted=3),
    TracksCase("right side is chosen", "mov", [SoundTrack(500), SoundTrack(1000)], (1000,), 1,
               wanted=2),
]
# fmt: on


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_what_is_heard(case: TracksCase, table: Table, tmp_path: Path) -> None:
    clip = write_tracks(tmp_path / f"clip.{case.container}", case.tracks, unknown=case.unknown)
    joined, cut = tmp_path / "joined.mp4", tmp_path / "cut.mp4"

    await asyncio.gather(
        concat([clip], joined, audio_track=case.wanted),
        trim(clip, cut, start=Fraction(0), seconds=SECONDS, audio_track=case.wanted),
    )

    faults = [
        f"{film.name}: {heard}" for film in (joined, cut) if (heard := _tones(film)) != case.heard
    ]
    sound = probe_now(clip).audio
    if case.wanted is None and len(sound.left_out if sound else ()) != case.left_out:
        faults.append(f"left out: {sound}")
    table.note(case.name, OURS, Outcome("silent failure" if faults else "right", "; ".join(faults)))
    assert not faults


async def test_music_from_two_mono_tracks(tmp_path: Path) -> None:
    film = write_tracks(tmp_path / "film.mov", [SoundTrack()])
    music = write_tracks(tmp_path / "music.mov", [SoundTrack(500), SoundTrack(1000)])

    await soundtrack(film, music, tmp_path / "out.mp4", placing=Placing(mode="replace"))

    assert _tones(tmp_path / "out.mp4") == (500, 1000)


async def test_the_sound_of_a_repainted_shot_is_that_of_the_track_that_is_heard(
    tmp_path: Path,
) -> None:
    shot = write_tracks(tmp_path / "shot.mp4", [_aac(500), _aac(1000, is_default=True)])
    painted = write_tracks(tmp_path / "painted.mp4", [_aac(2000)])

    await rejoin(
        [painted],
        tmp_path / "out.mp4",
        frames=[12],
        sent=[12],
        frame_rate=Fraction(24),
        sound_of=shot,
    )

    assert _tones(tmp_path / "out.mp4") == (1000, 1000)


@pytest.mark.parametrize(
    ("wanted", "says"),
    [(3, "has no sound track 3: it has 2"), (1, "its sound track 1 is of a codec that is not")],
)
async def test_a_track_that_can_not_be_had(wanted: int, says: str, tmp_path: Path) -> None:
    clip = write_tracks(tmp_path / "clip.mp4", [_aac(500), _aac(1000)], unknown=0)

    with pytest.raises(MediaError, match=says):
        await concat([clip], tmp_path / "film.mp4", audio_track=wanted)


def _tones(film: Path) -> tuple[int, ...]:
    """The loudest known tone of each channel; 0 where there is none."""
    with av.open(str(film)) as media:
        if not media.streams.audio:
            return ()
        resampler = av.AudioResampler(format="s16")
        samples, channels, rate_hz = array("h"), 1, 48_000
        for frame in media.decode(audio=0):
            for part in resampler.resample(frame):
                channels, rate_hz = part.layout.nb_channels, part.sample_rate
                samples.frombytes(bytes(part.planes[0])[: part.samples * channels * 2])
    return tuple(_tone(samples[side::channels], rate_hz) for side in range(channels))


def _tone(samples: "array[int]", rate_hz: int) -> int:
    part = samples[4800:14400]
    power = {
        tone_hz: abs(
            sum(each * _turn(tone_hz * n / rate_hz) for n, each in enumerate(part)) / len(part)
        )
        for tone_hz in TONES_HZ
    }
    loudest = max(power, key=lambda tone_hz: power[tone_hz])
    return loudest if power[loudest] > 1000 else 0


def _turn(cycles: float) -> complex:
    return exp(-2j * pi * cycles)
