"""Clips with a start timecode, as cameras write them."""

from fractions import Fraction
from pathlib import Path

import ffmpeg

from shotgraph.media.process import run_ffmpeg
from tests.media.coded_clips import Sound, write_clip


async def write_timecoded(
    path: Path, timecode: str, *, rate: Fraction, frames: int = 60, clip: int = 1
) -> Path:
    """Write a clip with sound, and have ffmpeg put a track or a tag of timecode into it."""
    plain = path.with_name(f"plain-{path.stem}.mp4")
    write_clip(plain, clip=clip, frames=frames, rate=rate, sound=Sound())
    copied = ffmpeg.input(str(plain)).output(str(path), c="copy", timecode=timecode)
    await run_ffmpeg(copied)
    return path
