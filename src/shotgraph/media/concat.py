"""Clips into a film that has exactly the frames and the sound it should."""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shotgraph.media.clip import read_clip
from shotgraph.media.dissolve import dissolve
from shotgraph.media.info import MediaInfo
from shotgraph.media.join import join
from shotgraph.media.shot import whole
from shotgraph.media.target import target as replacing
from shotgraph.media.target_format import choose_format
from shotgraph.media.verify import verify


class Transition(BaseModel):
    """How one clip becomes the next.

    Attributes:
        kind: A cut, or a dissolve in which both are seen and heard.
        seconds: Of overlap; a cut has none. The film is shorter by it at each join.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["cut", "dissolve"] = "cut"
    seconds: Fraction = Field(default=Fraction(0), ge=0)


async def concat(
    clips: Sequence[Path], target: Path, *, transition: Transition | None = None
) -> MediaInfo:
    """Join clips into one mp4.

    The film has the size and the frame rate that most seconds of its clips have; of several, the
    first clip's. Other clips are fitted inside and padded, and keep their speed. The sound of each
    clip is made as long as its picture, at 48 kHz in stereo; a silent clip is silent; if no clip
    has sound, neither has the film. Clips that are coded alike are copied, not coded again.

    Args:
        clips: Videos, in order; one may come several times.
        target: The film; what was there is replaced, but only by a film that passed its check.
        transition: Between each clip and the next; a cut if there is none.

    Raises:
        MediaError: A clip can't be read or is no video; a dissolve is not shorter than each clip;
            or the film failed its check. Then `target` is as it was.
    """
    read = [await asyncio.to_thread(read_clip, path) for path in clips]
    target_format = choose_format([clip.info for clip in read])
    shots = [whole(clip, target_format) for clip in read]
    has_sound = any(clip.info.audio is not None for clip in read)
    with replacing(target) as part, _room_beside(part) as room:
        if transition is not None and transition.kind == "dissolve" and len(shots) > 1:
            frames = await dissolve(shots, target_format, room, part, seconds=transition.seconds)
        else:
            frames = await join(shots, target_format, room, part)
        return await verify(part, target_format, frames=frames, has_sound=has_sound)


@contextmanager
def _room_beside(part: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=".", suffix=".part", dir=part.parent) as name:
        yield Path(name)
