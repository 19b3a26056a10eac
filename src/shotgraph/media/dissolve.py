"""Join clips with dissolves: the pictures of both clips are mixed, so the film is coded."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import ffmpeg

from shotgraph.errors import MediaError
from shotgraph.media.info import frames_in
from shotgraph.media.picture import conform
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.progress import Work
from shotgraph.media.smart.clip import Shot
from shotgraph.media.smart.due import ShownShot
from shotgraph.media.smart.due_sound import Heard
from shotgraph.media.smart.splice import slot, splice
from shotgraph.media.sound import Lufs, levelled, sample_at, sound_of, widest_layout
from shotgraph.media.source import Stream
from shotgraph.media.target_format import (
    USUAL,
    ChannelLayout,
    Coding,
    TargetFormat,
    allowance_s,
    film,
)
from shotgraph.media.transition import Effect, TooShort, Transition, too_short, xfade_name


async def dissolve(
    shots: Sequence[Shot],
    target_format: TargetFormat,
    room: Path,
    part: Path,
    *,
    seconds: Fraction,
    effect: Effect = "dissolve",
    loudness: Lufs | None = None,
    coding: Coding = USUAL,
) -> int:
    """Write the shots to `part`; two neighbours overlap by `seconds`.

    Args:
        shots: Whole clips.
        target_format: The film's format.
        room: An empty folder for temporary files, on the disk of `part`.
        part: Path of the film.
        seconds: The length of each overlap; it is at least one frame.
        effect: How one picture replaces the other; the sounds are always cross-faded.
        loudness: The loudness of the film's sound; None leaves it as it is.
        coding: How the picture is coded.

    Returns:
        The number of the film's frames: the frames of all shots, less the overlaps.

    Raises:
        MediaError: A shot is too short for its overlaps, or ffmpeg failed.
    """
    rate = target_format.frame_rate
    overlap = frames_in(seconds, rate)
    for wrong in too_short([shot.frames for shot in shots], overlap):
        raise MediaError(_why_too_short(wrong, shots[wrong.clip], rate, seconds, effect))
    lengths = []
    pieces = pieces_of(shots, overlap)
    for number, piece in enumerate(pieces):
        frames = _length(piece, overlap)
        # ffmpeg 5.1 writes one frame too many after a chain of dissolves.
        mixed = _picture(piece, target_format, overlap, effect, coding)
        picture = mixed.filter("trim", end_frame=frames)
        await run_ffmpeg(
            film(picture, None, slot(room, number), rate=rate, coding=coding),
            timeout_s=allowance_s(frames / rate),
            work=Work(f"coding part {number + 1} of {len(pieces)}", frames / rate),
        )
        lengths.append(frames)
    layout = widest_layout(shot.clip.info for shot in shots)
    sound = None
    if layout is not None:
        samples = sample_at(sum(lengths) / rate)
        sound = _sound(shots, rate, overlap, samples, layout)
        if loudness is not None:
            sound = await levelled(sound, loudness, samples=samples)
    await splice(room, lengths, rate, sound, part, layout=layout, coding=coding)
    return sum(lengths)


def _why_too_short(
    wrong: TooShort, shot: Shot, rate: Fraction, seconds: Fraction, effect: Effect
) -> str:
    overlap, name = frames_in(seconds, rate), shot.clip.path.name
    said = (
        f"a {effect} of {float(seconds):g} s ({overlap} frames) needs longer clips: "
        f"{name} has {shot.frames} frames ({float(shot.frames / rate):g} s)"
    )
    if not wrong.both:
        return f"{said}, and at most {wrong.most} can overlap"
    return (
        f"{said} and one at each end, {2 * overlap} frames together; at most {wrong.most} "
        f"({float(wrong.most / rate):g} s) can overlap at each end"
    )


def pieces_of(shots: Sequence[Shot], overlap: int) -> list[list[Shot]]:
    """Cut the film in the middle of each shot whose middle is outside of both dissolves.

    A piece has two half shots and the dissolve between them. One filter graph for all shots would
    keep all shots in memory, 55 MB for each at 1920 x 1080.
    """
    pieces = [[shots[0]]]
    for shot in shots[1:-1]:
        middle = shot.frames // 2
        if middle > overlap:
            pieces[-1].append(replace(shot, frames=middle))
            pieces.append([replace(shot, frames=shot.frames - middle, first=middle)])
        else:
            pieces[-1].append(shot)
    pieces[-1].append(shots[-1])
    return pieces


def _length(shots: Sequence[Shot], overlap: int) -> int:
    return sum(shot.frames for shot in shots) - overlap * (len(shots) - 1)


def _picture(
    shots: Sequence[Shot],
    target_format: TargetFormat,
    overlap: int,
    effect: Effect,
    coding: Coding,
) -> Stream:
    rate = target_format.frame_rate
    pictures = [
        conform(shot.clip.picture(index=number), shot, target_format, coding).filter(
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
            transition=xfade_name(effect),
            duration=_seconds(overlap / rate),
            offset=_seconds(begin / rate),
        )
    return mixed


def _sound(
    shots: Sequence[Shot], rate: Fraction, overlap: int, samples: int, layout: ChannelLayout
) -> Stream:
    sounds = [
        sound_of(shot.clip, index=number, samples=sample_at(shot.frames / rate), layout=layout)
        for number, shot in enumerate(shots)
    ]
    mixed = sounds[0]
    for sound in sounds[1:]:
        mixed = ffmpeg.filter([mixed, sound], "acrossfade", nb_samples=sample_at(overlap / rate))
    return mixed.filter("apad", whole_len=samples).filter("atrim", end_sample=samples)


def heard_in_dissolves(shots: Sequence[Shot], rate: Fraction, seconds: Fraction) -> list[Heard]:
    """The place of each shot's sound in a film of dissolves."""
    overlap = sample_at(frames_in(seconds, rate) / rate)
    parts: list[Heard] = []
    begin = 0
    for shot in shots:
        samples = sample_at(shot.frames / rate)
        parts.append(Heard.of(shot.clip, begin, samples))
        begin += samples - overlap
    return parts


def shown_in_dissolves(
    shots: Sequence[Shot], rate: Fraction, transition: Transition
) -> list[ShownShot]:
    """The place of each shot's picture in a film of dissolves."""
    assert transition.kind != "cut"  # noqa: S101  a cut has no overlap
    overlap, effect = frames_in(transition.seconds, rate), xfade_name(transition.kind)
    shown: list[ShownShot] = []
    begin = 0
    for number, shot in enumerate(shots):
        head, tail = (overlap if number else 0), (overlap if number + 1 < len(shots) else 0)
        shown.append(ShownShot(shot, begin, head, tail, effect))
        begin += shot.frames - overlap
    return shown


def _seconds(value: Fraction) -> str:
    """A duration as ffmpeg reads it, to the microsecond."""
    microseconds = round(value * 10**6)
    return f"{microseconds // 10**6}.{microseconds % 10**6:06}"
