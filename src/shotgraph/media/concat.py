"""Clips into a film that has exactly the frames and the sound it should."""

import asyncio
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from shotgraph.media.clip import read_clip
from shotgraph.media.dissolve import dissolve
from shotgraph.media.info import MediaInfo
from shotgraph.media.join import join
from shotgraph.media.loudness import Loudness
from shotgraph.media.piece import Piece
from shotgraph.media.shot import whole
from shotgraph.media.sound import widest_layout
from shotgraph.media.target import target as replacing
from shotgraph.media.target_format import WantedFormat, choose_format
from shotgraph.media.transition import Transition
from shotgraph.media.verify import verify

__all__ = ["Transition", "concat", "room_beside"]


async def concat(
    clips: Sequence[Path],
    target: Path,
    *,
    transition: Transition | None = None,
    wanted: WantedFormat | None = None,
    loudness: Loudness | None = None,
    decoded: Collection[Path] = (),
) -> MediaInfo:
    """Join clips into one mp4.

    The film has the size and the frame rate that most seconds of its clips have; of several, the
    first clip's; or those that are wanted. Other clips are fitted inside and padded, and keep
    their speed. The sound of each clip is made as long as its picture, at 48 kHz, in the widest of
    the clips' layouts: mono, stereo or 5.1. A silent clip is silent; if no clip has sound, neither
    has the film. Pictures that are coded alike are copied, not coded again (see `join`); where
    clips overlap, all are coded.

    Args:
        clips: Videos, in order; one may come several times.
        target: The film; what was there is replaced, but only by a film that passed its check.
        transition: Between each clip and the next; a cut if there is none.
        wanted: Size and frame rate, as far as they are not left to the clips.
        loudness: Of the whole film, in LUFS; as it is if None.
        decoded: Those of the clips that are known to decode to their end; they are not decoded
            again where they are copied.

    Raises:
        MediaError: A clip can't be read or is no video; an overlap is not shorter than each clip;
            the format can't be made; or the film failed its check. Then `target` is as it was.
    """
    read = await asyncio.gather(*(asyncio.to_thread(read_clip, path) for path in clips))
    infos = [clip.info for clip in read]
    target_format = choose_format(infos, wanted)
    shots = [whole(clip, target_format) for clip in read]
    pieces: Sequence[Piece] = ()
    with replacing(target) as part, room_beside(part) as room:
        if transition is not None and transition.kind != "cut" and len(shots) > 1:
            frames = await dissolve(
                shots,
                target_format,
                room,
                part,
                seconds=transition.seconds,
                effect=transition.kind,
                loudness=loudness,
            )
        else:
            pieces = await join(shots, target_format, room, part, loudness=loudness)
            frames = sum(piece.frames for piece in pieces)
        layout = widest_layout(infos)
        return await verify(
            part,
            target_format,
            frames=frames,
            has_sound=layout is not None,
            layout=layout,
            pieces=pieces,
            decoded=decoded,
        )


@contextmanager
def room_beside(part: Path) -> Iterator[Path]:
    """A folder of our own on the disk of a file that is being made."""
    with tempfile.TemporaryDirectory(prefix=".", suffix=".part", dir=part.parent) as name:
        yield Path(name)
