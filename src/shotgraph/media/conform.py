"""Change a clip or an image to a form that a model accepts."""

import asyncio
import io
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from PIL import Image, ImageOps

from shotgraph.errors import MediaError
from shotgraph.media.framing import Canvas
from shotgraph.media.info import MediaInfo
from shotgraph.media.output import target as replacing
from shotgraph.media.picture import conform
from shotgraph.media.probe import probe
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.progress import Work
from shotgraph.media.reader import opened
from shotgraph.media.reading import DEMUXERS, read_still
from shotgraph.media.smart.clip import Clip, Shot, read_clip
from shotgraph.media.smart.due import ShownShot
from shotgraph.media.smart.due_sound import Heard
from shotgraph.media.smart.verify import verify
from shotgraph.media.sound import sample_at, sound_of, widest_layout
from shotgraph.media.source import Stream, identify
from shotgraph.media.target_format import TargetFormat, allowance_s, film
from shotgraph.media.treatment import number_text

# 200 MB in 10.05 s would be 159 Mbit/s; x264 holds its rate over about a second.
_MOST_BITS_PER_S = 120_000_000


async def conform_clip(
    path: Path,
    target: Path,
    target_format: TargetFormat,
    *,
    first: int,
    frames: int,
    retime: Fraction | None = None,
    with_sound: bool = False,
) -> MediaInfo:
    """Write a part of a clip as H.264 in an mp4: upright, square pixels, even rate, SDR.

    The picture is fitted inside the size and padded with black, never distorted. Frames are
    repeated or dropped to reach the rate; the last frame is held if the clip has too few frames.

    Args:
        path: A video.
        target: Path of the part. An existing file is replaced.
        target_format: The size and rate of the part.
        first: The number of its first frame in the clip, counted at the target's rate.
        frames: The number of frames.
        retime: The factor for the clip's times.
        with_sound: Whether the part has the clip's sound of the same time.

    Raises:
        MediaError: The clip can't be read, or the part failed its check.
    """
    clip = await asyncio.to_thread(read_clip, path)
    shot = Shot(clip, frames, first, retime)
    rate = target_format.frame_rate
    layout = widest_layout([clip.info]) if with_sound else None
    sound = None
    begin, end = sample_at(first / rate), sample_at((first + frames) / rate)
    if layout is not None:
        sound = sound_of(clip, index=1, first=begin, samples=end - begin, layout=layout)
    with replacing(target) as part:
        await run_ffmpeg(
            film(
                _picture(shot, target_format),
                sound,
                part,
                rate=rate,
                layout=layout or "stereo",
                most_bits_per_s=_MOST_BITS_PER_S,
            ),
            timeout_s=allowance_s(clip.info.duration),
            work=Work(f"fitting frames {first} to {first + frames - 1}", frames / rate),
        )
        return await verify(
            part,
            target_format,
            frames=frames,
            has_sound=sound is not None,
            heard=[Heard.of(clip, 0, end - begin, first=begin)],
            shown=[ShownShot(shot)],
            failed="the clip that was made to fit failed its check, and was neither kept nor sent",
            advice=f"a clip of {number_text(rate)} frames a second has less to be fitted: "
            f"ffmpeg -i CLIP -r {rate} NEW.mp4",
        )


def _picture(shot: Shot, target_format: TargetFormat) -> Stream:
    if not _can_seek(shot, target_format):
        return conform(shot.clip.picture(), shot, target_format)
    # Half a frame earlier, so that rounding can't select the wrong frame.
    begin = (shot.first - Fraction(1, 2)) / target_format.frame_rate
    stream = shot.clip.picture(ss=f"{float(begin):.6f}")
    return conform(stream, replace(shot, first=0), target_format)


def _can_seek(shot: Shot, target_format: TargetFormat) -> bool:
    """Whether the target's frames are the clip's, so that ffmpeg can seek to the first."""
    clip = shot.clip
    return (
        shot.first > 0
        and shot.retime is None
        and clip.info.constant_frame_rate
        and clip.info.frame_rate == target_format.frame_rate
        # With -copyts, ffmpeg counts from the start of the first stream.
        and clip.start == _beginning(clip) == 0
    )


def _beginning(clip: Clip) -> int:
    with opened(clip.path, identify(clip.path), looks_inside=False) as media:
        return media.start_time or 0


_QUALITIES = (95, 90, 85, 75, 60)


async def conform_image(path: Path, target: Path, canvas: Canvas, *, most_bytes: int) -> MediaInfo:
    """Write an image upright, scaled evenly, with black margins: PNG if it fits, else JPEG.

    Args:
        path: An image.
        target: Path of the new image. An existing file is replaced.
        canvas: The size of the new image, and of the picture inside it.
        most_bytes: The maximum size of the file.

    Raises:
        MediaError: The image can't be read, or is too large even as a JPEG of low quality.
    """
    data = await asyncio.to_thread(_drawn, path, canvas, most_bytes)
    with replacing(target) as part:
        await asyncio.to_thread(part.write_bytes, data)
        return await probe(part)


def _drawn(path: Path, canvas: Canvas, most_bytes: int) -> bytes:
    container = identify(path)
    if container.demuxer not in DEMUXERS:
        raise MediaError(f"{path} is {container.name}; an image is needed here")
    read_still(path, container)  # raises if it has too many pixels
    try:
        with Image.open(path, formats=[DEMUXERS[container.demuxer]]) as image:
            upright = ImageOps.exif_transpose(image).convert("RGBA")
    # Pillow's plugins raise many types: SyntaxError, struct.error, EOFError, and their own.
    except Exception as error:
        raise MediaError(f"{path} was cut short or is damaged: {error}") from error
    inner = upright.resize((canvas.inner_width, canvas.inner_height), Image.Resampling.LANCZOS)
    whole = Image.new("RGB", (canvas.width, canvas.height))
    left, top = (canvas.width - inner.width) // 2, (canvas.height - inner.height) // 2
    whole.paste(inner, (left, top), inner)
    return _coded(path, whole, most_bytes)


def _coded(path: Path, image: Image.Image, most_bytes: int) -> bytes:
    for kind, quality in (("PNG", 0), *(("JPEG", quality) for quality in _QUALITIES)):
        written = io.BytesIO()
        image.save(written, format=kind, **({"quality": quality} if quality else {}))
        if len(written.getvalue()) <= most_bytes:
            return written.getvalue()
    raise MediaError(
        f"{path.name}: {image.width} x {image.height} px take more than {most_bytes} bytes even "
        f"as a JPEG of quality {_QUALITIES[-1]}; make it smaller"
    )
