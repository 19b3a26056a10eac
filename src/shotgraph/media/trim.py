"""Cut a part out of a clip, or take one frame of a clip as a film shows it."""

import asyncio
import io
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Literal

import ffmpeg
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation
from PIL import Image

from shotgraph.errors import MediaError
from shotgraph.media.colours import PRECISELY, in_film_colours, is_converted
from shotgraph.media.info import MediaInfo
from shotgraph.media.output import target as replacing
from shotgraph.media.picture import conform
from shotgraph.media.probe import probe
from shotgraph.media.process import run_ffmpeg
from shotgraph.media.progress import Work
from shotgraph.media.reader import count, opened, picture_of
from shotgraph.media.reshaped import part_of, why_no_frame, why_no_part
from shotgraph.media.smart.clip import Clip, Shot, read_clip
from shotgraph.media.smart.due import ShownShot
from shotgraph.media.smart.due_sound import Heard
from shotgraph.media.smart.verify import verify
from shotgraph.media.sound import sample_at, sound_of, widest_layout
from shotgraph.media.source import address, identify
from shotgraph.media.target_format import USUAL, Coding, allowance_s, film, format_of
from shotgraph.media.treatment import Note, still_treatment, treatment


async def trim(
    source: Path,
    target: Path,
    *,
    start: Fraction,
    seconds: Fraction,
    audio_track: int | None = None,
    background: str | None = None,
    coding: Coding = USUAL,
    note: Note | None = None,
) -> MediaInfo:
    """Cut `seconds` out of a clip, with picture and sound.

    The first frame is ``start * rate``, and the number of frames ``seconds * rate``, both rounded.
    The picture is coded again: a copied part would have to begin at a key picture and hide frames.

    Args:
        source: A video.
        target: Path of the part, an mp4. An existing file is replaced.
        start: Seconds from the first frame.
        seconds: The length of the part; more than 0.
        audio_track: The number of the sound track to use if the clip has several, from 1.
        background: The colour behind transparent parts, as ``#rrggbb``; black by default.
        coding: How the picture is coded.
        note: Called with the changes to the clip.

    Raises:
        MediaError: The part reaches past the clip's end, or the clip can't be read.
    """
    clip = await asyncio.to_thread(
        read_clip, source, audio_track=audio_track, background=background
    )
    target_format = format_of(clip.info)
    rate = target_format.frame_rate
    shot = _shot(clip, rate, start, seconds)
    sound, layout = None, widest_layout([clip.info])
    begin, end = sample_at(shot.first / rate), sample_at((shot.first + shot.frames) / rate)
    if layout is not None:
        sound = sound_of(clip, index=1, first=begin, samples=end - begin, layout=layout)
    picture = conform(clip.picture(), shot, target_format, coding)
    with replacing(target) as part:
        await run_ffmpeg(
            film(picture, sound, part, rate=rate, layout=layout or "stereo", coding=coding),
            timeout_s=allowance_s(clip.info.duration),
            work=Work("cutting the clip", shot.frames / rate),
        )
        made = await verify(
            part,
            target_format,
            frames=shot.frames,
            has_sound=sound is not None,
            heard=[Heard.of(clip, 0, end - begin, first=begin)],
            shown=[ShownShot(shot)],
        )
        if note is not None:
            note(treatment(made, [(clip.info, False)], background))
        return made


def _shot(clip: Clip, rate: Fraction, start: Fraction, seconds: Fraction) -> Shot:
    wrong = why_no_part(clip.info, clip.path.name, start=start, seconds=seconds)
    if wrong is not None:
        raise MediaError(wrong)
    first, frames = part_of(rate, start, seconds)
    return Shot(clip, frames, first)


# PyAV's names of matrices. `Clip` chooses the matrix if the file doesn't state it.
_EXACTLY = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
_COLOURSPACES = {"bt709": "ITU709", "smpte170m": "ITU601"}


async def shown_frame(clip: Clip, number: int) -> Image.Image:
    """One frame of a clip, upright and with square pixels, as a film shows it.

    Raises:
        MediaError: The frame can't be decoded.
    """
    if is_shown_otherwise(clip.info):
        return await film_frame(clip, number)
    return await asyncio.to_thread(lambda: _upright(_decode(clip.path, number), clip))


async def coded_frame(clip: Clip, number: int, *, is_exact: bool = False) -> list[Image.Image]:
    """One frame as a film codes it, in BT.709: Y, Cb and Cr, 8 bit, in limited range.

    It may have the orientation and the size of the stored picture.

    Args:
        clip: The clip.
        number: The number of the frame, from 0.
        is_exact: Whether colours are converted without rounding errors.

    Raises:
        MediaError: The frame can't be decoded.
    """
    if is_shown_otherwise(clip.info):
        colours = {"out_color_matrix": "bt709", "out_range": "tv"}
        data = await _filmed(clip, number, "yuv444p", is_exact=is_exact, **colours)
        size, area = (clip.info.width, clip.info.height), clip.info.width * clip.info.height
        parts = [data[begin : begin + area] for begin in range(0, 3 * area, area)]
        return [Image.frombytes("L", size, part) for part in parts]
    return await asyncio.to_thread(
        lambda: _planes(_decode(clip.path, number), clip, is_exact=is_exact)
    )


def _planes(frame: VideoFrame, clip: Clip, *, is_exact: bool) -> list[Image.Image]:
    coded = frame.reformat(
        format="yuv444p",
        src_colorspace=_COLOURSPACES.get(clip.matrix),
        dst_colorspace="ITU709",
        dst_color_range="MPEG",
        interpolation=_EXACTLY if is_exact else None,
    )
    return [
        Image.frombytes("L", (one.width, one.height), bytes(one), "raw", "L", one.line_size, 1)
        for one in coded.planes
    ]


async def extract_frame(
    source: Path,
    target: Path,
    *,
    at: Literal["first", "last"] | int,
    background: str | None = None,
    is_exact: bool = False,
    note: Note | None = None,
) -> MediaInfo:
    """Write one frame as a PNG, upright and with square pixels.

    Args:
        source: A video.
        target: Path of the picture. An existing file is replaced.
        at: The frame; a number counts from 0.
        background: The colour behind transparent parts, as ``#rrggbb``; black by default.
        is_exact: Whether colours are converted without rounding errors; only for a picture that no
            paid job uses.
        note: Called with the changes to the frame.

    Raises:
        MediaError: The clip has no such frame, or can't be read.
    """
    clip, number, png = await asyncio.to_thread(_stored, source, at, background, is_exact=is_exact)
    if png is None:
        image = await film_frame(clip, number, is_exact=is_exact)
        png = await asyncio.to_thread(_png, image)
    with replacing(target) as part:
        # Not in a thread: after a cancellation a thread would still run, and write the file again.
        part.write_bytes(png)
        made = await probe(part)
        if note is not None:
            note(still_treatment(made, clip.info, background))
        return made


def _stored(
    path: Path, at: Literal["first", "last"] | int, background: str | None, *, is_exact: bool
) -> tuple[Clip, int, bytes | None]:
    """The clip, the frame's number, and its PNG; None if the picture needs a film's filters."""
    clip = read_clip(path, background=background)
    number = _number(clip, at)
    if is_shown_otherwise(clip.info):
        return clip, number, None
    return clip, number, _png(_upright(_decode(path, number), clip, is_exact=is_exact))


def _number(clip: Clip, at: Literal["first", "last"] | int) -> int:
    frames = clip.info.frames
    wrong = why_no_frame(at, frames, clip.path.name)
    if wrong is not None:
        raise MediaError(wrong)
    return {"first": 0, "last": frames - 1}[at] if isinstance(at, str) else at


def _png(image: Image.Image) -> bytes:
    written = io.BytesIO()
    image.save(written, format="PNG")
    return written.getvalue()


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


def _upright(frame: VideoFrame, clip: Clip, *, is_exact: bool = False) -> Image.Image:
    image = _rgb(frame, _COLOURSPACES.get(clip.matrix), is_exact=is_exact)
    shown = clip.info.orientation
    if shown.mirrored:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    image = image.rotate(-shown.rotation, expand=True)
    size = clip.info.width, clip.info.height
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)


def _rgb(frame: VideoFrame, colourspace: str | None, *, is_exact: bool) -> Image.Image:
    how = _EXACTLY if is_exact else None
    plane = frame.reformat(format="rgb24", src_colorspace=colourspace, interpolation=how).planes[0]
    size = (plane.width, plane.height)
    return Image.frombytes("RGB", size, bytes(plane), "raw", "RGB", plane.line_size, 1)


def is_shown_otherwise(info: MediaInfo) -> bool:
    """Whether a film's filters change the decoded pictures, beyond turning and scaling them."""
    return info.interlaced or info.aperture is not None or is_converted(info)


async def film_frame(clip: Clip, number: int, *, is_exact: bool = False) -> Image.Image:
    """Take one frame through the filters of a film's pictures.

    All frames before it are decoded, because `number` counts frames, not seconds.

    Args:
        clip: The clip.
        number: The number of the frame, from 0.
        is_exact: Whether a transparent frame is made opaque without rounding errors.

    Raises:
        MediaError: The frame can't be decoded.
    """
    info = clip.info
    rgb = await _filmed(clip, number, "rgb24", is_exact=is_exact)
    return Image.frombytes("RGB", (info.width, info.height), rgb)


async def _filmed(
    clip: Clip, number: int, pixel_format: str, *, is_exact: bool = False, **out: str
) -> bytes:
    """The pixels of a frame, three bytes for each."""
    info = clip.info
    stream = clip.picture()
    if info.interlaced:
        stream = stream.filter("bwdif", mode="send_frame")
    stream = stream.filter("select", f"eq(n,{number})")
    converted = in_film_colours(stream, info, clip.matrix, clip.background, is_exact=is_exact)
    shown = converted.stream.filter(
        "scale",
        w=info.width,
        h=info.height,
        in_color_matrix=converted.matrix,
        flags=PRECISELY,
        **out,
    )
    with tempfile.TemporaryDirectory(prefix="shotgraph-") as room:
        raw = Path(room) / "frame"
        output = ffmpeg.output(
            shown,
            address(raw),
            f="rawvideo",
            pix_fmt=pixel_format,
            fps_mode="passthrough",
            **{"frames:v": 1},
        )
        await run_ffmpeg(output, timeout_s=allowance_s(info.duration))
        data = raw.read_bytes()
    if len(data) != info.width * info.height * 3:
        raise MediaError(f"{clip.path.name} is damaged: frame {number} can't be decoded")
    return data
