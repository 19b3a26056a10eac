"""Measure how loud a sound is to people, and bring it to a target (EBU R 128)."""

import re
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from math import log10
from pathlib import Path
from typing import TypeAlias

import ffmpeg

from shotgraph.media.process import run_ffmpeg
from shotgraph.media.progress import Work
from shotgraph.media.sound import SAMPLE_RATE_HZ
from shotgraph.media.source import Stream
from shotgraph.media.target_format import allowance_s

Lufs: TypeAlias = Fraction
"""LUFS, integrated over all of a sound: -23 in broadcasting, -16 to -14 on the web."""

# Players' converters clip peaks above it (EBU Tech 3343); half a decibel is left for the coder's
# error.
_PEAK_DB = -1.5
_HEADROOM_DB = 0.5
_SILENCE_LUFS = -70.0  # the gate: quieter sound is not measured
_NEAR_LU = 0.2
_TRIES = 3
_MOST_GAIN_DB = 60.0
_OVERSAMPLED_HZ = 4 * SAMPLE_RATE_HZ
_MEASURED = re.compile(r"lavfi\.r128\.(I|true_peak)=(\S+)")


@dataclass(frozen=True)
class Measured:
    """How loud a sound is: LUFS, and its true peak in decibels of full scale."""

    lufs: float
    peak_db: float


async def measure(sound: Stream, *, samples: int) -> Measured | None:
    """Measure a sound of so many samples; None if it is silent throughout."""
    with tempfile.TemporaryDirectory(prefix="shotgraph-") as room:
        path = Path(room) / "loudness"
        heard = sound.filter("ebur128", metadata=1, peak="true").filter(
            "ametadata", "print", file=path
        )
        graph = ffmpeg.output(heard, "-", f="null").global_args("-copyts")
        lasting = Fraction(samples, SAMPLE_RATE_HZ)
        work = Work("listening how loud it is", lasting)
        await run_ffmpeg(graph, timeout_s=allowance_s(lasting), work=work)
        found = dict(_MEASURED.findall(path.read_text(encoding="ascii")))
    lufs, peak = float(found.get("I", "-inf")), float(found.get("true_peak", "0"))
    if lufs <= _SILENCE_LUFS or peak <= 0:
        return None
    return Measured(lufs, 20 * log10(peak))


async def levelled(sound: Stream, loudness: Lufs, *, samples: int) -> Stream:
    """A sound of so many samples, made as loud as it should be.

    One gain for all of it, so that quiet parts stay quiet. Peaks above -1.5 dB are limited, and the
    gain is raised to make up for that. Silence stays silence; the gain is at most 60 dB.
    """
    was = await measure(sound, samples=samples)
    if was is None:
        return sound
    gain_db = min(float(loudness) - was.lufs, _MOST_GAIN_DB)
    if was.peak_db + gain_db <= _PEAK_DB - _HEADROOM_DB:
        return _raised(sound, gain_db)
    for _ in range(_TRIES):
        louder = limited(_raised(sound, gain_db), samples=samples)
        now = await measure(louder, samples=samples)
        if now is None or abs(now.lufs - float(loudness)) <= _NEAR_LU:
            break
        gain_db = min(gain_db + float(loudness) - now.lufs, _MOST_GAIN_DB)
    return louder


def limited(sound: Stream, *, samples: int) -> Stream:
    """A sound of so many samples without peaks above -1.5 dB, also between samples."""
    limit = 10 ** ((_PEAK_DB - _HEADROOM_DB) / 20)
    return (
        sound.filter("aresample", _OVERSAMPLED_HZ)
        .filter("alimiter", limit=f"{limit:.4f}", level=0, latency=1)
        .filter("aresample", SAMPLE_RATE_HZ)
        .filter("apad", whole_len=samples)
        .filter("atrim", end_sample=samples)
    )


def _raised(sound: Stream, gain_db: float) -> Stream:
    return sound.filter("volume", f"{gain_db:.2f}dB")
