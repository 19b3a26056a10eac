"""Two clips compared: side by side, and one wiped over the other."""

import asyncio
from pathlib import Path

import ffmpeg

from shotgraph.media.clip import read_clip
from shotgraph.media.film import allowance_s, film
from shotgraph.media.info import MediaInfo
from shotgraph.media.picture import conform
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.rate import frames_in
from shotgraph.media.sheets.choice import evenly, read_moments
from shotgraph.media.sheets.layout import beside
from shotgraph.media.sheets.picture_file import check_suffix, write_picture
from shotgraph.media.sheets.stills import take_stills
from shotgraph.media.shot import Shot
from shotgraph.media.source import Stream, source
from shotgraph.media.target import target as replacing
from shotgraph.media.target_format import TargetFormat, format_of
from shotgraph.media.verify import verify

LONG_SIDE_PX = 960
_LEAST_SECONDS = 1


async def side_by_side(before: Path, after: Path, target: Path) -> MediaInfo:
    """Draw the middle frame of two clips side by side, equally high.

    Args:
        before: A video.
        after: Another.
        target: The picture: .png, .jpg or .webp; what was there is replaced.

    Raises:
        MediaError: A clip can't be read, or `target` is not allowed.
    """
    check_suffix(target)
    moments = [await asyncio.to_thread(read_moments, clip) for clip in (before, after)]
    with replacing(target) as part:
        left, right = [
            (await take_stills(evenly(each, 1), part, long_side_px=LONG_SIDE_PX))[0].picture
            for each in moments
        ]
        return await write_picture(beside(left, right), target, part)


async def wipe(before: Path, after: Path, target: Path) -> MediaInfo:
    """Make a silent film in which an edge moves from left to right, `after` behind it.

    It has the format and the length of `after`, and lasts a second at least. A clip that ends
    earlier stays on its last frame.

    Args:
        before: A video; it is fitted inside the picture of `after`.
        after: Another.
        target: The film, .mp4; what was there is replaced.

    Raises:
        MediaError: A clip can't be read, `target` is not allowed, or the film failed its check.
    """
    check_suffix(target, ".mp4")
    clips = [await asyncio.to_thread(read_clip, clip) for clip in (before, after)]
    target_format = format_of(clips[1].info)
    rate = target_format.frame_rate
    frames = max(frames_in(clips[1].info.duration, rate), -(-_LEAST_SECONDS * rate // 1))
    left, right = [
        _picture(Shot(clip, frames), target_format, index=index) for index, clip in enumerate(clips)
    ]
    lasting = f"{float(frames / rate):.6f}"
    picture = ffmpeg.filter(
        [left, right], "xfade", transition="wiperight", duration=lasting, offset=0
    ).filter("trim", end_frame=frames)
    with replacing(target) as part:
        await run_ffmpeg(film(picture, None, part, rate=rate), timeout_s=allowance_s(frames / rate))
        return await verify(part, target_format, frames=frames, has_sound=False)


def _picture(shot: Shot, target_format: TargetFormat, *, index: int) -> Stream:
    rate = target_format.frame_rate
    stream = source(shot.clip.path, index=index, an=None)["v:0"]
    return conform(stream, shot, target_format).filter(
        "settb", f"{rate.denominator}/{rate.numerator}"
    )
