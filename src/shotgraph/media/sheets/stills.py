"""Frames of a film as pictures, in one pass of ffmpeg."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import ffmpeg
from PIL import Image

from shotgraph.errors import MediaError
from shotgraph.media.film import allowance_s
from shotgraph.media.info import MediaInfo
from shotgraph.media.picture import tone_map
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.sheets.choice import Choice, evenly
from shotgraph.media.source import Stream, address, source

_BYTES_A_PIXEL = 3


@dataclass(frozen=True)
class Still:
    """One frame, upright and with square pixels; `at` is in seconds from the film's first."""

    picture: Image.Image
    at: Fraction


async def take_stills(choice: Choice, part: Path, *, long_side_px: int) -> list[Still]:
    """Take frames out of a film.

    Args:
        choice: Which.
        part: A file of our own, which is left empty.
        long_side_px: The longer side of each picture; a smaller film is not enlarged.

    Raises:
        MediaError: They can't be decoded.
    """
    pictures = await _take(choice, part, long_side_px)
    if choice.is_of_keys and len(pictures) < len(choice.numbers):
        # What the file calls a key frame is not always one for the decoder.
        choice = evenly(choice.moments, len(choice.numbers))
        pictures = await _take(choice, part, long_side_px)
    if len(pictures) < len(choice.numbers):
        raise MediaError(
            f"{choice.moments.clip.path} is damaged: "
            f"{len(pictures)} of {len(choice.numbers)} frames could be decoded"
        )
    return [Still(*pair) for pair in zip(pictures, choice.times, strict=True)]


async def take_representative(choice: Choice, part: Path, *, long_side_px: int) -> Image.Image:
    """Take the one of some frames whose colours are most like those of all; else as `take_stills`.

    Raises:
        MediaError: None can be decoded.
    """
    size = _size_within(choice.moments.clip.info, long_side_px)
    stream = _selected(choice, size).filter("thumbnail", max(2, len(choice.numbers)))
    pictures = await _decode(stream, choice, part, size)
    if not pictures:
        raise MediaError(f"{choice.moments.clip.path} is damaged: no frame could be decoded")
    return pictures[0]


async def _take(choice: Choice, part: Path, long_side_px: int) -> list[Image.Image]:
    size = _size_within(choice.moments.clip.info, long_side_px)
    return await _decode(_selected(choice, size), choice, part, size)


def _size_within(info: MediaInfo, long_side_px: int) -> tuple[int, int]:
    scale = min(Fraction(1), Fraction(long_side_px, max(info.width, info.height)))
    return max(1, round(info.width * scale)), max(1, round(info.height * scale))


def _selected(choice: Choice, size: tuple[int, int]) -> Stream:
    clip = choice.moments.clip
    decoded = "nokey" if choice.is_of_keys else "default"
    stream = source(clip.path, an=None, skip_frame=decoded)["v:0"]
    if choice.is_of_keys:
        stream = stream.filter("select", "key")
    stream = stream.filter("select", "+".join(f"eq(n,{number})" for number in choice.numbers))
    if clip.is_hdr:
        stream = tone_map(stream)
    matrix = "auto" if clip.is_hdr else clip.matrix
    return stream.filter("scale", *size, flags="area", in_color_matrix=matrix).filter("setsar", "1")


async def _decode(
    stream: Stream, choice: Choice, part: Path, size: tuple[int, int]
) -> list[Image.Image]:
    output = ffmpeg.output(
        stream,
        address(part),
        f="rawvideo",
        pix_fmt="rgb24",
        fps_mode="passthrough",
        **{"frames:v": len(choice.numbers)},
    )
    await run_ffmpeg(output, timeout_s=allowance_s(choice.moments.clip.info.duration))
    pictures = list(_pictures(part, size))
    part.write_bytes(b"")
    return pictures


def _pictures(part: Path, size: tuple[int, int]) -> Iterator[Image.Image]:
    size_bytes = size[0] * size[1] * _BYTES_A_PIXEL
    with part.open("rb") as file:
        while len(rgb := file.read(size_bytes)) == size_bytes:
            yield Image.frombytes("RGB", size, rgb)
