"""One frame as a film shows it, where that is not what is stored: HDR, wide gamut, interlaced."""

import tempfile
from pathlib import Path

import ffmpeg
from PIL import Image

from shotgraph.errors import MediaError
from shotgraph.media.coding import allowance_s
from shotgraph.media.colours import in_film_colours, is_converted
from shotgraph.media.info import MediaInfo
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.smart.clip import Clip
from shotgraph.media.source import address

_PRECISELY = "bicubic+accurate_rnd+full_chroma_int"


def is_shown_otherwise(info: MediaInfo) -> bool:
    """Whether a film shows other pictures than the decoder gives."""
    return info.interlaced or info.aperture is not None or is_converted(info)


async def film_frame(clip: Clip, number: int) -> Image.Image:
    """Take one frame, by the filters that a film's pictures go through.

    Every frame before it is decoded, for a number counts frames and not seconds.

    Args:
        clip: The clip.
        number: Of the frame, from 0.

    Raises:
        MediaError: It can't be decoded.
    """
    info = clip.info
    stream = clip.picture()
    if info.interlaced:
        stream = stream.filter("bwdif", mode="send_frame")
    stream = stream.filter("select", f"eq(n,{number})")
    converted = in_film_colours(stream, info, clip.matrix, clip.background)
    shown = converted.stream.filter(
        "scale",
        w=info.width,
        h=info.height,
        in_color_matrix=converted.matrix,
        flags=_PRECISELY,
    )
    with tempfile.TemporaryDirectory(prefix="shotgraph-") as room:
        raw = Path(room) / "frame"
        output = ffmpeg.output(
            shown,
            address(raw),
            f="rawvideo",
            pix_fmt="rgb24",
            fps_mode="passthrough",
            **{"frames:v": 1},
        )
        await run_ffmpeg(output, timeout_s=allowance_s(info.duration))
        rgb = raw.read_bytes()
    if len(rgb) != info.width * info.height * 3:
        raise MediaError(f"{clip.path.name} is damaged: frame {number} can't be decoded")
    return Image.frombytes("RGB", (info.width, info.height), rgb)
