"""One frame of a clip, as a picture."""

import asyncio
import io
from pathlib import Path
from typing import Literal

from av.video.frame import VideoFrame
from PIL import Image

from shotgraph.errors import MediaError
from shotgraph.media.clip import Clip, read_clip
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import probe
from shotgraph.media.reader import count, opened, picture_of
from shotgraph.media.source import identify
from shotgraph.media.target import target as replacing

# What PyAV calls them; unsaid colours are decided by `Clip`.
_COLOURSPACES = {"bt709": "ITU709", "smpte170m": "ITU601"}


async def extract_frame(
    source: Path, target: Path, *, at: Literal["first", "last"] | int
) -> MediaInfo:
    """Write one frame as a PNG, upright and with square pixels.

    Args:
        source: A video.
        target: The picture; what was there is replaced.
        at: Which; a number counts from 0.

    Raises:
        MediaError: There is no such frame, or the clip can't be read.
    """
    png = await asyncio.to_thread(_png, source, at)
    with replacing(target) as part:
        # Not in a thread: that would go on after a cancellation, and make the file again.
        part.write_bytes(png)
        return await probe(part)


def _png(path: Path, at: Literal["first", "last"] | int) -> bytes:
    clip = read_clip(path)
    frames = clip.info.frames
    wrong = why_no_frame(at, frames, path.name)
    if wrong is not None:
        raise MediaError(wrong)
    number = {"first": 0, "last": frames - 1}[at] if isinstance(at, str) else at
    image = _upright(_decode(path, number), clip)
    written = io.BytesIO()
    image.save(written, format="PNG")
    return written.getvalue()


def why_no_frame(at: Literal["first", "last"] | int, frames: int, name: str) -> str | None:
    """Say why a video of so many frames has none there; None if it has."""
    if isinstance(at, str) or 0 <= at < frames:
        return None
    return f"{name} has no frame {at}: it has {frames}, numbered 0 to {frames - 1}"


def _decode(path: Path, number: int) -> VideoFrame:
    with opened(path, identify(path)) as media:
        picture = picture_of(media)
        if picture is None:
            raise MediaError(f"{path.name} holds no picture")
        wanted = count(media, [picture], path)[0].times[number]
        picture.thread_type = "AUTO"
        media.seek(wanted, stream=picture)
        for frame in media.decode(picture):
            if frame.pts == wanted:
                return frame
    raise MediaError(f"{path.name} is damaged: frame {number} can't be decoded")


def _upright(frame: VideoFrame, clip: Clip) -> Image.Image:
    image = _rgb(frame, _COLOURSPACES.get(clip.matrix))
    image = image.rotate(-clip.info.rotation, expand=True)
    size = clip.info.width, clip.info.height
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)


def _rgb(frame: VideoFrame, colourspace: str | None) -> Image.Image:
    plane = frame.reformat(format="rgb24", src_colorspace=colourspace).planes[0]
    size = (plane.width, plane.height)
    return Image.frombytes("RGB", size, bytes(plane), "raw", "RGB", plane.line_size, 1)
