"""The sound of the harbour: small waves on stone, a bell buoy far out, gulls."""

import math
from array import array
from collections.abc import Callable

from harbour.brushes import dice

RATE = 48_000
LOUDEST = 0.4  # Of full scale.
ECHOES = ((0.0, 1.0), (0.13, 0.34), (0.29, 0.2), (0.47, 0.1))  # From the houses: seconds, share.

Track = list[float]
Voice = Callable[[float], float]  # From the seconds since its beginning to its swing.


def harbour_sound(seconds: int) -> "array[int]":
    """Interleaved stereo, 16 bits a sample."""
    count = seconds * RATE
    sides = surf(count, "left"), surf(count, "right")
    cries = ((1.42, 1450, 0.3), (1.95, 1380, 0.34), (2.36, 1330, 0.36), (4.02, 1520, 0.6))
    for begin, length, place, voice in (
        *((at, 2.4, 0.66, bell(523)) for at in (1.0, 3.05)),
        *((at, 0.46, place, gull(pitch, 0.46)) for at, pitch, place in cries),
        *laps(seconds),
    ):
        heard = [voice(i / RATE) for i in range(round(length * RATE))]
        for delay, share in ECHOES:
            first = round((begin + delay) * RATE)
            for i, value in enumerate(heard[: max(0, count - first)], first):
                sides[0][i] += value * share * (1 - place)
                sides[1][i] += value * share * place
    scale = LOUDEST * 32_767 / max(max(map(abs, side)) for side in sides)
    return array("h", [round(value * scale) for pair in zip(*sides, strict=True) for value in pair])


def surf(count: int, seed: str) -> Track:
    """Noise through a low pass that opens and closes as the swell comes and goes."""
    rng, low, slow, track = dice(seed), 0.0, 0.0, []
    lag = rng.uniform(0, 0.5)
    for i in range(count):
        angle = 2 * math.pi * (i / RATE + lag)
        swell = 0.5 + 0.5 * math.sin(angle / 3.1) * math.sin(angle / 7.3 + 1)
        low += (0.02 + 0.09 * swell * swell) * (rng.random() * 2 - 1 - low)
        slow += 0.004 * (low - slow)
        track.append((low - slow) * (0.16 + 0.28 * swell))
    return track


def laps(seconds: int) -> list[tuple[float, float, float, Voice]]:
    """Water that slaps at the wall: when, how long, where between left and right, and its voice."""
    rng = dice("laps")
    return [
        (
            rng.uniform(0.1, seconds - 0.3),
            0.16,
            rng.uniform(0.1, 0.9),
            lap(rng.uniform(260, 620), rng.uniform(0.02, 0.05)),
        )
        for _ in range(9 * seconds)
    ]


def lap(pitch: float, loud: float) -> Voice:
    def voice(t: float) -> float:
        rise = pitch * (1 + 2.2 * t)
        return loud * math.sin(2 * math.pi * rise * t) * math.exp(-34 * t) * min(1, t / 0.008)

    return voice


def bell(pitch: float) -> Voice:
    """Partials that are no multiples of each other; the high ones are gone soonest."""
    partials = (
        (0.5, 0.5, 1.4),
        (1, 1, 1.9),
        (1.19, 0.6, 2.4),
        (1.56, 0.3, 3.2),
        (2, 0.4, 3.6),
        (2.74, 0.15, 5),
    )

    def voice(t: float) -> float:
        ring = sum(
            a * math.exp(-d * t) * math.sin(2 * math.pi * pitch * f * t) for f, a, d in partials
        )
        return 0.05 * ring * min(1, t / 0.006, (2.4 - t) / 0.3)

    return voice


def gull(pitch: float, length: float) -> Voice:
    """A cry that rises, and falls again."""

    def voice(t: float) -> float:
        share = t / length
        # The integral of a pitch that goes from 0.7 up to 1 and back.
        phase = 2 * math.pi * pitch * (0.7 * t - 0.3 * length / math.pi * math.cos(math.pi * share))
        throat = 1 + 0.35 * math.sin(2 * math.pi * 62 * t)
        tone = math.sin(phase) + 0.45 * math.sin(2 * phase) + 0.2 * math.sin(3 * phase)
        return 0.036 * throat * tone * math.pow(math.sin(math.pi * share), 1.5)

    return voice
