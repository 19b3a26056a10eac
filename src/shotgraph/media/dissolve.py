"""Clips that melt into one another."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import ffmpeg

from shotgraph.errors import MediaError
from shotgraph.media.film import allowance_s, film
from shotgraph.media.picture import conform
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.rate import frames_in
from shotgraph.media.shot import Shot
from shotgraph.media.sound import sample_at, sound_of
from shotgraph.media.source import Stream, source
from shotgraph.media.splice import slot, splice
from shotgraph.media.target_format import TargetFormat


async def dissolve(
    shots: Sequence[Shot],
    target_format: TargetFormat,
    room: Path,
    part: Path,
    *,
    seconds: Fraction,
) -> int:
    """Write the shots to `part`, each fading into the next for `seconds`.

    Args:
        shots: Whole clips.
        target_format: Of the film.
        room: An empty folder of our own, on the disk of `part`.
        part: The film.
        seconds: Of each overlap; at least one frame is taken.

    Returns:
        The number of frames: those of the shots, less the overlaps.

    Raises:
        MediaError: The overlap is not shorter than each shot, or ffmpeg could not do it.
    """
    rate = target_format.frame_rate
    overlap = frames_in(seconds, rate)
    for shot in shots:
        if overlap >= shot.frames:
            raise MediaError(
                f"a dissolve of {float(seconds):g} s ({overlap} frames) needs longer clips: "
                f"{shot.clip.path.name} has {shot.frames} frames ({float(shot.frames / rate):g} s)"
            )
    lengths = []
    for number, piece in enumerate(pieces_of(shots, overlap)):
        frames = _length(piece, overlap)
        # ffmpeg 5.1 makes one frame too many after a chain of dissolves.
        picture = _picture(piece, target_format, overlap).filter("trim", end_frame=frames)
        await run_ffmpeg(
            film(picture, None, slot(room, number), rate=rate),
            timeout_s=allowance_s(frames / rate),
        )
        lengths.append(frames)
    sound = _sound(shots, rate, overlap, sum(lengths))
    await splice(room, lengths, rate, sound, part)
    return sum(lengths)


def pieces_of(shots: Sequence[Shot], overlap: int) -> list[list[Shot]]:
    """The film, cut in the middle of each shot that is long enough to be seen alone there.

    A piece is then two halves of shots and the dissolve between them. One graph over all shots
    would hold all of them in memory, 55 MB for each at 1920 x 1080.
    """
    pieces = [[shots[0]]]
    for shot in shots[1:-1]:
        middle = shot.frames // 2
        if middle > overlap:
            pieces[-1].append(Shot(shot.clip, middle))
            pieces.append([Shot(shot.clip, shot.frames - middle, first=middle)])
        else:
            pieces[-1].append(shot)
    pieces[-1].append(shots[-1])
    return pieces


def _length(shots: Sequence[Shot], overlap: int) -> int:
    return sum(shot.frames for shot in shots) - overlap * (len(shots) - 1)


def _picture(shots: Sequence[Shot], target_format: TargetFormat, overlap: int) -> Stream:
    rate = target_format.frame_rate
    pictures = [
        conform(source(shot.clip.path, index=number, an=None)["v:0"], shot, target_format).filter(
            "settb", f"{rate.denominator}/{rate.numerator}"
        )
        for number, shot in enumerate(shots)
    ]
    mixed = pictures[0]
    for number, picture in enumerate(pictures[1:], start=1):
        begin = _length(shots[:number], overlap) - overlap
        mixed = ffmpeg.filter(
            [mixed, picture],
            "xfade",
            transition="fade",
            duration=_seconds(overlap / rate),
            offset=_seconds(begin / rate),
        )
    return mixed


def _sound(shots: Sequence[Shot], rate: Fraction, overlap: int, frames: int) -> Stream | None:
    if all(shot.clip.info.audio is None for shot in shots):
        return None
    sounds = [
        sound_of(shot.clip, index=number, samples=sample_at(shot.frames / rate))
        for number, shot in enumerate(shots)
    ]
    mixed = sounds[0]
    for sound in sounds[1:]:
        mixed = ffmpeg.filter([mixed, sound], "acrossfade", nb_samples=sample_at(overlap / rate))
    samples = sample_at(frames / rate)
    return mixed.filter("apad", whole_len=samples).filter("atrim", end_sample=samples)


def _seconds(value: Fraction) -> str:
    """As ffmpeg reads a duration, to the microsecond."""
    microseconds = round(value * 10**6)
    return f"{microseconds // 10**6}.{microseconds % 10**6:06}"
