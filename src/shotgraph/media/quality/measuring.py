"""Decode a stretch of a clip once, strictly, and measure it.

The pictures are scaled down by swscale, which averages pixels, and compared by Pillow. A second of
1280 x 720 takes 0.1 s on one processor, most of it in the decoder.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from math import sqrt
from operator import mul
from pathlib import Path

from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from PIL import Image, ImageChops

from shotgraph.media.findings import Findings
from shotgraph.media.info import MediaInfo
from shotgraph.media.inspection import inspect_here
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
from shotgraph.media.watches import Onlooker, Stretch

_LIGHT = int(255 * BLACK_LEVEL.value) + 1
_RATE_HZ = 48_000
_STEP = int(_RATE_HZ * SOUND_STEP_S)
_WIDE, _HIGH = WIDTH // GRID[0], -(-HEIGHT // GRID[1])
"""The width and height of a cell; cells of the last row are lower."""
_LAST_ROW = _HIGH * (GRID[1] - 1)
_FULL = (32767, -32768)
_RUN = 3


@dataclass(frozen=True)
class DecodedStretch:
    """The results of decoding a stretch once.

    Attributes:
        findings: The parts that do not decode, and changes of format inside the stretch.
        measures: The measures of its picture and sound.
    """

    findings: Findings
    measures: Measures


def look_here(path: Path, *, begin_s: int, audio_track: int | None = None) -> DecodedStretch:
    """Decode and measure the stretch of `CHUNK_S` seconds from `begin_s` on.

    It is decoded as by `inspect_here`. Parts that do not decode are not measured.

    Args:
        path: A video.
        begin_s: Seconds after the first picture.
        audio_track: The number of the sound track to use, from 1.

    Raises:
        MediaError: The file can't be read at all.
    """
    onlooker = _Onlooker(begin_s)
    findings = inspect_here(path, begin_s=begin_s, audio_track=audio_track, onlooker_of=onlooker.of)
    return DecodedStretch(findings, onlooker.measures())


class _Onlooker:
    """Measures the decoded frames of a stretch."""

    def __init__(self, begin_s: int) -> None:
        self._begin_s = Fraction(begin_s)

    def of(self, info: MediaInfo) -> Onlooker:
        """Begin a file; give the function that takes its frames."""
        stretch = Stretch(self._begin_s, info.start)
        self._frame_s = 1 / (info.frame_rate or Fraction(24))
        self._eye, self._ears = _Eye(stretch), _Ears(stretch)
        return self._take

    def _take(self, frame: VideoFrame | AudioFrame, at_s: Fraction) -> None:
        if isinstance(frame, VideoFrame):
            self._eye.see(frame, at_s)
        else:
            self._ears.hear(frame, at_s)

    def measures(self) -> Measures:
        """Give the measures of all frames so far."""
        return Measures(
            tuple(self._eye.frames),
            self._frame_s,
            tuple(self._ears.steps()),
            self._ears.from_s,
            self._eye.first,
            self._eye.last,
        )


class _Eye:
    """Measures the pictures of a stretch in order."""

    def __init__(self, stretch: Stretch) -> None:
        self.frames: list[SeenFrame] = []
        self.first = b""
        self._stretch = stretch
        self._before: list[Image.Image] = []
        self._last_frame: VideoFrame | None = None
        # One for all frames: a new scaler for each frame would take twice the time.
        self._scaler = VideoReformatter()

    def see(self, frame: VideoFrame, at_s: Fraction) -> None:
        """Measure a frame of the stretch; keep an earlier one for the comparison only."""
        if at_s >= self._stretch.end or at_s < 0:
            return
        small = self._scaler.reformat(
            frame, WIDTH, HEIGHT, "gray", interpolation=Interpolation.AREA
        )
        grey = _picture(small, "L")
        if at_s >= self._stretch.begin:
            if not self.first:
                self.first = _ends(frame)
            self.frames.append(_measured(grey, at_s, self._before))
            self._last_frame = frame
        self._before = [grey, *self._before[:1]]

    @property
    def last(self) -> bytes:
        """The last measured frame as a small picture; empty if there is none."""
        return _ends(self._last_frame) if self._last_frame is not None else b""


def _measured(grey: Image.Image, at_s: Fraction, before: list[Image.Image]) -> SeenFrame:
    pixels, levels = WIDTH * HEIGHT, grey.histogram()
    luma, dark = _total(levels) / pixels, sum(levels[:_LIGHT]) / pixels
    if not before:
        blank = bytes(GRID[0] * GRID[1])
        return SeenFrame(at_s, round(luma, 2), round(dark, 3), 0.0, 0, 0.0, blank)
    apart = ImageChops.difference(grey, before[0])
    totals, (_, most) = _cell_totals(apart), apart.getextrema()
    assert isinstance(most, int)  # noqa: S101  it has one band, of whole numbers
    over = 0
    if len(before) > 1:
        over = _total(ImageChops.difference(grey, before[1]).histogram())
    return SeenFrame(
        at_s,
        round(luma, 2),
        round(dark, 3),
        round(sum(total for total, _ in totals) / pixels, 3),
        most,
        round(over / pixels, 3),
        bytes(min(255, round(16 * sqrt(total / cell))) for total, cell in totals),
    )


def _total(histogram: list[int]) -> int:
    """The sum of all pixels."""
    return sum(map(mul, histogram, range(256)))


def _cell_totals(apart: Image.Image) -> list[tuple[int, int]]:
    """The sum and the number of each cell's pixels, by rows; cells of the last row are lower."""
    # As floats: the mean of whole numbers would be rounded.
    exact, found = apart.convert("F"), []
    for top, bottom, high in ((0, _LAST_ROW, _HIGH), (_LAST_ROW, HEIGHT, HEIGHT - _LAST_ROW)):
        cells, pixels = exact.reduce((_WIDE, high), box=(0, top, WIDTH, bottom)), _WIDE * high
        found += [(round(mean * pixels), pixels) for mean in array("f", cells.tobytes())]
    return found


def _ends(frame: VideoFrame) -> bytes:
    small = frame.reformat(*END_SIZE, "rgb24", interpolation=Interpolation.AREA)
    return _picture(small, "RGB").tobytes()


def _picture(frame: VideoFrame, mode: str) -> Image.Image:
    """Make an image of a frame with one plane, without the padding of its lines."""
    plane = frame.planes[0]
    size = (frame.width, frame.height)
    return Image.frombytes(mode, size, bytes(plane), "raw", mode, plane.line_size)


class _Ears:
    """Measures the sound of a stretch in order."""

    def __init__(self, stretch: Stretch) -> None:
        self.from_s = stretch.begin
        self._stretch = stretch
        # The layout stays: mixed channels would be quieter, and clipping would be lost.
        self._resampler = AudioResampler(format="s16p", rate=_RATE_HZ)
        self._sides: list[array[int]] = []
        self._begun = False

    def hear(self, frame: AudioFrame, at_s: Fraction) -> None:
        """Take a frame that begins in the stretch."""
        if not self._stretch.begin <= at_s < self._stretch.end:
            return
        if not self._begun:
            self.from_s, self._begun = at_s, True
        for one in self._resampler.resample(frame):
            self._sides = self._sides or [array("h") for _ in one.planes]
            for side, plane in zip(self._sides, one.planes, strict=False):
                side.frombytes(bytes(plane)[: 2 * one.samples])

    def steps(self) -> Iterator[HeardStep]:
        """Give the measures of the sound in steps."""
        for at in range(0, len(self._sides[0]) if self._sides else 0, _STEP):
            parts = [side[at : at + _STEP] for side in self._sides]
            peak = max(abs(end) for part in parts for end in (min(part), max(part)))
            yield HeardStep(peak, max(_clipped(part) for part in parts))


def _clipped(part: "array[int]") -> int:
    if sum(map(part.count, _FULL)) < _RUN:
        return 0
    runs = ((value, sum(1 for _ in run)) for value, run in groupby(part))
    return sum(length for value, length in runs if value in _FULL and length >= _RUN)
