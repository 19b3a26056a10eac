"""Decode a stretch of a clip once, and measure it.

The pictures are made small by swscale, which averages; what is then left to do in Python is sums
over 5,184 pixels. It takes 0.1 to 0.2 s of a processor for a second of 1280 x 720, most of it in
the decoder.
"""

from array import array
from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby
from math import sqrt
from operator import sub
from pathlib import Path
from typing import Any

from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from shotgraph.media.quality.measures import (
    END_SIZE,
    GRID,
    HEIGHT,
    SOUND_STEP_S,
    WIDTH,
    HeardStep,
    Measures,
    SeenFrame,
)
from shotgraph.media.quality.thresholds import BLACK_LEVEL
from shotgraph.media.reader import opened, ratio
from shotgraph.media.reading import reading
from shotgraph.media.source import identify
from shotgraph.media.watches import Stretch

_DARK = bytes(range(int(255 * BLACK_LEVEL.value) + 1))
_RATE_HZ = 48_000
_STEP = int(_RATE_HZ * SOUND_STEP_S)
_FULL = (32767, -32768)
_RUN = 3


def measure_here(path: Path, *, begin_s: int, audio_track: int | None = None) -> Measures:
    """Decode the stretch of `CHUNK_S` seconds from `begin_s` on, and measure it.

    Args:
        path: A video.
        begin_s: Seconds after the first picture.
        audio_track: Which of several sound tracks is used, from 1.

    Raises:
        MediaError: The file can't be read at all. What does not decode in it is left out:
            `inspect_here` finds that.
    """
    with reading(path, audio_track=audio_track) as found:
        indexes = [stream.index for stream, _ in found.tracks]
        rate, zero = found.info.frame_rate or Fraction(24), found.info.start
        picture = found.picture.index if found.picture is not None else None
    stretch = Stretch(Fraction(begin_s), zero)
    eye, ears = _Eye(stretch), _Ears(stretch)
    with opened(path, identify(path), looks_inside=False) as media:
        streams = [media.streams[index] for index in indexes]
        if begin_s and picture is not None:
            stream = media.streams[picture]
            media.seek(_place(stream, stretch), stream=stream)
        for stream, frame in _frames(media, streams, stretch):
            if isinstance(frame, VideoFrame) and stream.index == picture:
                eye.see(frame, stretch.at(frame.pts or 0, stream))
            elif isinstance(frame, AudioFrame):
                ears.hear(frame, stretch.at(frame.pts or 0, stream))
    return Measures(
        tuple(eye.frames),
        1 / rate,
        tuple(ears.steps()),
        ears.from_s,
        eye.first,
        eye.last,
    )


def _place(stream: Stream, stretch: Stretch) -> int:
    # A second before: the first frame of the stretch is compared with those before it.
    wanted = stretch.begin + stretch.zero - 1
    return int(wanted / (ratio(stream.time_base) or 1))


def _frames(
    media: InputContainer, streams: list[Stream], stretch: Stretch
) -> Iterator[tuple[Stream, VideoFrame | AudioFrame]]:
    """The frames of all streams until each has passed the end of the stretch."""
    for stream in streams:
        codec: Any = stream.codec_context
        codec.thread_type, codec.thread_count = "NONE", 1
    left = {stream.index for stream in streams}
    for packet in media.demux(streams):
        time = packet.dts if packet.dts is not None else packet.pts
        if time is not None and stretch.at(time, packet.stream) >= stretch.end + 1:
            left.discard(packet.stream.index)
            if not left:
                return
        try:
            decoded: Any = packet.decode()
        except FFmpegError:
            continue
        for frame in decoded:
            if frame.pts is not None:
                yield packet.stream, frame


class _Eye:
    """Looks at one frame after the other."""

    def __init__(self, stretch: Stretch) -> None:
        self.frames: list[SeenFrame] = []
        self.first = b""
        self._stretch = stretch
        self._before: list[bytes] = []
        self._last_frame: VideoFrame | None = None
        # One for all frames: a frame's own would be made anew for each, in twice the time.
        self._scaler = VideoReformatter()

    def see(self, frame: VideoFrame, at_s: Fraction) -> None:
        """Measure a frame that is in the stretch; one before it is remembered."""
        if at_s >= self._stretch.end or at_s < 0:
            return
        small = self._scaler.reformat(
            frame, WIDTH, HEIGHT, "gray", interpolation=Interpolation.AREA
        )
        grey = _plane(small)
        if at_s >= self._stretch.begin:
            if not self.first:
                self.first = _ends(frame)
            self.frames.append(_measured(grey, at_s, self._before))
            self._last_frame = frame
        self._before = [grey, *self._before[:1]]

    @property
    def last(self) -> bytes:
        """The last frame that was seen, small; empty if there is none."""
        return _ends(self._last_frame) if self._last_frame is not None else b""


def _measured(grey: bytes, at_s: Fraction, before: list[bytes]) -> SeenFrame:
    pixels = WIDTH * HEIGHT
    luma, dark = sum(grey) / pixels, 1 - len(grey.translate(None, _DARK)) / pixels
    if not before:
        blank = bytes(GRID[0] * GRID[1])
        return SeenFrame(at_s, round(luma, 2), round(dark, 3), 0.0, 0, 0.0, blank)
    apart = bytes(map(abs, map(sub, grey, before[0])))
    over = sum(map(abs, map(sub, grey, before[1]))) / pixels if len(before) > 1 else 0.0
    return SeenFrame(
        at_s,
        round(luma, 2),
        round(dark, 3),
        round(sum(apart) / pixels, 3),
        max(apart),
        round(over, 3),
        _cells(apart),
    )


def _cells(apart: bytes) -> bytes:
    """The root of the mean of each cell, times 16: it has room for little motion and for much."""
    columns, rows = GRID
    wide = WIDTH // columns
    sums = [0] * (columns * rows)
    counts = [0] * rows
    for y in range(HEIGHT):
        row = y * rows // HEIGHT
        counts[row] += wide
        for column in range(columns):
            at = y * WIDTH + column * wide
            sums[row * columns + column] += sum(apart[at : at + wide])
    means = (one / counts[at // columns] for at, one in enumerate(sums))
    return bytes(min(255, round(16 * sqrt(mean))) for mean in means)


def _ends(frame: VideoFrame) -> bytes:
    small = frame.reformat(*END_SIZE, "rgb24", interpolation=Interpolation.AREA)
    return _plane(small, bytes_each=3)


def _plane(frame: VideoFrame, bytes_each: int = 1) -> bytes:
    """The pixels of a frame with one plane, without what pads its lines."""
    plane, wide = frame.planes[0], frame.width * bytes_each
    data = bytes(plane)
    if plane.line_size == wide:
        return data[: wide * frame.height]
    lines = range(0, plane.line_size * frame.height, plane.line_size)
    return b"".join(data[at : at + wide] for at in lines)


class _Ears:
    """Listens to one frame of sound after the other."""

    def __init__(self, stretch: Stretch) -> None:
        self.from_s = stretch.begin
        self._stretch = stretch
        # Its own channels: mixed to others they would be quieter, and clipping would be lost.
        self._resampler = AudioResampler(format="s16p", rate=_RATE_HZ)
        self._sides: list[array[int]] = []
        self._begun = False

    def hear(self, frame: AudioFrame, at_s: Fraction) -> None:
        """Take a frame whose beginning is in the stretch."""
        if not self._stretch.begin <= at_s < self._stretch.end:
            return
        if not self._begun:
            self.from_s, self._begun = at_s, True
        for one in self._resampler.resample(frame):
            self._sides = self._sides or [array("h") for _ in one.planes]
            for side, plane in zip(self._sides, one.planes, strict=False):
                side.frombytes(bytes(plane)[: 2 * one.samples])

    def steps(self) -> Iterator[HeardStep]:
        """What was heard, in steps."""
        for at in range(0, len(self._sides[0]) if self._sides else 0, _STEP):
            parts = [side[at : at + _STEP] for side in self._sides]
            peak = max(abs(end) for part in parts for end in (min(part), max(part)))
            yield HeardStep(peak, max(_clipped(part) for part in parts))


def _clipped(part: "array[int]") -> int:
    if sum(map(part.count, _FULL)) < _RUN:
        return 0
    runs = ((value, sum(1 for _ in run)) for value, run in groupby(part))
    return sum(length for value, length in runs if value in _FULL and length >= _RUN)
