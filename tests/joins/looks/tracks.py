"""Clips with several sound tracks, each with a tone of its own, or silent."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import ffmpeg

from shotgraph.media.binary import find_ffmpeg
from tests.media.coded_clips import write_clip

FRAMES, RATE = 12, 24
SECONDS = Fraction(FRAMES, RATE)


@dataclass(frozen=True)
class SoundTrack:
    """One track: silent, or a tone.

    Attributes:
        tone_hz: 0 for silence.
        layout: mono or stereo.
        codec: The coder's name.
        is_default: What the file says of it.
        language: As three letters.
    """

    tone_hz: int = 0
    layout: str = "mono"
    codec: str = "pcm_s16le"
    is_default: bool = False
    language: str = "und"


def write_tracks(path: Path, tracks: list[SoundTrack], *, unknown: int | None = None) -> Path:
    """Write a clip with these tracks; the codec of `unknown`, counted from 0, is one of no name.

    Args:
        path: An mp4, mov or mkv.
        tracks: In order.
        unknown: Of an mp4 or mov.
    """
    picture = write_clip(path.with_suffix(".picture.mp4"), clip=7, frames=FRAMES, rate=RATE)
    options: dict[str, str] = {}
    sounds = []
    for number, track in enumerate(tracks):
        level = 0.5 if track.tone_hz else 0
        wave = f"{level}*sin(2*PI*{track.tone_hz}*t)"
        exprs = wave if track.layout == "mono" else f"{wave}|{wave}"
        made = ffmpeg.input(f"aevalsrc='{exprs}':s=48000:d={float(SECONDS)}", f="lavfi")
        sounds.append(made)
        options |= {
            f"c:a:{number}": track.codec,
            f"disposition:a:{number}": "default" if track.is_default else "0",
            f"metadata:s:a:{number}": f"language={track.language}",
        }
    ffmpeg.output(
        ffmpeg.input(str(picture))["v"], *sounds, str(path), **{"c:v": "copy", **options}
    ).run(cmd=str(find_ffmpeg().path), quiet=True, overwrite_output=True)
    picture.unlink()
    if unknown is not None:
        _hide_codec(path, unknown)
    return path


def _hide_codec(path: Path, number: int) -> None:
    """Give a track's codec a name that nobody knows."""
    data, at = bytearray(path.read_bytes()), -1
    name = b"mp4a" if b"mp4a\0\0\0\0\0\0" in data else b"sowt"
    for _ in range(number + 1):
        at = data.index(name + b"\0\0\0\0\0\0", at + 1)
    data[at : at + 4] = b"zzzz"
    if name == b"mp4a":  # its own description names the codec once more
        says = data.index(b"esds", at)
        data[says : says + 4] = b"zsds"
    path.write_bytes(data)
