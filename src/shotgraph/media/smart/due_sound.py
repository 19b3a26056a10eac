"""The sound that a film should have, and the sound it has: a stretch at a time, at 48 kHz.

The clips are decoded here, not by the graph that made the film, and put at their times in the film.
Past samples are dropped, so that the memory does not grow with the film's length.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Stream

from shotgraph.media.info import MediaInfo
from shotgraph.media.reader import opened, ratio
from shotgraph.media.smart.clip import Clip
from shotgraph.media.sound import CHANNELS, SAMPLE_RATE_HZ, sample_at
from shotgraph.media.source import identify
from shotgraph.media.target_format import ChannelLayout

SAMPLE_BYTES = 2
_BLOCK = 65_536
# Gaps below 5 ms stay in a clip (see `FOLLOWS_CLOCK`); a clock in milliseconds is off by up to 1.
_GAP, _GAP_OF_FILMS = Fraction(5, 1000), Fraction(1, 1000)

Planes: TypeAlias = list[bytearray]
"""16-bit samples, one plane for each channel."""


@dataclass(frozen=True)
class Heard:
    """A stretch of a clip's sound in a film; all counts are samples at 48 kHz.

    Attributes:
        path: The clip.
        info: The properties of its streams.
        start: Seconds on the file's clock from which samples are counted; None for its first sound.
        at: The first sample of the stretch in the film.
        samples: The length.
        first: The first sample of the stretch in the clip.
        gain_db: The gain in the film over the clip.
    """

    path: Path
    info: MediaInfo
    start: Fraction | None
    at: int
    samples: int
    first: int = 0
    gain_db: float = 0.0

    @classmethod
    def of(cls, clip: Clip, at: int, samples: int, *, first: int = 0) -> "Heard":
        """Make a stretch of a clip's sound; samples are counted from the clip's first picture."""
        return cls(clip.path, clip.info, clip.start, at, samples, first)


class Lane:
    """Parts of a film's sound that do not overlap, each at its time in the film."""

    def __init__(self, parts: Sequence[Heard], layout: ChannelLayout) -> None:
        self._parts, self._layout = parts, layout
        self._sounds: dict[int, _ClipSound] = {}

    def cut(self, begin: int, end: int) -> Planes:
        """Give the samples of a stretch; each call must begin after the previous stretch.

        Raises:
            MediaError: A clip can't be read.
        """
        lane = [bytearray((end - begin) * SAMPLE_BYTES) for _ in range(CHANNELS[self._layout])]
        for number, part in enumerate(self._parts):
            first, last = max(begin, part.at), min(end, part.at + part.samples)
            if last <= first or part.info.audio is None:
                if part.at + part.samples <= begin and number in self._sounds:
                    self._sounds.pop(number).close()
                continue
            if number not in self._sounds:
                self._sounds[number] = _ClipSound(part, self._layout)
            skipped = part.first - part.at
            planes = self._sounds[number].cut(first + skipped, last + skipped)
            where = slice((first - begin) * SAMPLE_BYTES, (last - begin) * SAMPLE_BYTES)
            for plane, data in zip(lane, planes, strict=True):
                plane[where] = data
        return lane

    def close(self) -> None:
        """Close the clips."""
        for sound in self._sounds.values():
            sound.close()
        self._sounds.clear()


class FilmSound:
    """The decoded sound of a film."""

    def __init__(self, film: Path, layout: ChannelLayout) -> None:
        self._sound = _Sound(film, None, Fraction(0), layout, _GAP_OF_FILMS)

    def cut(self, begin: int, end: int) -> Planes:
        """Give the samples of a stretch, as `Lane.cut` does."""
        return self._sound.cut(begin, end)

    def close(self) -> None:
        """Close the film."""
        self._sound.close()


class _ClipSound:
    def __init__(self, part: Heard, layout: ChannelLayout) -> None:
        audio = part.info.audio
        assert audio is not None  # noqa: S101  only of clips with sound
        self._layout = layout
        self._sides: tuple[_Sound, ...] = ()
        if len(audio.streams) == 2:
            self._sides = tuple(
                _Sound(part.path, each, part.start, "mono", _GAP) for each in audio.streams
            )
            return
        index = audio.streams[0] if audio.streams else None
        self._whole = _Sound(part.path, index, part.start, layout, _GAP)

    def cut(self, begin: int, end: int) -> Planes:
        if not self._sides:
            return self._whole.cut(begin, end)
        sides = [side.cut(begin, end)[0] for side in self._sides]
        if self._layout == "stereo":
            return sides
        return resampled(sides, "stereo", self._layout, SAMPLE_RATE_HZ)

    def close(self) -> None:
        for each in self._sides or (self._whole,):
            each.close()


class _Sound:
    """A track, from `zero` on the file's clock, or from its first sample if `zero` is None."""

    def __init__(
        self,
        path: Path,
        index: int | None,
        zero: Fraction | None,
        layout: ChannelLayout,
        gap: Fraction,
    ) -> None:
        self._path, self._index, self._zero = path, index, zero
        self._layout, self._gap = layout, gap
        self._planes: Planes = [bytearray() for _ in range(CHANNELS[layout])]
        self._begin = 0  # the number of the first sample in memory
        self._steps = self._decoded()

    def cut(self, begin: int, end: int) -> Planes:
        """Give samples by their numbers, silence where they are missing, and drop earlier ones."""
        # After a step back on the file's clock, the new samples replace the old ones.
        while self._begin + self._held < end + _BLOCK and next(self._steps, None) is not None:
            self._forget(begin)
        self._forget(begin)
        early = max(0, min(self._begin, end) - begin) * SAMPLE_BYTES
        size = (end - begin) * SAMPLE_BYTES
        return [
            (bytearray(early) + plane[: size - early]).ljust(size, b"\0") for plane in self._planes
        ]

    def close(self) -> None:
        self._steps.close()

    @property
    def _held(self) -> int:
        return len(self._planes[0]) // SAMPLE_BYTES

    def _forget(self, before: int) -> None:
        gone = max(0, min(before - self._begin, self._held))
        for plane in self._planes:
            del plane[: gone * SAMPLE_BYTES]
        self._begin += gone

    def _decoded(self) -> Generator[bool, None, None]:
        with opened(self._path, identify(self._path), looks_inside=False) as media:
            stream = media.streams.audio[0] if self._index is None else media.streams[self._index]
            resampler: AudioResampler | None = None
            due = Fraction(0)
            for frame in _sounding(media, stream):
                at = (ratio(frame.time_base) or Fraction(0)) * (frame.pts or 0)
                self._zero = at if self._zero is None else self._zero
                at -= self._zero
                if resampler is None or abs(at - due) > self._gap:
                    if resampler is None:
                        self._begin = sample_at(at)
                    else:
                        _take(self._planes, resampler.resample(None))
                    self._reach(sample_at(at))
                    resampler, due = AudioResampler("s16p", self._layout, SAMPLE_RATE_HZ), at
                due += Fraction(frame.samples, frame.sample_rate)
                frame.pts = None
                _take(self._planes, resampler.resample(frame))
                yield True
            _take(self._planes, resampler.resample(None) if resampler is not None else ())

    def _reach(self, place: int) -> None:
        """Cut or fill the samples in memory so that the next sample has this number."""
        self._begin = min(self._begin, place)  # the clock may step back before all samples
        samples = place - self._begin
        for plane in self._planes:
            del plane[max(0, samples * SAMPLE_BYTES) :]
            plane.extend(bytes(max(0, samples * SAMPLE_BYTES - len(plane))))


def _sounding(media: InputContainer, stream: Stream) -> Iterator[AudioFrame]:
    """Decode without errors: a clip may be damaged where the film does not use it."""
    for packet in media.demux(stream):
        with suppress(FFmpegError):
            yield from (each for each in packet.decode() if isinstance(each, AudioFrame))


def _take(planes: Planes, frames: Iterable[AudioFrame]) -> None:
    for frame in frames:
        for plane, data in zip(planes, frame.planes, strict=True):
            plane.extend(memoryview(data)[: frame.samples * SAMPLE_BYTES])


def _frames(planes: Planes, layout: str) -> Iterator[AudioFrame]:
    for begin in range(0, len(planes[0]), _BLOCK):
        size = min(_BLOCK, len(planes[0]) - begin)
        frame = AudioFrame("s16p", layout, size // SAMPLE_BYTES)
        frame.sample_rate = SAMPLE_RATE_HZ
        for plane, data in zip(frame.planes, planes, strict=True):
            part = bytes(data[begin : begin + size])
            plane.update(part.ljust(plane.buffer_size, b"\0"))
        yield frame


def resampled(planes: Planes, was: str, layout: ChannelLayout, rate_hz: int) -> Planes:
    """Convert sound to another layout and rate."""
    made = [bytearray() for _ in range(CHANNELS[layout])]
    resampler = AudioResampler("s16p", layout, rate_hz)
    for frame in _frames(planes, was):
        _take(made, resampler.resample(frame))
    _take(made, resampler.resample(None))
    return made
