"""A part of a clip, to the frame."""

import asyncio
from fractions import Fraction
from pathlib import Path

from shotgraph.errors import MediaError
from shotgraph.media.clip import Clip, read_clip
from shotgraph.media.film import allowance_s, film
from shotgraph.media.info import MediaInfo
from shotgraph.media.picture import conform
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.rate import frames_in
from shotgraph.media.shot import Shot
from shotgraph.media.sound import sample_at, sound_of, widest_layout
from shotgraph.media.source import source as input_of
from shotgraph.media.target import target as replacing
from shotgraph.media.target_format import format_of
from shotgraph.media.verify import verify
from shotgraph.media.work import Work


async def trim(source: Path, target: Path, *, start: Fraction, seconds: Fraction) -> MediaInfo:
    """Cut `seconds` out of a clip, picture and sound alike.

    The first frame is ``start * rate`` and their number ``seconds * rate``, each to the nearest.
    The picture is coded again: cut by copying, it would begin at a key frame and hide the rest.

    Args:
        source: A video.
        target: The part, an mp4; what was there is replaced.
        start: Seconds from the first frame.
        seconds: Length; more than nothing.

    Raises:
        MediaError: The part reaches past the clip's end, or the clip can't be read.
    """
    clip = await asyncio.to_thread(read_clip, source)
    target_format = format_of(clip.info)
    rate = target_format.frame_rate
    shot = _shot(clip, rate, start, seconds)
    sound, layout = None, widest_layout([clip.info])
    if layout is not None:
        begin, end = sample_at(shot.first / rate), sample_at((shot.first + shot.frames) / rate)
        sound = sound_of(clip, index=1, first=begin, samples=end - begin, layout=layout)
    picture = conform(input_of(source, an=None)["v:0"], shot, target_format)
    with replacing(target) as part:
        await run_ffmpeg(
            film(picture, sound, part, rate=rate, layout=layout or "stereo"),
            timeout_s=allowance_s(clip.info.duration),
            work=Work("cutting the clip", shot.frames / rate),
        )
        return await verify(part, target_format, frames=shot.frames, has_sound=sound is not None)


def why_not(info: MediaInfo, name: str, *, start: Fraction, seconds: Fraction) -> str | None:
    """Say why that can't be cut out of a video; None if it can."""
    rate = format_of(info).frame_rate
    length = frames_in(info.duration, rate)
    first, frames = _part(rate, start, seconds)
    if start >= 0 and seconds > 0 and first + frames <= length:
        return None
    return (
        f"can't take {float(seconds):g} s from {float(start):g} s on: {name} lasts "
        f"{float(info.duration):g} s ({length} frames at {rate} per second)"
    )


def _part(rate: Fraction, start: Fraction, seconds: Fraction) -> tuple[int, int]:
    return int(start * rate + Fraction(1, 2)), frames_in(seconds, rate)


def _shot(clip: Clip, rate: Fraction, start: Fraction, seconds: Fraction) -> Shot:
    wrong = why_not(clip.info, clip.path.name, start=start, seconds=seconds)
    if wrong is not None:
        raise MediaError(wrong)
    first, frames = _part(rate, start, seconds)
    return Shot(clip, frames, first)
