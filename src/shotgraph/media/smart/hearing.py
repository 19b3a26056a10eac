"""Listen to a film beside its clips: each channel, to the millisecond.

The clips are decoded here, not by the graph that made the film, and laid where the film should have
them. Then both are compared in windows of 40 ms below 4 kHz, where a coder keeps the wave as it is.
"""

from array import array
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, TypeAlias

from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Stream
from PIL import Image, ImageMath

from shotgraph.media.info import MediaInfo
from shotgraph.media.reader import opened, ratio
from shotgraph.media.smart.clip import Clip
from shotgraph.media.sound import CHANNELS, SAMPLE_RATE_HZ, sample_at
from shotgraph.media.source import identify
from shotgraph.media.target_format import ChannelLayout

_HEARING_HZ = 8000
_WINDOW = 320  # 40 ms, two blocks of AAC
_LENGTH = _WINDOW * SAMPLE_RATE_HZ // _HEARING_HZ
_BYTES = 2
_BLOCK = 65_536
# Of the power of the loudest window nearby. What AAC leaves of noise is off by 11 %, of other sound
# by 2 %; 2 ms too late is 100 % and more at 90 Hz and above. The coder begins less well.
_MOST_OFF, _MOST_OFF_AT_START = 0.2, 0.4
_FLOOR = 100.0**2  # -50 dB of full scale: what a coder leaves of silence lies below
_LEAST_LEFT = 0.02  # of the power; a limiter takes less away
# The fourth channel of 5.1 is for effects below 120 Hz: the coder leaves nothing else of it.
_OF_EFFECTS = 3
# Below it no peak is held down; half of it, for peaks between 4 and 24 kHz are not seen here.
_QUIET = 0.4 * 32768
# Gaps below 5 ms are left as they are (see `FOLLOWS_CLOCK`), and a clock of milliseconds is 1 off.
_GAP, _GAP_OF_FILMS = Fraction(5, 1000), Fraction(1, 1000)
_SLACK_MS, _SLACK_OF_MILLISECONDS_MS = 1, 6
LONGEST_HEARD_S = 300
"""Longer films are not listened to: all of their sound is held at once, 12 MB a minute and copy."""


Gain: TypeAlias = Literal["same", "sum", "level", "any"]


@dataclass(frozen=True)
class Heard:
    """A stretch of a clip's sound in a film; all counts are samples at 48 kHz.

    Attributes:
        path: The clip.
        info: What it holds.
        start: Seconds on the file's clock from which samples are counted; None for its first sound.
        at: Where the stretch begins in the film.
        samples: How long it is.
        first: Where it begins in the clip.
        gain_db: By how much it is louder than in the clip.
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
        """The sound of a clip; its samples are counted from its first picture."""
        return cls(clip.path, clip.info, clip.start, at, samples, first)


def sound_differences(
    film: Path, layout: ChannelLayout, parts: Sequence[Heard], *, gain: Gain = "same"
) -> list[str]:
    """Compare the sound of a film with its clips'.

    Args:
        film: The film.
        layout: Of its sound.
        parts: What should be heard, from the film's start to its end; where two overlap they may
            be mixed in any proportion.
        gain: same if it is as loud as in its clips; sum if two are added, each with its gain, and
            peaks are held down; level if it was made louder or quieter as a
            whole; any if its gain changes on the way, so that what is missing can't be told.

    Returns:
        What is heard otherwise than it should be, in words; nothing if all is right.

    Raises:
        MediaError: A file can't be read.
    """
    if any(one.at + one.samples > three.at for one, three in zip(parts, parts[2:], strict=False)):
        return []  # three at once
    samples = max(part.at + part.samples for part in parts)
    if samples > LONGEST_HEARD_S * SAMPLE_RATE_HZ:
        return []
    audible = {part.path: part for part in parts if part.info.audio is not None}
    ends = {
        path: max(one.first + one.samples for one in parts if one.path == path) for path in audible
    }
    sounds = {path: _of_clip(part, layout, ends[path]) for path, part in audible.items()}
    are_apart = all(one.at + one.samples <= two.at for one, two in pairwise(parts))
    turns = [parts] if are_apart else [parts[::2], parts[1::2]]
    wanted = [_slowed(_lane(each, sounds, samples, layout), layout) for each in turns]
    sounds.clear()
    mixed = frozenset(
        window
        for one, two in pairwise(parts)
        for window in range(two.at // _LENGTH - 1, (one.at + one.samples) // _LENGTH + 2)
        if one.at + one.samples > two.at
    )
    heard = _decoded(film, None, Fraction(0), layout, samples, gap=_GAP_OF_FILMS)
    made = _slowed(_fitted(heard, samples), layout)
    if gain == "sum":
        wanted, gain, mixed = _added(wanted, parts)
    slack = max(map(_slack, audible.values()), default=_SLACK_MS) * _HEARING_HZ // 1000
    for number, channel in enumerate(made):
        if number == _OF_EFFECTS:
            continue
        off = _first_off(channel, [lane[number] for lane in wanted], slack, gain, mixed)
        if off is not None:
            where = f", in channel {number + 1} of {len(made)}" if len(made) > 1 else ""
            return [f"at {off:.2f} s{where} it sounds otherwise than its clips"]
    return []


def _added(
    lanes: Sequence[Sequence[Image.Image]], parts: Sequence[Heard]
) -> tuple[list[list[Image.Image]], Gain, frozenset[int]]:
    """Lanes, added up; where that is too loud, peaks were held down, and any gain is right."""
    gains = [10 ** (part.gain_db / 20) for part in parts[: len(lanes)]]
    sums = [_mixed(channel, gains) for channel in zip(*lanes, strict=True)]
    loudest = max((max(map(abs, _extrema(each))) for each in sums), default=0.0)
    return [sums], "same" if loudest < _QUIET else "any", frozenset()


def _mixed(channel: Sequence[Image.Image], gains: Sequence[float]) -> Image.Image:
    whole = channel[0].point(_times(gains[0]))
    for each, gain in zip(channel[1:], gains[1:], strict=True):
        louder = each.point(_times(gain))
        whole = _calculated(lambda has: has["one"] + has["other"], whole, louder)
    return whole


def _calculated(
    formula: Callable[[dict[str, Any]], Any], one: Image.Image, other: Image.Image
) -> Image.Image:
    made = ImageMath.lambda_eval(formula, one=one, other=other)
    assert isinstance(made, Image.Image)  # noqa: S101  of two images
    return made


def _times(gain: float) -> Callable[[Any], Any]:
    return lambda level: level * gain + 0


def _extrema(image: Image.Image) -> tuple[float, float]:
    least, most = image.getextrema()
    assert not isinstance(least, tuple)  # noqa: S101  it has one band
    assert not isinstance(most, tuple)  # noqa: S101
    return float(least), float(most)


def _slack(part: Heard) -> int:
    is_precise = part.info.container in ("mp4", "mov")
    return _SLACK_MS if is_precise else _SLACK_OF_MILLISECONDS_MS


Planes = list[bytearray]
"""16-bit samples, one plane for each channel."""


def _of_clip(clip: Heard, layout: ChannelLayout, end: int) -> Planes:
    audio = clip.info.audio
    assert audio is not None  # noqa: S101  only of clips with sound
    if len(audio.streams) == 2:
        left, right = (_decoded(clip.path, each, clip.start, "mono", end) for each in audio.streams)
        length = max(len(left[0]), len(right[0]))
        sides = [side[0].ljust(length, b"\0") for side in (left, right)]
        return sides if layout == "stereo" else _remixed(sides, layout)
    index = audio.streams[0] if audio.streams else None
    return _decoded(clip.path, index, clip.start, layout, end)


def _decoded(
    path: Path,
    index: int | None,
    zero: Fraction | None,
    layout: ChannelLayout,
    end: int,
    *,
    gap: Fraction = _GAP,
) -> Planes:
    """A sound at 48 kHz from `zero` on, on the file's clock; what is missing is silent.

    It begins with its first sample if that is None. What is used of it ends at sample `end`.
    """
    with opened(path, identify(path), looks_inside=False) as media:
        stream = media.streams.audio[0] if index is None else media.streams[index]
        planes = [bytearray() for _ in range(CHANNELS[layout])]
        resampler: AudioResampler | None = None
        begin, due = 0, Fraction(0)
        for frame in _sounding(media, stream):
            at = (ratio(frame.time_base) or Fraction(0)) * (frame.pts or 0)
            zero = at if zero is None else zero
            at -= zero
            if resampler is None or abs(at - due) > gap:
                _take(planes, resampler.resample(None) if resampler is not None else ())
                begin = begin if resampler is not None else sample_at(at)
                _reach(planes, sample_at(at) - begin)
                resampler, due = AudioResampler("s16p", layout, SAMPLE_RATE_HZ), at
            due += Fraction(frame.samples, frame.sample_rate)
            frame.pts = None
            _take(planes, resampler.resample(frame))
            if begin + len(planes[0]) // _BYTES > end + _BLOCK:
                break
        _take(planes, resampler.resample(None) if resampler is not None else ())
    if begin < 0:
        return [plane[-begin * _BYTES :] for plane in planes]
    return [bytearray(begin * _BYTES) + plane for plane in planes]


def _sounding(media: InputContainer, stream: Stream) -> Iterator[AudioFrame]:
    """What can be decoded. A clip may be damaged where nothing of it is used."""
    for packet in media.demux(stream):
        with suppress(FFmpegError):
            yield from (each for each in packet.decode() if isinstance(each, AudioFrame))


def _take(planes: Planes, frames: Iterable[AudioFrame]) -> None:
    for frame in frames:
        for plane, data in zip(planes, frame.planes, strict=True):
            plane.extend(memoryview(data)[: frame.samples * _BYTES])


def _reach(planes: Planes, samples: int) -> None:
    for plane in planes:
        del plane[max(0, samples * _BYTES) :]
        plane.extend(bytes(max(0, samples * _BYTES - len(plane))))


def _frames(planes: Planes, layout: str) -> Iterator[AudioFrame]:
    for begin in range(0, len(planes[0]), _BLOCK):
        size = min(_BLOCK, len(planes[0]) - begin)
        frame = AudioFrame("s16p", layout, size // _BYTES)
        frame.sample_rate = SAMPLE_RATE_HZ
        for plane, data in zip(frame.planes, planes, strict=True):
            part = bytes(data[begin : begin + size])
            plane.update(part.ljust(plane.buffer_size, b"\0"))
        yield frame


def _resampled(planes: Planes, was: str, layout: ChannelLayout, rate_hz: int) -> Planes:
    made = [bytearray() for _ in range(CHANNELS[layout])]
    resampler = AudioResampler("s16p", layout, rate_hz)
    for frame in _frames(planes, was):
        _take(made, resampler.resample(frame))
    _take(made, resampler.resample(None))
    return made


def _remixed(planes: Planes, layout: ChannelLayout) -> Planes:
    return _resampled(planes, "stereo", layout, SAMPLE_RATE_HZ)


def _lane(
    parts: Sequence[Heard], sounds: dict[Path, Planes], samples: int, layout: ChannelLayout
) -> Planes:
    """Parts that do not overlap, where they lie in the film."""
    lane = [bytearray(samples * _BYTES) for _ in range(CHANNELS[layout])]
    for part in parts:
        for plane, data in zip(lane, sounds.get(part.path, ()), strict=False):
            cut = data[part.first * _BYTES : (part.first + part.samples) * _BYTES]
            plane[part.at * _BYTES : part.at * _BYTES + len(cut)] = cut
    return lane


def _fitted(planes: Planes, samples: int) -> Planes:
    return [plane[: samples * _BYTES].ljust(samples * _BYTES, b"\0") for plane in planes]


# Each channel as an image, of which a line is a window: so the sums are done in C.


def _first_off(
    channel: Image.Image,
    wanted: Sequence[Image.Image],
    slack: int,
    gain: Gain,
    mixed: Container[int],
) -> float | None:
    """The second of the first window that differs, by whatever shift within the slack."""
    off: list[bool] = []
    for shift in sorted(range(-slack, slack + 1), key=abs):
        now = _off(channel, [_shifted(each, shift) for each in wanted], gain, mixed)
        off = [was and is_ for was, is_ in zip(off, now, strict=True)] if off else now
        if not any(off):
            return None
    return off.index(True) * _WINDOW / _HEARING_HZ


@dataclass(frozen=True)
class _Window:
    """Sums of products over a window, of the film's sound and one or two that it is made of.

    Attributes:
        made: Of the film's with itself.
        one: Of the first with itself; the others accordingly.
    """

    made: float
    one: float
    with_one: float
    two: float = 0.0
    with_two: float = 0.0
    cross: float = 0.0


def _off(
    made: Image.Image, lanes: Sequence[Image.Image], gain: Gain, mixed: Container[int]
) -> list[bool]:
    """Of each window, whether it is something else than the sounds it should be made of."""
    one, *rest = lanes
    pairs = [(made, made), (one, one), (made, one)]
    for two in rest:
        pairs += [(two, two), (made, two), (one, two)]
    windows = [_Window(*sums) for sums in zip(*(_sums(*pair) for pair in pairs), strict=True)]
    nearby = _around([each.one + each.two for each in windows])
    whole = sum(each.made for each in windows) / max(1.0, sum(each.one for each in windows))
    factor = 1.0 if gain == "same" else whole
    off = []
    for place, (window, near) in enumerate(zip(windows, nearby, strict=True)):
        share = _MOST_OFF if place else _MOST_OFF_AT_START
        left = _left(window, "any" if place in mixed else gain, factor)
        off.append(left > share * max(near * factor, window.made) + _FLOOR)
    return off


def _left(window: _Window, gain: Gain, factor: float) -> float:
    """The power of what is left of a window when what it should be was taken away."""
    one, two = sorted(((window.one, window.with_one), (window.two, window.with_two)), reverse=True)
    whole = window.one * window.two - window.cross**2
    if two[0] > _FLOOR and whole > 1e-3 * window.one * window.two:  # a mix, in any proportion
        a = (window.with_one * window.two - window.with_two * window.cross) / whole
        b = (window.with_two * window.one - window.with_one * window.cross) / whole
        return window.made - a * window.with_one - b * window.with_two
    wanted, both = one
    if two[0] <= _FLOOR and gain == "same":
        return window.made - 2 * both + wanted
    if gain == "level" and window.made < _LEAST_LEFT * factor * wanted:
        return factor * wanted
    return window.made - max(0.0, both) ** 2 / wanted if wanted else window.made


def _slowed(planes: Planes, layout: ChannelLayout) -> list[Image.Image]:
    """Each channel below 4 kHz, as an image whose lines are windows."""
    images = []
    for data in _resampled(planes, layout, layout, _HEARING_HZ):
        lines = max(1, -(-len(data) // (_WINDOW * _BYTES)))
        whole = bytes(data.ljust(lines * _WINDOW * _BYTES, b"\0"))
        images.append(Image.frombytes("F", (_WINDOW, lines), whole, "raw", "F;16NS"))
    return images


def _shifted(image: Image.Image, samples: int) -> Image.Image:
    if not samples:
        return image
    data = image.tobytes()
    size = abs(samples) * 4
    moved = bytes(size) + data[:-size] if samples > 0 else data[size:] + bytes(size)
    return Image.frombytes("F", image.size, moved)


def _sums(one: Image.Image, other: Image.Image) -> list[float]:
    """Of each window, the mean of the products."""
    product = ImageMath.lambda_eval(
        lambda given: given["one"] * given["other"], one=one, other=other
    )
    return list(array("f", product.reduce((_WINDOW, 1)).tobytes()))


def _around(values: Sequence[float]) -> list[float]:
    """The largest of each and those beside it."""
    return [max(values[max(0, place - 1) : place + 2]) for place in range(len(values))]
