"""A medium: an asset with its description.

A child process reads the file, without the API key and without network.
"""

import asyncio
from fractions import Fraction
from pathlib import Path
from typing import Self

from pydantic import ConfigDict

from shotgraph.errors import MediaError
from shotgraph.media.child import Child
from shotgraph.media.info import MediaInfo
from shotgraph.media.start_timecode import StartTimecode
from shotgraph.model.file_memory import FileMemory
from shotgraph.model.references import Asset


class Medium(Asset):
    """A clip, an image or a sound in the store: the asset, its size and its length.

    Tasks return media in this form, and manifests and reports have the same form.

    Attributes:
        width: Pixels, as shown; 0 for sound.
        height: Like `width`.
        frames: The counted frames; 1 for an image, 0 for sound.
        duration_s: Seconds; 0 for an image.
        fps: Frames per second; None unless video.
    """

    # A newer shotgraph may write fields into a manifest that this version doesn't know.
    model_config = ConfigDict(frozen=True, extra="ignore")

    width: int
    height: int
    frames: int
    duration_s: Fraction
    fps: Fraction | None

    @classmethod
    def of(cls, asset: Asset, info: MediaInfo) -> Self:
        """Combine an asset and its description."""
        return cls(
            sha256=asset.sha256,
            kind=asset.kind,
            size_bytes=asset.size_bytes,
            content_type=asset.content_type,
            width=info.width,
            height=info.height,
            frames=info.frames,
            duration_s=info.duration,
            fps=info.frame_rate,
        )


_child = Child()


async def probe(path: Path) -> MediaInfo:
    """`probe_now` in a thread, so that the event loop isn't blocked."""
    return await asyncio.to_thread(probe_now, path)


def probe_now(path: Path) -> MediaInfo:
    """Describe a file, as `read_media` does; an unchanged file is read only once."""
    return _infos.of(path)


def read_media(path: Path) -> MediaInfo:
    """Describe a file; about 15 ms for a clip of 5 s.

    One child reads all files of this process, one after another. The first file starts it, in
    about 0.3 s.

    Raises:
        MediaError: The file is absent, of a kind that isn't opened, cut short, damaged, or beyond
            the bounds of `read_here`, of time or of memory.
    """
    answer = _child.ask(path)
    if "info" in answer:
        return MediaInfo.model_validate(answer["info"])
    raise MediaError(answer["error"])


async def start_timecode(path: Path) -> StartTimecode | None:
    """Read the start timecode of a file; an unchanged file is read only once.

    It is read from the file and kept in no record: so films of older versions have it too.

    Returns:
        None if the file has none.

    Raises:
        MediaError: The file can't be opened.
    """
    return await asyncio.to_thread(_starts.of, path)


def _read_start_timecode(path: Path) -> StartTimecode | None:
    answer = _child.ask(path, start_timecode=1)
    if "error" in answer:
        raise MediaError(answer["error"])
    said = answer["start_timecode"]
    return StartTimecode(**said) if said is not None else None


_infos = FileMemory(read_media)
_starts = FileMemory(_read_start_timecode)
