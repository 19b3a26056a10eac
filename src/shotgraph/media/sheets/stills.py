"""Choose frames of a clip, and decode them."""

import asyncio
import io
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import ffmpeg
from PIL import Image

from shotgraph.errors import MediaError
from shotgraph.media.colours import in_film_colours
from shotgraph.media.info import MediaInfo
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.reading import reading
from shotgraph.media.smart.clip import Clip, clip_of
from shotgraph.media.source import Stream, address
from shotgraph.media.target_format import allowance_s


@dataclass(frozen=True)
class Moments:
    """The times of a film's frames.

    Attributes:
        clip: The film.
        times: The time of each frame, in seconds from the first.
        key_times: The times of the key frames.
    """

    clip: Clip
    times: tuple[Fraction, ...]
    key_times: tuple[Fraction, ...]


@dataclass(frozen=True)
class Choice:
    """Chosen frames of a film.

    Attributes:
        moments: The times of all frames of the film.
        numbers: The numbers of the chosen frames in order; among key frames if `is_of_keys`.
        is_of_keys: Whether only key frames are decoded, which is about 25 times faster.
    """

    moments: Moments
    numbers: tuple[int, ...]
    is_of_keys: bool = False

    @property
    def times(self) -> list[Fraction]:
        """The times of the chosen frames, in seconds from the film's first frame."""
        times = self.moments.key_times if self.is_of_keys else self.moments.times
        return [times[number] for number in self.numbers]


def read_moments(path: Path) -> Moments:
    """Read the times of a video's frames.

    Raises:
        MediaError: The file is no video, or is damaged.
    """
    with reading(path) as found:
        clip, (_, track) = clip_of(path, found), found.tracks[0]

    def seconds(times: Sequence[int]) -> tuple[Fraction, ...]:
        return tuple((time - track.times[0]) * track.time_base for time in times)

    return Moments(clip, seconds(track.times), seconds(track.key_times))


def evenly(moments: Moments, most: int) -> Choice:
    """Choose the middle frames of equal parts; all frames, if there are at most `most`."""
    return Choice(moments, middles(len(moments.times), most))


def of_keys(moments: Moments, most: int, *, least: int) -> Choice:
    """Choose key frames at even distances, if there are at least `least`; else as `evenly`.

    A joined film has a key frame at each cut, so that such a sheet can show every shot.
    """
    keys = len(moments.key_times)
    if keys < least:
        return evenly(moments, most)
    return Choice(moments, middles(keys, most), is_of_keys=True)


def at_times(moments: Moments, wanted: Sequence[Fraction]) -> tuple[Choice, list[int]]:
    """Choose the frames shown at given times; also give how often each frame is needed."""
    shown = [max(0, bisect_right(moments.times, time) - 1) for time in wanted]
    numbers = sorted(set(shown))
    return Choice(moments, tuple(numbers)), [shown.count(number) for number in numbers]


def middles(total: int, most: int) -> tuple[int, ...]:
    """Give the middle number of each of `most` equal parts of 0, 1, … `total` - 1."""
    parts = min(total, most)
    return tuple((2 * part + 1) * total // (2 * parts) for part in range(parts))


_BYTES_A_PIXEL = 3
_QUALITY = 70


@dataclass(frozen=True)
class Still:
    """One frame, upright and with square pixels; `at` is in seconds from the film's first frame."""

    picture: Image.Image
    at: Fraction


async def take_stills(choice: Choice, part: Path, *, long_side_px: int) -> list[Still]:
    """Decode frames of a film.

    Args:
        choice: The film and the frames.
        part: A temporary file of our own; it is empty afterwards.
        long_side_px: The longer side of each picture; a smaller film is not enlarged.

    Raises:
        MediaError: A frame can't be decoded.
    """
    pictures = await _take(choice, part, long_side_px)
    if choice.is_of_keys and len(pictures) < len(choice.numbers):
        # A decoder does not accept every frame that the file marks as a key frame.
        choice = evenly(choice.moments, len(choice.numbers))
        pictures = await _take(choice, part, long_side_px)
    if len(pictures) < len(choice.numbers):
        raise MediaError(
            f"{choice.moments.clip.path} is damaged: "
            f"{len(pictures)} of {len(choice.numbers)} frames could be decoded"
        )
    return [Still(*pair) for pair in zip(pictures, choice.times, strict=True)]


async def frame_pictures(
    film: Path, numbers: Sequence[int], part: Path, long_side_px: int
) -> dict[int, bytes]:
    """Draw single frames of a film as WebP, by their numbers from 0.

    Args:
        film: A video.
        numbers: The numbers in order; numbers that the film does not have are skipped.
        part: A temporary file of our own; it is empty afterwards.
        long_side_px: The longer side of each picture; a smaller film is not enlarged.

    Raises:
        MediaError: The film can't be read.
    """
    moments = await asyncio.to_thread(read_moments, film)
    chosen = tuple(number for number in numbers if 0 <= number < len(moments.times))
    if not chosen:
        return {}
    stills = await take_stills(Choice(moments, chosen), part, long_side_px=long_side_px)
    return await asyncio.to_thread(_coded, chosen, stills)


def _coded(numbers: Sequence[int], stills: Sequence[Still]) -> dict[int, bytes]:
    found = {}
    for number, still in zip(numbers, stills, strict=True):
        written = io.BytesIO()
        still.picture.save(written, "WEBP", quality=_QUALITY, method=4)
        found[number] = written.getvalue()
    return found


async def take_representative(choice: Choice, part: Path, *, long_side_px: int) -> Image.Image:
    """Decode the frame with colours most like the mean of all chosen; arguments as `take_stills`.

    Raises:
        MediaError: No frame can be decoded.
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
    stream = clip.picture(skip_frame=decoded)
    if choice.is_of_keys:
        stream = stream.filter("select", "key")
    stream = stream.filter("select", "+".join(f"eq(n,{number})" for number in choice.numbers))
    converted = in_film_colours(stream, clip.info, clip.matrix)
    scaled = converted.stream.filter("scale", *size, flags="area", in_color_matrix=converted.matrix)
    return scaled.filter("setsar", "1")


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
