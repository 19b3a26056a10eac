"""A medium: the bytes, and what probing found in them.

A child process probes, which has neither the key nor the network.
"""

import asyncio
from fractions import Fraction
from pathlib import Path
from typing import Self

from pydantic import ConfigDict

from shotgraph.errors import MediaError
from shotgraph.media.child import Child
from shotgraph.media.info import MediaInfo
from shotgraph.model.file_memory import FileMemory
from shotgraph.model.references import Asset


class Medium(Asset):
    """A clip, an image or a sound in the store; it is the asset itself, and what it shows.

    Tasks return it, and manifests and reports hold it, all in this one form.

    Attributes:
        width: Pixels, as shown; 0 for sound.
        height: As `width`.
        frames: Counted; 1 for an image, 0 for sound.
        duration_s: Seconds; 0 for an image.
        fps: Frames per second; None unless video.
    """

    # A later shotgraph may write more into a manifest than an older one knows.
    model_config = ConfigDict(frozen=True, extra="ignore")

    width: int
    height: int
    frames: int
    duration_s: Fraction
    fps: Fraction | None

    @classmethod
    def of(cls, asset: Asset, info: MediaInfo) -> Self:
        """Put an asset and what probing found in it together."""
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
    """`probe_now`, without holding up the loop."""
    return await asyncio.to_thread(probe_now, path)


def probe_now(path: Path) -> MediaInfo:
    """Describe a file, as `read_media` does; a file that stays the same is read once."""
    return _infos.of(path)


def read_media(path: Path) -> MediaInfo:
    """Describe a file; about 15 ms for a clip of 5 s.

    One child reads all files of this process, one after another. It is started for the first, in
    about 0.3 s.

    Raises:
        MediaError: The file is absent, of a kind that isn't opened, cut short, damaged, or beyond
            the bounds: those of `read_here`, and of time and memory.
    """
    answer = _child.ask(path)
    if "info" in answer:
        return MediaInfo.model_validate(answer["info"])
    raise MediaError(answer["error"])


_infos = FileMemory(read_media)
