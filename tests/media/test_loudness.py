"""Films as loud as they should be, without a peak that is cut off."""

import asyncio
import json
import re
from fractions import Fraction
from pathlib import Path

import pytest

from shotgraph.media.binary import find_ffmpeg
from shotgraph.media.smart.join import concat
from shotgraph.media.soundtrack import Placing, soundtrack
from shotgraph.media.transition import Transition
from tests.media.coded_clips import Sound, write_clip
from tests.media.sounds import loudness_of, samples_of, strength, write_tone


async def by_loudnorm(path: Path) -> tuple[float, float]:
    """LUFS and true peak in decibels, as the filter loudnorm prints them."""
    process = await asyncio.create_subprocess_exec(
        *(str(find_ffmpeg().path), "-hide_banner", "-nostdin", "-i", f"file:{path}"),
        *("-af", "loudnorm=print_format=json", "-f", "null", "-"),
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    found = re.search(r"\{[^{}]*\}", said.decode())
    assert found is not None
    measured = json.loads(found[0])
    return float(measured["input_i"]), float(measured["input_tp"])


def rising(at_s: float) -> int:
    """Quiet, then ten times as loud."""
    return 1500 if at_s < 3 else 15000


async def scored(tmp_path: Path, **sound: object) -> Path:
    clip = write_clip(tmp_path / "bare.mp4", clip=1, frames=60, rate=10, size=(64, 36))
    tone = write_tone(tmp_path / "tone.wav", seconds=6, **sound)  # type: ignore[arg-type]
    film = tmp_path / "scored.mp4"
    await soundtrack(clip, tone, film, placing=Placing(mode="replace"))
    return film


@pytest.mark.parametrize("target", [-30, -16])
@pytest.mark.media
async def test_a_film_is_as_loud_as_was_said(target: int, tmp_path: Path) -> None:
    clip = await scored(tmp_path, level=rising)
    film = tmp_path / "film.mp4"

    await concat([clip], film, loudness=Fraction(target))

    lufs, peak_db = await by_loudnorm(film)
    assert lufs == pytest.approx(target, abs=0.5)
    assert peak_db <= -1.5
    measured = await loudness_of(film)
    assert measured.lufs == pytest.approx(lufs, abs=0.2)
    # One gain over all of it: what was a tenth is a tenth.
    heard = samples_of(film)
    quiet, loud = (strength(heard, start, start + 1, 500) for start in (1, 4))
    assert quiet / loud == pytest.approx(0.1, abs=0.01)


@pytest.mark.media
async def test_peaks_are_held_down(tmp_path: Path) -> None:
    # 50 ms at three quarters of full scale in a murmur: one gain alone would cut it off.
    clip = await scored(tmp_path, level=lambda at: 25000 if 1 <= at < 1.05 else 1500)
    film = tmp_path / "film.mp4"

    await concat([clip], film, loudness=Fraction(-16))

    lufs, peak_db = await by_loudnorm(film)
    assert lufs == pytest.approx(-16, abs=0.5)
    assert peak_db <= -1.4


async def test_dissolved_films_are_brought_to_it_too(first: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    dissolve = Transition(kind="dissolve", seconds=Fraction(1, 3))

    await concat([first, first], film, transition=dissolve, loudness=Fraction(-23))

    assert (await loudness_of(film)).lufs == pytest.approx(-23, abs=0.5)
    heard = samples_of(film)
    tone, after = (strength(heard, start, start + 0.045, 2000) for start in (0.002, 0.5))
    assert tone > 1000 * after


async def test_silence_stays_silence(tmp_path: Path) -> None:
    silent = write_clip(
        tmp_path / "x.mp4", clip=1, frames=20, size=(64, 36), sound=Sound(tone_at=Fraction(1))
    )
    film = tmp_path / "film.mp4"

    info = await concat([silent], film, loudness=Fraction(-16))

    assert info.audio is not None
    assert max(map(abs, samples_of(film))) < 1e-4


async def test_without_sound_there_is_nothing_to_bring_anywhere(mute: Path, tmp_path: Path) -> None:
    info = await concat([mute], tmp_path / "film.mp4", loudness=Fraction(-16))

    assert info.audio is None
