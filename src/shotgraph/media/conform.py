"""A run of a clip's frames, brought to a size, a rate and a length that a model takes."""

import asyncio
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from shotgraph.media.clip import Clip, read_clip
from shotgraph.media.film import allowance_s, film
from shotgraph.media.info import MediaInfo
from shotgraph.media.picture import conform
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.reader import opened
from shotgraph.media.shot import Shot
from shotgraph.media.sound import sample_at, sound_of, widest_layout
from shotgraph.media.source import Stream, identify, source
from shotgraph.media.target import target as replacing
from shotgraph.media.target_format import TargetFormat
from shotgraph.media.verify import verify
from shotgraph.media.work import Work

# 200 MB over 10.05 s would be 159 Mbit/s; x264 keeps to its rate over a second or so.
_MOST_BITS_PER_S = 120_000_000


async def conform_clip(
    path: Path,
    target: Path,
    target_format: TargetFormat,
    *,
    first: int,
    frames: int,
    retime: Fraction | None = None,
    with_sound: bool = False,
) -> MediaInfo:
    """Write a part of a clip as H.264 in an mp4: upright, square pixels, even rate, SDR.

    The picture is fitted inside the size and padded with black, never distorted; what an uneven or
    another rate asks for is done by repeating and leaving out frames; the last frame is held if the
    clip has too few.

    Args:
        path: A video.
        target: The part; what was there is replaced.
        target_format: Its size and rate.
        first: The number of its first frame, counted at the target's rate.
        frames: How many.
        retime: What the clip's times are multiplied by.
        with_sound: Whether the clip's sound over the same time goes along.

    Raises:
        MediaError: The clip can't be read, or the part failed its check.
    """
    clip = await asyncio.to_thread(read_clip, path)
    shot = Shot(clip, frames, first, retime)
    rate = target_format.frame_rate
    layout = widest_layout([clip.info]) if with_sound else None
    sound = None
    if layout is not None:
        begin, end = sample_at(first / rate), sample_at((first + frames) / rate)
        sound = sound_of(clip, index=1, first=begin, samples=end - begin, layout=layout)
    with replacing(target) as part:
        await run_ffmpeg(
            film(
                _picture(shot, target_format),
                sound,
                part,
                rate=rate,
                layout=layout or "stereo",
                most_bits_per_s=_MOST_BITS_PER_S,
            ),
            timeout_s=allowance_s(clip.info.duration),
            work=Work(f"fitting frames {first} to {first + frames - 1}", frames / rate),
        )
        return await verify(part, target_format, frames=frames, has_sound=sound is not None)


def _picture(shot: Shot, target_format: TargetFormat) -> Stream:
    if not _can_seek(shot, target_format):
        return conform(source(shot.clip.path, an=None)["v:0"], shot, target_format)
    # Between two frames, so that no rounding makes it the wrong one.
    begin = (shot.first - Fraction(1, 2)) / target_format.frame_rate
    stream = source(shot.clip.path, an=None, ss=f"{float(begin):.6f}")["v:0"]
    return conform(stream, replace(shot, first=0), target_format)


def _can_seek(shot: Shot, target_format: TargetFormat) -> bool:
    """Whether frames of the target are frames of the clip, so that those before can be skipped."""
    clip = shot.clip
    return (
        shot.first > 0
        and shot.retime is None
        and clip.info.constant_frame_rate
        and clip.info.frame_rate == target_format.frame_rate
        # With the clocks kept, ffmpeg counts from where the first of the streams begins.
        and clip.start == _beginning(clip) == 0
    )


def _beginning(clip: Clip) -> int:
    with opened(clip.path, identify(clip.path), looks_inside=False) as media:
        return media.start_time or 0
