"""Is a film what it should be? Asked before it is put in place."""

import asyncio
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import ffmpeg

from shotgraph.errors import MediaError
from shotgraph.media.film import allowance_s
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import read_media
from shotgraph.media.process import Progress, run_ffmpeg
from shotgraph.media.reader import Track, count, opened, picture_of, sound_of
from shotgraph.media.source import identify, source
from shotgraph.media.target_format import TargetFormat


async def verify(
    part: Path, target_format: TargetFormat, *, frames: int, has_sound: bool
) -> MediaInfo:
    """Read a film that was just made, and decode all of it.

    Raises:
        MediaError: Its frames, their times, its size, its rate or its sound are not as they
            should be, or it does not decode to its end.
    """
    info = await asyncio.to_thread(read_media, part)
    wrong = _differences(info, target_format, frames=frames, has_sound=has_sound)
    wrong += await asyncio.to_thread(_read_clocks, part)
    if not wrong:
        decoded = await _decode(part, info.duration)
        if decoded != frames:
            wrong.append(f"{decoded} of {frames} frames decode")
    if wrong:
        raise MediaError(f"the film failed its check and was not kept: {'; '.join(wrong)}")
    return info


def _differences(
    info: MediaInfo, target_format: TargetFormat, *, frames: int, has_sound: bool
) -> list[str]:
    rate = target_format.frame_rate
    found = {
        "frames": (info.frames, frames),
        "frames per second": (info.frame_rate, rate if frames > 1 else info.frame_rate),
        "size": ((info.width, info.height), (target_format.width, target_format.height)),
        "even frame rate": (info.constant_frame_rate, True),
        "sound": (info.audio is not None, has_sound),
    }
    wrong = [
        f"{name}: {is_} for {wanted}" for name, (is_, wanted) in found.items() if is_ != wanted
    ]
    if info.audio is not None and abs(info.audio.duration - Fraction(frames) / rate) > 1 / rate:
        wrong.append(
            f"{float(info.audio.duration):.3f} s of sound for {float(frames / rate):.3f} s"
        )
    return wrong


def _read_clocks(part: Path) -> list[str]:
    with opened(part, identify(part)) as media:
        streams = [*filter(None, [picture_of(media), sound_of(media)])]
        tracks = zip(streams, count(media, streams, part), strict=True)
        return [fault for stream, track in tracks for fault in clock_faults(stream.type, track)]


def clock_faults(kind: str, track: Track) -> list[str]:
    """What is wrong with the times of a stream of a film."""
    faults = []
    if any(later <= earlier for earlier, later in pairwise(track.decode_times)):
        faults.append(f"the clock of the {kind} does not always run forwards")
    if any(later == earlier for earlier, later in pairwise(track.times)):
        faults.append(f"two packets of the {kind} are due at one time")
    if track.times[0] > 0:
        faults.append(f"the {kind} begins at {float(track.times[0] * track.time_base):g} s")
    return faults


async def _decode(part: Path, duration: Fraction) -> int:
    reports: list[Progress] = []
    everything = source(part)
    nowhere = ffmpeg.output(everything, "-", f="null", fps_mode="passthrough", map="0")
    await run_ffmpeg(
        nowhere.global_args("-xerror"), timeout_s=allowance_s(duration), on_progress=reports.append
    )
    return reports[-1].frames if reports else 0
