"""Clips one after the other: the coded pictures are copied, the sound is coded once."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path

import ffmpeg

from shotgraph.media.film import allowance_s, film
from shotgraph.media.picture import conform
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.shot import Shot
from shotgraph.media.sound import sample_at, sound_of
from shotgraph.media.source import Stream, source
from shotgraph.media.splice import slot, splice
from shotgraph.media.target_format import TargetFormat


async def join(shots: Sequence[Shot], target_format: TargetFormat, room: Path, part: Path) -> int:
    """Write the shots to `part`, one after the other.

    Pictures are copied as they are if all clips are coded alike; otherwise all are coded anew,
    alike, because a mixture plays in some players and not in others.

    Args:
        shots: Whole clips.
        target_format: Of the film.
        room: An empty folder of our own, on the disk of `part`.
        part: The film.

    Returns:
        The number of frames.

    Raises:
        MediaError: ffmpeg could not do it.
    """
    if _alike(shots):
        for number, shot in enumerate(shots):
            slot(room, number).symlink_to(shot.clip.path.resolve())
    else:
        for number, shot in enumerate(shots):
            await _code_picture(shot, target_format, slot(room, number))
    lengths = [shot.frames for shot in shots]
    rate = target_format.frame_rate
    await splice(room, lengths, rate, _sound(shots, rate), part)
    return sum(lengths)


def _alike(shots: Sequence[Shot]) -> bool:
    signatures = {shot.clip.signature for shot in shots}
    return len(signatures) == 1 and None not in signatures


async def _code_picture(shot: Shot, target_format: TargetFormat, into: Path) -> None:
    picture = conform(source(shot.clip.path, an=None)["v:0"], shot, target_format)
    rate = target_format.frame_rate
    await run_ffmpeg(
        film(picture, None, into, rate=rate), timeout_s=allowance_s(shot.frames / rate)
    )


def _sound(shots: Sequence[Shot], rate: Fraction) -> Stream | None:
    if all(shot.clip.info.audio is None for shot in shots):
        return None
    ends = accumulate((shot.frames for shot in shots), initial=0)
    samples = [sample_at(end / rate) for end in ends]
    sounds = [
        sound_of(shot.clip, index=number, samples=end - begin)
        for number, (shot, (begin, end)) in enumerate(zip(shots, pairwise(samples), strict=True))
    ]
    return ffmpeg.concat(*sounds, v=0, a=1)
