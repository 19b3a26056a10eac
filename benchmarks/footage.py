"""Twelve clips of 5 s, 1920 x 1080 at 30 frames per second, and other ways to join them."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby
from pathlib import Path

import av
import ffmpeg

from shotgraph.media.binary import find_ffmpeg
from shotgraph.media.child import NICENESS
from shotgraph.media.source import Stream
from shotgraph.media.target_format import USUAL, Coding, film

CLIPS, SECONDS, RATE = 12, 5, 30
SIZE = (1920, 1080)
# The picture has grain: a clean test picture is coded and decoded faster than any film.
_PICTURE = "testsrc2=s={size}:r={rate}:d=5,noise=alls=6:allf=t,format=yuv420p"
_TONE = "0.8*cos(2*PI*2000*t)*lt(t,0.05)"
_SOUND = f"aevalsrc={_TONE}|{_TONE}:s=48000:d=5".replace(",", r"\,")
_LOUD = 0.25


def run(*arguments: str) -> None:
    """Run ffmpeg at the same low priority as shotgraph's own ffmpeg processes."""
    program = ["nice", "-n", str(NICENESS), str(find_ffmpeg().path)]
    command = [*program, "-hide_banner", "-nostdin", "-v", "error", "-y", *arguments]
    subprocess.run(command, check=True, stderr=subprocess.PIPE)


def shoot(path: Path, *, size: tuple[int, int] = SIZE, rate: int = RATE) -> Path:
    """Make a clip with a tone in its first 50 ms."""
    picture = _PICTURE.format(size=f"{size[0]}x{size[1]}", rate=rate)
    inputs = ("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", _SOUND)
    run(*inputs, "-c:v", "libx264", "-preset", "veryfast", "-crf", "21", "-c:a", "aac", str(path))
    return path


def quiet(path: Path) -> Path:
    """Make 3 s of 1280 x 720 with little motion, which takes almost no time to decode."""
    box = "drawbox=x=mod(t*160\\,1100):y=300:w=120:h=120:c=white:t=fill"
    picture = f"color=c=0x506070:s=1280x720:r=24:d=3,{box},format=yuv420p"
    run("-f", "lavfi", "-i", picture, "-c:v", "libx264", "-preset", "veryfast", str(path))
    return path


def mute(clip: Path, path: Path) -> Path:
    """Copy a clip without its sound."""
    run("-i", str(clip), "-an", "-c", "copy", str(path))
    return path


def copies(clip: Path, folder: Path) -> list[Path]:
    """Return twelve copies of one clip."""
    folder.mkdir()
    paths = [folder / f"{number:02}.mp4" for number in range(CLIPS)]
    for path in paths:
        shutil.copyfile(clip, path)
    return paths


def copy_blindly(clips: Sequence[Path], path: Path) -> None:
    """Join clips by ffmpeg's concat demuxer and `-c copy`, the usual advice on the web."""
    listed = path.with_suffix(".txt")
    listed.write_text("".join(f"file '{clip}'\n" for clip in clips), encoding="utf-8")
    run("-f", "concat", "-safe", "0", "-i", str(listed), "-c", "copy", str(path))


def code_all(clips: Sequence[Path], path: Path, coding: Coding = USUAL) -> None:
    """Join clips by one filter graph that codes all frames, with the settings of our films."""
    streams: list[Stream] = []
    for number, clip in enumerate(clips):
        opened = ffmpeg.input(str(clip), probesize=5_000_000 + number)
        picture = opened["v:0"].filter("scale", *SIZE).filter("setsar", 1).filter("fps", RATE)
        streams += [picture, opened["a:0"].filter("aresample", 48_000)]
    joined = ffmpeg.concat(*streams, v=1, a=1).node
    output = film(joined[0], joined[1], path, rate=Fraction(RATE), coding=coding)
    run(*ffmpeg.get_args(output))


def drift_ms(path: Path) -> float:
    """Return the delay of the last clip's tone, in ms, if a player plays sample after sample."""
    with av.open(os.fspath(path)) as media:
        stream = media.streams.video[0]
        times = sorted(packet.pts for packet in media.demux(stream) if packet.pts is not None)
        shown = times[(CLIPS - 1) * SECONDS * RATE] - times[0]
        shown_s = float(shown * (stream.time_base or Fraction(0)))
    return (_onsets_s(path)[-1] - shown_s) * 1000


def _onsets_s(path: Path) -> list[float]:
    loud: list[int] = []
    with av.open(os.fspath(path)) as media:
        played = 0
        for frame in media.decode(audio=0):
            samples = memoryview(frame.planes[0]).cast("B").cast("f")[: frame.samples]
            if max(samples) > _LOUD:
                loud += [played + place for place, level in enumerate(samples) if level > _LOUD]
            played += frame.samples
    # A tone has many loud samples; samples within half a second belong to one tone.
    first = [next(group) for _, group in groupby(loud, key=lambda sample: round(sample / 48_000))]
    return [sample / 48_000 for sample in first]
