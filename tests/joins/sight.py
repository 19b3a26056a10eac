"""A film, as one who plays it sees and hears it."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.video.frame import VideoFrame
from PIL import Image

from shotgraph.media.binary import find_ffmpeg
from shotgraph.media.reader import ratio
from tests.joins.takes import Take
from tests.media.coded_clips import (
    Box,
    Code,
    fitted,
    is_in_place,
    read_code,
    tone_onsets_s,
)


@dataclass(frozen=True)
class Picture:
    """One shown frame.

    Attributes:
        at: Seconds.
        code: Which it is, where a clip of the film lies as it should; None elsewhere, and in a
            frame of another size than the film's.
        is_in_place: Whether it is there to the pixel, or nearly, and not distorted.
    """

    at: Fraction
    code: Code | None
    is_in_place: bool


@dataclass(frozen=True)
class Hearing:
    """The sound of a film: its channels, and its first and last second."""

    layout: str
    sample_rate_hz: int
    begin: Fraction
    end: Fraction


@dataclass(frozen=True)
class Sight:
    """A film.

    Attributes:
        size: Pixels.
        rate: Frames per second, as the file says.
        pictures: What is shown.
        onsets_s: When a tone begins.
        heard: Its sound, if it has any.
        complaints: What is wrong with the file itself.
    """

    size: tuple[int, int]
    rate: Fraction
    pictures: list[Picture]
    onsets_s: list[float]
    heard: Hearing | None
    complaints: list[str]


def look_at(film: Path, takes: Sequence[Take], *, unscaled: bool = False) -> Sight:
    """Play a film.

    Args:
        film: The file.
        takes: What it should show.
        unscaled: Whether a clip may also lie in the middle of a larger frame as it is.

    Raises:
        av.FFmpegError: It can't be played at all.
    """
    with av.open(str(film)) as media:
        stream = media.streams.video[0]
        size = (stream.width, stream.height)
        rate = ratio(stream.average_rate) or Fraction(0)
        boxes = _boxes(size, takes, unscaled=unscaled)
        pictures = []
        for frame in media.decode(video=0):
            fits = (frame.width, frame.height) == size
            code, in_place = _recognise(_luma(frame), boxes) if fits else (None, False)
            at = (frame.pts or 0) * (frame.time_base or Fraction(0))
            pictures.append(Picture(at, code, in_place))
    heard = _heard(film)
    onsets_s = tone_onsets_s(film) if heard else []
    return Sight(size, rate, pictures, onsets_s, heard, _complaints(film))


def _luma(frame: VideoFrame) -> Image.Image:
    grey = frame.reformat(format="gray").planes[0]
    size = (frame.width, frame.height)
    return Image.frombytes("L", size, bytes(grey), "raw", "L", grey.line_size, 1)


def _boxes(
    size: tuple[int, int], takes: Sequence[Take], *, unscaled: bool
) -> list[tuple[int, Box]]:
    boxes = []
    for take in takes:
        boxes.append((take.clip, fitted(take.shown, size)))
        width, height = take.shown
        if unscaled and width <= size[0] and height <= size[1]:
            left, top = (size[0] - width) // 2, (size[1] - height) // 2
            boxes.append((take.clip, (left, top, left + width, top + height)))
    return list(dict.fromkeys(boxes))


def _recognise(luma: Image.Image, boxes: list[tuple[int, Box]]) -> tuple[Code | None, bool]:
    found = None
    for clip, box in boxes:
        code = read_code(luma, box)
        if code is None or code[0] != clip:
            continue
        if is_in_place(luma, box):
            return code, True
        found = code
    return found, False


def _heard(film: Path) -> Hearing | None:
    """What is heard of the sound: an edit list may end it before its last packet."""
    with av.open(str(film)) as media:
        if not media.streams.audio:
            return None
        stream = media.streams.audio[0]
        spans = [
            (
                at := (frame.pts or 0) * (frame.time_base or 0),
                at + Fraction(frame.samples, frame.rate),
            )
            for frame in media.decode(audio=0)
        ]
        if not spans:
            return None
        begin, end = Fraction(spans[0][0]), Fraction(spans[-1][1])
        if stream.duration and stream.time_base:
            end = min(end, begin + stream.duration * stream.time_base)
        codec = stream.codec_context
        return Hearing(codec.layout.name, codec.sample_rate, begin, end)


def _complaints(film: Path) -> list[str]:
    """What ffmpeg says while it decodes all of a film, and clocks that run backwards."""
    found = []
    played = subprocess.run(
        [
            *(str(find_ffmpeg().path), "-hide_banner", "-nostdin", "-v", "error"),
            *("-i", f"file:{film}", "-fps_mode", "passthrough", "-f", "null", "-"),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=600,
        check=False,
    )
    # What it writes to, nowhere, has a clock of its own, too coarse for some films.
    beside = ("[null", "    Last message repeated")
    said = [line for line in played.stderr.splitlines() if line and not line.startswith(beside)]
    if played.returncode or said:
        found.append(f"ffmpeg: {(said or ['failed'])[0]}")
    with av.open(str(film)) as media:
        last: dict[int, int] = {}
        for packet in media.demux():
            if packet.dts is None:
                continue
            if packet.dts <= last.get(packet.stream.index, packet.dts - 1):
                found.append(f"its {packet.stream.type} has a clock that does not run forwards")
                break
            last[packet.stream.index] = packet.dts
    return found
