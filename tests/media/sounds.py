"""Sounds of known pitch and strength, and how strong a film is at each moment."""

import math
import wave
from array import array
from collections.abc import Callable
from pathlib import Path

import av
import ffmpeg

from shotgraph.media.sound import Measured, measure
from shotgraph.media.source import source

RATE_HZ = 48_000


def write_tone(
    path: Path,
    *,
    seconds: float,
    pitch_hz: float = 500,
    level: int | Callable[[float], int] = 8000,
    channels: int = 1,
    rate_hz: int = RATE_HZ,
) -> Path:
    """Write a wav of one pitch; `level` is its peak, of 32767, all along or at each second."""
    samples = array("h")
    for number in range(int(seconds * rate_hz)):
        at_s = number / rate_hz
        peak = level if isinstance(level, int) else level(at_s)
        samples.extend([int(peak * math.sin(2 * math.pi * pitch_hz * at_s))] * channels)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples.tobytes())
    return path


def samples_of(path: Path, channel: int = 0) -> list[float]:
    """One channel of a file's sound, 1 being full scale."""
    heard: list[float] = []
    with av.open(str(path)) as media:
        layout = media.streams.audio[0].codec_context.layout
        resampler = av.AudioResampler(format="fltp", layout=layout, rate=RATE_HZ)
        for frame in media.decode(audio=0):
            for part in resampler.resample(frame):
                heard += array("f", bytes(part.planes[channel])[: part.samples * 4])
    return heard


def strength(samples: list[float], start_s: float, end_s: float, pitch_hz: float) -> float:
    """The peak of one pitch in a stretch of a sound (Goertzel); whole periods are best."""
    part = samples[int(start_s * RATE_HZ) : int(end_s * RATE_HZ)]
    turn = 2 * math.pi * pitch_hz / RATE_HZ
    real = sum(value * math.cos(turn * place) for place, value in enumerate(part))
    imaginary = sum(value * math.sin(turn * place) for place, value in enumerate(part))
    return 2 * math.hypot(real, imaginary) / len(part)


async def loudness_of(path: Path) -> Measured:
    """How loud a film is, as ffmpeg measures it."""
    sound = source(path, vn=None)["a:0"].filter("aresample", RATE_HZ)
    found = await measure(ffmpeg.filter([sound], "anull"), samples=RATE_HZ * 60)
    assert found is not None
    return found
