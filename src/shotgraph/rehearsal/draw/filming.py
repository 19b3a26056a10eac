"""Write clips and single frames with ffmpeg, marked REHEARSAL."""

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from hashlib import sha256
from math import ceil
from pathlib import Path
from typing import Any, Final

import ffmpeg
from PIL import Image, ImageDraw, ImageFont, ImageOps

from shotgraph.media.font_file import SHIPPED_FONT
from shotgraph.media.output import target
from shotgraph.media.process import Progress, run_ffmpeg
from shotgraph.media.rehearsal_mark import MARK, stamp
from shotgraph.media.source import Stream, address, source
from shotgraph.rehearsal.draw.scene import Frame, Scene

_FONT: Final = SHIPPED_FONT
_LINES: Final = 2
_WIDEST: Final = 0.5
# Characters of the prompt; more never fit, and measuring a very long text takes minutes.
_READ: Final = 1000
_ACCENT, _TEXT, _BOX = (255, 196, 61, 255), (255, 255, 255, 255), (16, 16, 20, 255)


def write_label(scene: Scene, frame: Frame, path: Path) -> None:
    """Write a PNG for the lower left corner: the mark, the take, two lines of the prompt."""
    size_px = max(14, min(frame.width, frame.height) // 36)
    font, widest = _font(size_px), int(frame.width * _WIDEST)
    head = f"{MARK} · {scene.kind} · {scene.take[:8]}"
    lines = [head, *_wrapped(scene.prompt[:_READ], font, widest)]
    pad, step = size_px // 2, size_px * 4 // 3
    # Opaque, and the same size each time: it covers the mark in an input drawn by a rehearsal.
    label = Image.new("RGBA", (widest + 2 * pad, step * (1 + _LINES) + pad), _BOX)
    pen = ImageDraw.Draw(label)
    for number, line in enumerate(lines):
        colour = _TEXT if number else _ACCENT
        pen.text((pad, pad // 2 + number * step), line, font=font, fill=colour)
    label.save(path, "PNG")


@lru_cache(maxsize=8)
def _font(size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_FONT, size_px)


def _wrapped(text: str, font: ImageFont.FreeTypeFont, widest: int) -> list[str]:
    lines = list(_filled(text.split(), font, widest))
    if len(lines) <= _LINES:
        return lines
    return [*lines[: _LINES - 1], _cut(" ".join(lines[_LINES - 1 :]), font, widest)]


def _filled(words: list[str], font: ImageFont.FreeTypeFont, widest: int) -> Iterator[str]:
    line = ""
    for word in words:
        longer = f"{line} {word}".lstrip()
        if line and font.getlength(longer) > widest:
            yield _cut(line, font, widest)
            longer = word
        line = longer
    if line:
        yield _cut(line, font, widest)


def _cut(line: str, font: ImageFont.FreeTypeFont, widest: int) -> str:
    if font.getlength(line) <= widest:
        return line

    def width(length: int) -> int:
        return ceil(font.getlength(f"{line[:length]}…"))

    fits = bisect_right(range(len(line)), widest, key=width) - 1
    return f"{line[: max(0, fits)].rstrip()}…"


_TIMEOUT_S = 120
_MARGIN_PX = 16
_LABEL, _ROW = 90, 91


@dataclass(frozen=True)
class DrawnShot:
    """The streams of a shot.

    Attributes:
        picture: A stream of the frame's size; it may be longer than `frames`.
        sound: An audio stream, or None.
        copies_sound: Whether the sound is copied without coding.
    """

    picture: Stream
    frame: Frame
    rate: Fraction
    frames: int
    sound: Stream | None = None
    copies_sound: bool = False


def timed(stream: Stream, rate: Fraction) -> Stream:
    """Set the frames' times again, at an exact rate."""
    return stream.filter("setpts", f"N*{rate.denominator}/({rate.numerator}*TB)")


def sized(stream: Stream, frame: Frame) -> Stream:
    """Fill a frame without distortion: scale the picture until it covers the frame, then crop."""
    covered = stream.filter(
        "scale", frame.width, frame.height, force_original_aspect_ratio="increase"
    )
    return covered.filter("crop", frame.width, frame.height).filter("setsar", 1)


async def film(
    scene: Scene, shot: DrawnShot, work: Path, path: Path, log: Callable[[str], None]
) -> None:
    """Write a shot with its mark; if it has a video and pictures, the pictures go in a corner."""
    marked = _marked(scene, shot, work).filter("format", "yuv420p")
    # The option -frames:v won't do: with it, ffmpeg 5.1 ends the sound as soon as the last frame
    # is coded, and that frame is coded before the sound of the same time.
    picture = marked.filter("trim", end_frame=shot.frames)
    streams = [picture] if shot.sound is None else [picture, shot.sound]
    with target(path) as part:
        output = ffmpeg.output(
            *streams,
            address(part),
            format="mp4",
            vcodec="libx264",
            preset="superfast",
            crf=20,
            threads=2,
            r=f"{shot.rate.numerator}/{shot.rate.denominator}",
            fps_mode="cfr",
            movflags="+faststart",
            map_metadata=-1,
            **({} if shot.sound is None else _sound_options(shot)),
        )
        await run_ffmpeg(output, timeout_s=_TIMEOUT_S, on_progress=_percent(shot.frames, log))
        await asyncio.to_thread(stamp, part)


def _sound_options(shot: DrawnShot) -> dict[str, str]:
    coded = {"acodec": "copy"} if shot.copies_sound else {"acodec": "aac", "audio_bitrate": "192k"}
    # A filter can't trim copied sound, which may be longer than the picture.
    return {**coded, "t": f"{round(shot.frames / shot.rate * 10**6)}us"}


def _marked(scene: Scene, shot: DrawnShot, work: Path) -> Stream:
    label = work / "label.png"
    write_label(scene, shot.frame, label)
    picture = ffmpeg.overlay(
        shot.picture, source(label, index=_LABEL), x=_MARGIN_PX, y=f"H-h-{_MARGIN_PX}"
    )
    if scene.video is None or not scene.pictures:
        return picture
    row = work / "row.png"
    write_row(scene.pictures, shot.frame, row)
    return ffmpeg.overlay(picture, source(row, index=_ROW), x=f"W-w-{_MARGIN_PX}", y=_MARGIN_PX)


def _percent(frames: int, log: Callable[[str], None]) -> Callable[[Progress], None]:
    def report(progress: Progress) -> None:
        log(f"Drawn {min(100, progress.frames * 100 // frames)} %")

    return report


LEAST_BYTES = 3 << 19


class DrawnOnce:
    """Draws the first job of each shape, and copies the drawing for later jobs of that shape."""

    def __init__(self, draw: Callable[..., Any], folder: Path) -> None:
        self._draw = draw
        self._folder = folder
        self._drawn: dict[tuple[Any, ...], Path] = {}
        self._lock = asyncio.Lock()

    async def __call__(
        self, scene: Scene, work: Path, path: Path, log: Callable[[str], None]
    ) -> None:
        """Draw a scene to `path`, or copy the drawing of an earlier scene."""
        shape = _shape(scene)
        async with self._lock:
            if shape not in self._drawn:
                drawn = self._folder / f"drawn-{len(self._drawn)}.mp4"
                await self._draw(scene, work, drawn, log)
                self._drawn[shape] = drawn
        await asyncio.to_thread(_copy, self._drawn[shape], path, work / "copy", scene.take)


def _shape(scene: Scene) -> tuple[Any, ...]:
    video = scene.video.info if scene.video else None
    start = size_of(scene.start_image) if scene.start_image else None
    chosen = (scene.duration_s, scene.aspect_ratio, scene.keep_audio)
    return scene.kind, chosen, video, start


def _copy(drawn: Path, path: Path, part: Path, take: str) -> None:
    film = drawn.read_bytes()
    mark = take.encode()
    marks = mark * max(1, (LEAST_BYTES - len(film)) // len(mark) + 1)
    box = (8 + len(marks)).to_bytes(4, "big") + b"free" + marks
    part.write_bytes(film + box)
    stamp(part)
    part.replace(path)


_GAP_PX = 8
_WIDEST_STILL = 0.6
_HIGHEST = 0.15


def size_of(path: Path) -> Frame:
    """Return the size of a picture as displayed, with its EXIF rotation."""
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image)
        return Frame(*upright.size)


def write_filling(picture: Path, frame: Frame, path: Path) -> None:
    """Write a copy of a picture that fills a frame; two sides are cropped."""
    _fitted(picture, frame).save(path, "PNG", compress_level=0)


def write_row(pictures: Sequence[Path], frame: Frame, path: Path) -> None:
    """Write one picture with all pictures side by side, small enough for a corner of the frame."""
    height = int(frame.height * _HIGHEST)
    ratios = [size.width / size.height for size in map(size_of, pictures)]
    room = frame.width * _WIDEST_STILL - _GAP_PX * (len(pictures) - 1)
    height = max(8, int(min(height, room / sum(ratios))))
    widths = [max(8, int(ratio * height)) for ratio in ratios]
    row = Image.new("RGBA", (sum(widths) + _GAP_PX * (len(widths) - 1), height))
    left = 0
    for picture, width in zip(pictures, widths, strict=True):
        row.paste(_fitted(picture, Frame(width, height)), (left, 0))
        left += width + _GAP_PX
    row.save(path, "PNG")


def write_backdrop(prompt: str, frame: Frame, path: Path) -> None:
    """Write a picture for a shot without pictures: light and dark areas that the prompt decides."""
    digest = sha256(prompt.encode()).digest()
    small = Image.frombytes("L", (8, 4), digest)
    sized = small.resize((frame.width, frame.height), Image.Resampling.BICUBIC)
    sized.convert("RGB").save(path, "PNG", compress_level=0)


def _fitted(picture: Path, frame: Frame) -> Image.Image:
    with Image.open(picture) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    return ImageOps.fit(upright, (frame.width, frame.height), Image.Resampling.BICUBIC)
