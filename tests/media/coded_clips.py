"""Clips in which every frame says which it is, and every sound when it begins.

A frame is a grid of 8 x 4 black and white blocks over the whole picture: clip, number, checksum.
It survives coding and scaling, and fails its checksum when two frames are mixed or the picture is
distorted. The sound is a tone of 50 ms at the clip's first instant, then silence.
"""

import math
import struct
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import cast

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream
from PIL import Image

COLUMNS, ROWS = 8, 4
SIZE = (320, 180)
TONE_HZ, TONE_S = 2000, Fraction(1, 20)
LOUD = 8000

# How each coder is quickest, at blocks that stay black and white.
_QUICK = {
    "libx264": {"preset": "ultrafast", "crf": "20"},
    "libx265": {"preset": "ultrafast", "crf": "20", "x265-params": "log-level=none"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "crf": "24", "b": "0"},
    "prores_ks": {"profile": "proxy"},
}

Code = tuple[int, int]
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Sound:
    """The sound of a clip: `seconds` long, or as long as the picture; its tones at some seconds."""

    sample_rate_hz: int = 48_000
    layout: str = "stereo"
    seconds: Fraction | None = None
    codec: str = "aac"
    tone_at: Fraction = Fraction(0)
    and_at: tuple[Fraction, ...] = ()


def write_clip(
    path: Path,
    *,
    clip: int,
    frames: int,
    rate: Fraction | int = 30,
    size: tuple[int, int] = SIZE,
    sound: Sound | None = None,
    rotation: int = 0,
    mirrored: bool = False,
    aspect: Fraction = Fraction(1),
    times: Sequence[int] | None = None,
    codec: str = "libx264",
    container: str = "mp4",
    pixel_format: str = "yuv420p",
    options: dict[str, str] | None = None,
    first_header: bool = False,
) -> Path:
    """Write a clip whose frames read `(clip, 0)`, `(clip, 1)`, … when they are shown upright.

    Args:
        path: Where.
        clip: Below 256.
        frames: Below 4096.
        rate: Frames per second.
        size: As stored; a clip with `rotation` 90 is shown in the other orientation.
        sound: Its sound, if any.
        rotation: Degrees clockwise by which a player must turn the picture.
        mirrored: Whether it must exchange left and right before that. The file does not say so
            yet: see `show_as`.
        aspect: Of a stored pixel.
        times: When each frame is shown, in frames; for uneven rates.
        codec: The coder's name.
        container: Of the file.
        pixel_format: As it is coded; a size with an odd side needs one such as ``yuv444p``.
        options: Of the coder of the picture.
        first_header: Whether an mp4 has its header first, so that it plays while it loads.
    """
    # PyAV 19 would write lengths by the sound's clock, where PyAV 18 writes milliseconds.
    flags = {"movie_timescale": "1000"} if container in ("mp4", "mov") else {}
    if first_header:
        flags["movflags"] = "+faststart"
    with av.open(str(path), "w", format=container, options=flags) as media:
        picture = _add_picture(media, codec, Fraction(rate), size, aspect, options)
        picture.pix_fmt = pixel_format
        if rotation:
            picture.set_display_rotation(-rotation)
        voice: AudioStream | None = None
        if sound:
            voice = cast(AudioStream, media.add_stream(sound.codec, rate=sound.sample_rate_hz))
            voice.codec_context.layout = sound.layout
        for number in range(frames):
            frame = _draw((clip, number), size, rotation, mirrored=mirrored)
            frame.pts = times[number] if times else number
            frame.time_base = 1 / Fraction(rate)
            media.mux(picture.encode(frame))
        media.mux(picture.encode(None))
        if sound and voice:
            _add_sound(media, voice, sound, sound.seconds or Fraction(frames) / Fraction(rate))
    return path


def read_codes(path: Path, box: Box | None = None) -> list[Code | None]:
    """What each shown frame says; None where it can't be read.

    Args:
        path: A clip without rotation.
        box: Left, top, right and bottom of the picture inside the frame, if it is padded.
    """
    return [read_code(luma, box) for luma in read_lumas(path)]


def read_lumas(path: Path) -> Iterator[Image.Image]:
    """The brightness of each shown frame."""
    with av.open(str(path)) as media:
        for frame in media.decode(video=0):
            grey = frame.reformat(format="gray").planes[0]
            size = (frame.width, frame.height)
            yield Image.frombytes("L", size, bytes(grey), "raw", "L", grey.line_size, 1)


def read_code(picture: Image.Image, box: Box | None = None) -> Code | None:
    """What one picture says, if its checksum holds."""
    bits = 0
    for level in block_levels(picture, box):
        if 100 < level < 156:
            return None
        bits = bits << 1 | (level > 128)
    clip, number, checksum = bits >> 24, bits >> 12 & 0xFFF, bits & 0xFFF
    return (clip, number) if checksum == _checksum(clip, number) else None


def block_levels(picture: Image.Image, box: Box | None = None) -> list[int]:
    """The brightness in the middle of each block, 0 to 255."""
    left, top, right, bottom = box or (0, 0, *picture.size)
    grey = picture.convert("L")
    levels: list[int] = []
    for row in range(ROWS):
        for column in range(COLUMNS):
            x = left + (2 * column + 1) * (right - left) // (2 * COLUMNS)
            y = top + (2 * row + 1) * (bottom - top) // (2 * ROWS)
            levels.append(_level(grey, x, y))
    return levels


def is_in_place(picture: Image.Image, box: Box) -> bool:
    """Whether each block fills its corners in `box`, and beside the box all is black.

    Not so if the picture is stretched or moved by more than a ninetieth of the frame's height.
    """
    grey = picture.convert("L")
    inset = picture.height // 90
    left, top, right, bottom = box
    for position, middle in enumerate(block_levels(grey, box)):
        row, column = divmod(position, COLUMNS)
        x = [left + (column + side) * (right - left) // COLUMNS for side in (0, 1)]
        y = [top + (row + side) * (bottom - top) // ROWS for side in (0, 1)]
        for corner in product((x[0] + inset, x[1] - 1 - inset), (y[0] + inset, y[1] - 1 - inset)):
            if (_level(grey, *corner) > 128) != (middle > 128):
                return False
    bars = [
        (0, 0, left - inset, grey.height),
        (right + inset, 0, grey.width, grey.height),
        (0, 0, grey.width, top - inset),
        (0, bottom + inset, grey.width, grey.height),
    ]
    return all(_is_black(grey, bar) for bar in bars)


def fitted(size: tuple[int, int], inside: tuple[int, int]) -> Box:
    """Where a picture of `size` comes to lie when it is fitted `inside` a frame, in the middle."""
    scale = min(Fraction(inside[0], size[0]), Fraction(inside[1], size[1]))
    width, height = round(size[0] * scale), round(size[1] * scale)
    left, top = (inside[0] - width) // 2, (inside[1] - height) // 2
    return left, top, left + width, top + height


def codes(clip: int, numbers: Iterable[int]) -> list[Code | None]:
    """What frames of one clip say."""
    return [(clip, number) for number in numbers]


def resampled(frames: int, rate: Fraction | int, to: Fraction | int) -> list[int]:
    """Which frame of a clip is shown in each frame of a film of another rate, over its length."""
    ratio = Fraction(to) / Fraction(rate)
    starts = [int(number * ratio + Fraction(1, 2)) for number in range(frames)]
    length = int(frames * ratio + Fraction(1, 2))
    return [
        max(number for number, start in enumerate(starts) if start <= place)
        for place in range(length)
    ]


def tone_onsets_s(path: Path) -> list[float]:
    """Seconds at which a tone begins after silence, in any channel."""
    onsets: list[float] = []
    quiet_since = -math.inf
    with av.open(str(path)) as media:
        # Channels stay apart: mixed into one, a tone in the middle of six would be too quiet.
        channels = media.streams.audio[0].codec_context.layout.nb_channels
        resampler = av.AudioResampler(format="s16", rate=48_000)
        for frame in media.decode(audio=0):
            for part in resampler.resample(frame):
                assert part.pts is not None
                samples = array("h", bytes(part.planes[0])[: part.samples * channels * 2])
                if max(samples, default=0) <= LOUD:
                    continue
                for place, sample in enumerate(samples):
                    if abs(sample) > LOUD:
                        moment = part.pts + place // channels
                        if moment - quiet_since > 2400:
                            onsets.append(moment / 48_000)
                        quiet_since = moment
    return onsets


def _checksum(clip: int, number: int) -> int:
    return (clip * 73 + number * 619 + 0x5A5) & 0xFFF


def _level(grey: Image.Image, x: int, y: int) -> int:
    level = grey.getpixel((x, y))
    assert isinstance(level, int)
    return level


def _is_black(grey: Image.Image, bar: Box) -> bool:
    left, top, right, bottom = bar
    if left >= right or top >= bottom:
        return True
    return not any(grey.crop(bar).histogram()[50:])


def show_as(path: Path, rotation: int, *, mirrored: bool) -> None:
    """Put a display matrix into an mp4 or mov: mirrored first, then turned clockwise."""
    data = bytearray(path.read_bytes())
    turn = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}
    a, b, c, d = turn[rotation]
    if mirrored:
        a, b = -a, -b
    header = data.index(b"tkhd")  # of the first track, which is the picture
    matrix = [part << 16 for part in (a, b, 0, c, d, 0, 0, 0)] + [1 << 30]
    begin = header + 44  # ISO/IEC 14496-12, 8.3.2, version 0
    data[begin : begin + 36] = struct.pack(">9i", *matrix)
    path.write_bytes(data)


def _draw(
    code: Code, size: tuple[int, int], rotation: int, *, mirrored: bool = False
) -> av.VideoFrame:
    clip, number = code
    bits = clip << 24 | number << 12 | _checksum(clip, number)
    blocks = bytes(255 * (bits >> 31 - position & 1) for position in range(32))
    upright = Image.frombytes("L", (COLUMNS, ROWS), blocks)
    width, height = size
    turned = upright.rotate(rotation, expand=True)
    if mirrored:
        turned = turned.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    stored = turned.resize(size, Image.Resampling.NEAREST).tobytes()
    frame = av.VideoFrame(width, height, "gray")
    plane = frame.planes[0]
    lines = (stored[start : start + width] for start in range(0, width * height, width))
    plane.update(b"".join(line.ljust(plane.line_size, b"\0") for line in lines))
    return frame


def _add_picture(
    media: OutputContainer,
    codec: str,
    rate: Fraction,
    size: tuple[int, int],
    aspect: Fraction,
    options: dict[str, str] | None,
) -> VideoStream:
    quick = _QUICK.get(codec, {})
    stream = media.add_stream(codec, rate=rate, options={**quick, **(options or {})})
    assert isinstance(stream, VideoStream)
    stream.width, stream.height = size
    stream.codec_context.time_base = 1 / rate
    stream.codec_context.sample_aspect_ratio = aspect
    return stream


def _add_sound(media: OutputContainer, voice: AudioStream, sound: Sound, seconds: Fraction) -> None:
    total = int(seconds * sound.sample_rate_hz)
    begins = [int(at * sound.sample_rate_hz) for at in (sound.tone_at, *sound.and_at)]
    channels = voice.codec_context.layout.nb_channels
    step = 2 * math.pi * TONE_HZ / sound.sample_rate_hz
    samples = array("h", bytes(2 * channels * total))
    for begin in begins:
        for position in range(begin, min(begin + int(TONE_S * sound.sample_rate_hz), total)):
            # A cosine: it is loud from its first sample on.
            level = int(26000 * math.cos((position - begin) * step))
            both = array("h", [level] * channels)
            samples[position * channels : (position + 1) * channels] = both
    for start in range(0, total, 1024):
        part = samples[start * channels : (start + 1024) * channels]
        frame = av.AudioFrame(format="s16", layout=sound.layout, samples=len(part) // channels)
        frame.planes[0].update(part.tobytes().ljust(frame.planes[0].buffer_size, b"\0"))
        frame.sample_rate = sound.sample_rate_hz
        frame.pts = start
        frame.time_base = Fraction(1, sound.sample_rate_hz)
        media.mux(voice.encode(frame))
    media.mux(voice.encode(None))
