"""Play the music of the examples into a file: four bars of a waltz, six seconds, made to be looped.

    python examples/play_waltz.py [TARGET]        (default: examples/sounds/waltz.m4a)

Plucked strings are decaying sums of sines; nothing is downloaded.
"""

import math
import sys
from array import array
from fractions import Fraction
from pathlib import Path

import av

RATE, BEAT_S = 22_050, 0.5
BEATS = 12
# Half tones above A3: the bass of each bar, the two chords after it, and the melody over it.
BARS = (
    (-12, (0, 3, 7), (12, 15, 19)),
    (-7, (-4, 0, 5), (17, 15, 12)),
    (-5, (-1, 2, 7), (14, 11, 14)),
    (-12, (0, 3, 7), (12, 7, 3)),
)


def pluck(samples: list[float], half_tones: int, at_s: float, loudness: float) -> None:
    """Add a note; what would ring past the end rings on at the beginning, for the loop."""
    pitch_hz = 220 * 2 ** (half_tones / 12)
    start = round(at_s * RATE)
    for number in range(round(1.4 * RATE)):
        seconds = number / RATE
        attack = min(1.0, seconds / 0.006)
        tone = sum(
            math.sin(2 * math.pi * pitch_hz * part * seconds) / part**1.6 for part in (1, 2, 3, 4)
        )
        sound = loudness * attack * math.exp(-3.2 * seconds) * tone
        samples[(start + number) % len(samples)] += sound


def waltz() -> "array[int]":
    samples = [0.0] * round(BEATS * BEAT_S * RATE)
    for bar, (bass, chord, melody) in enumerate(BARS):
        began_s = bar * 3 * BEAT_S
        pluck(samples, bass, began_s, 0.5)
        for beat in (1, 2):
            for note in chord:
                pluck(samples, note, began_s + beat * BEAT_S, 0.16)
        for beat, note in enumerate(melody):
            pluck(samples, note, began_s + beat * BEAT_S, 0.34)
    loudest = max(map(abs, samples))
    return array("h", (round(0.7 * 32_767 * sample / loudest) for sample in samples))


def encode(target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(target), "w", format="ipod", options={"movflags": "+faststart"}) as file:
        sound = file.add_stream("aac", RATE, layout="mono", bit_rate=40_000)
        samples = waltz()
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(samples))
        frame.planes[0].update(samples.tobytes())
        frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
        file.mux(sound.encode(frame))
        file.mux(sound.encode(None))


if __name__ == "__main__":
    music = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "sounds/waltz.m4a"
    encode(music)
    print(music)
