"""Split a long shot into pieces, and join repainted pieces to exactly the frames of the shot."""

import asyncio
import re
import tempfile
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import TypeAlias

import ffmpeg

from shotgraph.errors import MediaError
from shotgraph.media.info import MediaInfo, frames_in
from shotgraph.media.output import target as replacing
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.progress import Work
from shotgraph.media.smart.clip import Clip, Shot, read_clip
from shotgraph.media.smart.due_sound import Heard
from shotgraph.media.smart.join import heard_in, join
from shotgraph.media.smart.verify import verify
from shotgraph.media.sound import sample_at
from shotgraph.media.target_format import TargetFormat, allowance_s, choose_format

# Of ffmpeg's `scdet`: 10 finds 6 of 6 cuts in 35 s of film; it sees brightness, and no hue.
_THRESHOLD = 10
_WIDTH = 320
# A flash gives two cuts, and a fast pan several; the first of a group is the cut.
_APART = Fraction(1, 2)
_CUT = re.compile(r"^lavfi\.scd\.time=([0-9.]+)$", re.MULTILINE)


async def find_cuts(clip: Clip, rate: Fraction) -> list[int]:
    """Find the frames, counted at `rate`, that begin another picture.

    Takes about a sixth of the clip's length at 1920 x 1080.

    Raises:
        MediaError: The clip can't be decoded.
    """
    with tempfile.TemporaryDirectory(prefix="shotgraph-") as room:
        found = Path(room) / "cuts"
        picture = (
            clip.picture()
            .filter("setpts", "PTS-STARTPTS")
            .filter("scale", w=_WIDTH, h=-2)
            .filter("scdet", threshold=_THRESHOLD)
            .filter("metadata", mode="print", key="lavfi.scd.time", file=str(found))
        )
        nowhere = ffmpeg.output(picture, "-", f="null", fps_mode="passthrough")
        duration = clip.info.duration
        work = Work("looking where the clip is cut", duration)
        await run_ffmpeg(nowhere, timeout_s=allowance_s(duration), work=work)
        said = found.read_text(encoding="ascii") if found.exists() else ""
    times = [Fraction(time) for time in _CUT.findall(said)]
    return _apart([frames_in(time, rate) for time in times], rate)


def _apart(cuts: list[int], rate: Fraction) -> list[int]:
    kept: list[int] = []
    for cut in cuts:
        if not kept or cut - kept[-1] >= rate * _APART:
            kept.append(cut)
    return kept


# The cost of a bound inside a shot, compared with a bound at a cut: the model repaints one picture
# twice there, and the seam may be visible. Money counts by the started second, as it is billed.
_SEAM = 4
_SECOND = 1

_Cost: TypeAlias = tuple[int, int]  # seams and seconds; then how uneven


@dataclass(frozen=True)
class PieceLimits:
    """The lengths that a piece may have, in seconds."""

    shortest: Fraction
    longest: Fraction


def split(
    frames: int, rate: Fraction, limits: PieceLimits, cuts: Iterable[int] = ()
) -> list[tuple[int, int]]:
    """Cut a shot into pieces, at its cuts where that can be.

    Among all ways whose pieces are within the limits, the one with the fewest seams inside of
    shots and started seconds; of equals, the one whose pieces are most alike. Pieces that don't
    end at a cut last whole seconds, because a part of a second is paid as a whole one.

    Args:
        frames: Of the shot.
        rate: Frames per second.
        limits: Of a piece.
        cuts: Frames that begin another picture than the one before shows.

    Returns:
        The pieces, in order: the first frame of each, and the one after its last.

    Raises:
        ValueError: No way is within the limits: the shot is shorter than the shortest piece, or
            longer than the longest and shorter than two.
    """
    shortest, longest = ceil(limits.shortest * rate), int(limits.longest * rate)
    if shortest <= frames <= longest:
        return [(0, frames)]
    known = frozenset(cut for cut in cuts if 0 < cut < frames)
    best: dict[int, tuple[_Cost, int]] = {0: ((0, 0), 0)}
    reached = [0]
    parts = ceil(frames / longest)
    for end in _candidates(frames, rate, limits, known, parts):
        at_cut = end in known or end == frames
        near = reached[bisect_left(reached, end - longest) : bisect_right(reached, end - shortest)]
        ways = [
            (_sum(best[begin][0], _cost(end - begin, rate, frames // parts, at_cut)), begin)
            for begin in near
        ]
        if ways:
            best[end] = min(ways)
            reached.append(end)
    if frames not in best:
        raise ValueError(f"{frames} frames at {rate} per second can't be cut within the limits")
    bounds = [frames]
    while bounds[-1]:
        bounds.append(best[bounds[-1]][1])
    return list(pairwise(reversed(bounds)))


def _candidates(
    frames: int, rate: Fraction, limits: PieceLimits, cuts: frozenset[int], parts: int
) -> list[int]:
    """Frames that a piece may end before: cuts, whole seconds, even parts, the end."""
    found = {round(Fraction(part * frames, parts)) for part in range(1, parts)}
    starts = [(0, frames)]
    for cut, following in pairwise([*sorted(cuts), frames]):
        if following - cut > limits.shortest * rate:  # else cuts are enough
            starts.append((cut, min(frames, following + int(limits.longest * rate))))
    for start, last in starts:
        seconds = int((last - start) / rate)
        found.update(start + int(second * rate) for second in range(1, seconds + 1))
    return sorted(each for each in found | cuts | {frames} if 0 < each <= frames)


def _cost(length: int, rate: Fraction, ideal: int, at_cut: bool) -> _Cost:
    started = -(-length * rate.denominator // rate.numerator)
    return _SECOND * started + (0 if at_cut else _SEAM), (length - ideal) ** 2


def _sum(one: _Cost, other: _Cost) -> _Cost:
    return one[0] + other[0], one[1] + other[1]


# A piece that lasts longer or shorter than it should by more than this was not made from all of
# its frames; then its speed stays, and it is cut or its last frame held.
_MOST_STRETCH = Fraction(2, 100)


async def rejoin(
    pieces: Sequence[Path],
    target: Path,
    *,
    frames: Sequence[int],
    sent: Sequence[int],
    frame_rate: Fraction,
    sound_of: Path | None,
) -> MediaInfo:
    """Join pieces to a shot with the frames that the original has.

    A piece that came back with as many frames as it should has each of them shown once, whatever
    its own rate; one with more or fewer is stretched if it is by 2 % at most, else it keeps its
    speed, and is cut or its last frame is held.

    Args:
        pieces: Videos, in order.
        target: The shot; what was there is replaced.
        frames: How many each piece fills.
        sent: How many the model was given for each: more where a short shot was held.
        frame_rate: Of the shot.
        sound_of: The clip whose sound the shot has; None for the pieces' own, if they have any.

    Raises:
        MediaError: A piece can't be read, or the shot failed its check.
    """
    clips = [await asyncio.to_thread(read_clip, path) for path in pieces]
    size = choose_format([clip.info for clip in clips])
    target_format = TargetFormat(size.width, size.height, frame_rate)
    shots = [
        Shot(clip, kept, retime=_stretch(clip.info, given, frame_rate))
        for clip, kept, given in zip(clips, frames, sent, strict=True)
    ]
    voice = await asyncio.to_thread(read_clip, sound_of) if sound_of is not None else None
    if voice is not None and voice.info.audio is None:
        raise MediaError(f"{voice.info.container} file {voice.path} has no sound to keep")
    with (
        replacing(target) as part,
        tempfile.TemporaryDirectory(prefix=".", suffix=".part", dir=part.parent) as room,
    ):
        joined = await join(shots, target_format, Path(room), part, sound_from=voice)
        has_sound = voice is not None or any(clip.info.audio is not None for clip in clips)
        made = sum(piece.frames for piece in joined)
        samples = sample_at(made / frame_rate)
        return await verify(
            part,
            target_format,
            frames=made,
            has_sound=has_sound,
            pieces=joined,
            heard=heard_in(shots, frame_rate) if voice is None else [Heard.of(voice, 0, samples)],
        )


def _stretch(info: MediaInfo, sent: int, rate: Fraction) -> Fraction | None:
    stretch = (sent / rate) / info.duration
    if stretch == 1 or (info.frames != sent and abs(stretch - 1) > _MOST_STRETCH):
        return None
    return stretch
