"""Pieces of a shot that a model repainted, joined to exactly the frames of the shot."""

import asyncio
import tempfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from shotgraph.errors import MediaError
from shotgraph.media.clip import read_clip
from shotgraph.media.info import MediaInfo
from shotgraph.media.join import join
from shotgraph.media.shot import Shot
from shotgraph.media.target import target as replacing
from shotgraph.media.target_format import TargetFormat, choose_format
from shotgraph.media.verify import verify

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
        return await verify(part, target_format, frames=made, has_sound=has_sound, pieces=joined)


def _stretch(info: MediaInfo, sent: int, rate: Fraction) -> Fraction | None:
    stretch = (sent / rate) / info.duration
    if stretch == 1 or (info.frames != sent and abs(stretch - 1) > _MOST_STRETCH):
        return None
    return stretch
