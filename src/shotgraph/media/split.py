"""Split a long shot into pieces, and join repainted pieces to exactly the frames of the shot."""

import asyncio
import re
import tempfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

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

# The threshold of ffmpeg's `scdet`: 10 finds 6 of 6 cuts in 35 s of film. It compares brightness,
# not hue.
_THRESHOLD = 10
_WIDTH = 320
# Seconds. `scdet` finds two cuts in a flash and several in a fast pan; only the first is kept.
_APART = Fraction(1, 2)
_CUT = re.compile(r"^lavfi\.scd\.time=([0-9.]+)$", re.MULTILINE)


async def find_cuts(clip: Clip, rate: Fraction) -> list[int]:
    """Find the first frames after the cuts of a clip, counted at `rate`.

    It takes about a sixth of the clip's length at 1920 x 1080.

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


# If the length of a piece is wrong by a larger share, the model didn't use all its frames. Then its
# speed isn't changed: it is cut, or its last frame is held.
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
    """Join pieces to a shot with the original's number of frames.

    If a piece has the number of frames that was sent, each frame is shown once, whatever the
    piece's rate. If not, the piece is stretched by at most 2 %. If its length differs by more, it
    keeps its speed, and is cut or its last frame is held.

    Args:
        pieces: Videos, in order.
        target: Path of the shot. An existing file is replaced.
        frames: The number of the shot's frames for each piece.
        sent: The number of frames that the model got for each piece; more than in `frames` if the
            last frame of a short shot was held.
        frame_rate: The frame rate of the shot.
        sound_of: The clip with the sound for the shot; None for the pieces' own sound.

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
            decoded=[piece.path for piece in joined],
            heard=heard_in(shots, frame_rate) if voice is None else [Heard.of(voice, 0, samples)],
        )


def _stretch(info: MediaInfo, sent: int, rate: Fraction) -> Fraction | None:
    stretch = (sent / rate) / info.duration
    if stretch == 1 or (info.frames != sent and abs(stretch - 1) > _MOST_STRETCH):
        return None
    return stretch
