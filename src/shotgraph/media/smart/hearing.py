"""Compare the sound of a film with its clips: each channel, to the millisecond.

The clips are decoded here, not by the graph that made the film, and put at their times in the film.
Then both are compared in windows of 40 ms below 4 kHz, where a coder keeps the shape of the wave.
"""

from array import array
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, TypeAlias

from PIL import Image, ImageMath

from shotgraph.media.smart.due_sound import (
    SAMPLE_BYTES,
    FilmSound,
    Heard,
    Lane,
    Planes,
    resampled,
)
from shotgraph.media.sound import SAMPLE_RATE_HZ
from shotgraph.media.target_format import ChannelLayout

_HEARING_HZ = 8000
_WINDOW = 320  # 40 ms, two blocks of AAC
_LENGTH = _WINDOW * SAMPLE_RATE_HZ // _HEARING_HZ
# The largest error, as a share of the power of the loudest window nearby. AAC changes noise by 11 %
# and other sound by 2 %; a delay of 2 ms changes 90 Hz and above by 100 % and more. The coder's
# first window is less exact.
_MOST_OFF, _MOST_OFF_AT_START = 0.2, 0.4
_FLOOR = 100.0**2  # -50 dB of full scale: coded silence is quieter
_LEAST_LEFT = 0.02  # of the power; a limiter leaves more
# The fourth channel of 5.1 is for effects below 120 Hz: the coder removes all higher frequencies.
_OF_EFFECTS = 3
# The limiter changes no peak below twice this level. Half, because peaks between 4 and 24 kHz are
# not visible here.
_QUIET = 0.4 * 32768
# A clock in milliseconds is off by 1, and by more after some conversions.
_SLACK_MS, _SLACK_OF_MILLISECONDS_MS = 1, 6
# The length of a stretch in memory: 12 MB of stereo, and as much for each copy. On both sides there
# is a margin, because windows are compared with their neighbours, and filters begin and end in
# silence.
_STRETCH, _BESIDE = 60 * SAMPLE_RATE_HZ, SAMPLE_RATE_HZ

Gain: TypeAlias = Literal["same", "sum", "level", "any"]


def sound_differences(
    film: Path, layout: ChannelLayout, parts: Sequence[Heard], *, gain: Gain = "same"
) -> list[str]:
    """Compare the sound of a film with the sound of its clips.

    Args:
        film: The film.
        layout: The layout of its sound.
        parts: The sound that the film should have, from its start to its end; where two parts
            overlap they may be mixed in any proportion.
        gain: same if the film is as loud as its clips; sum if two sounds are added, each with its
            gain, and a limiter lowers the peaks; level if the whole film was made louder or
            quieter; any if the gain changes inside the film, so that missing sound can't be found.

    Returns:
        The first difference, in words; empty if there is none.

    Raises:
        MediaError: A file can't be read.
    """
    if any(one.at + one.samples > three.at for one, three in zip(parts, parts[2:], strict=False)):
        return []  # three parts overlap
    comparing = _Comparing(film, layout, parts, gain)
    if gain != "same" and comparing.samples > _STRETCH:
        comparing.level()
    for stretch in comparing.stretches():
        for number, channel in enumerate(stretch.made):
            if number == _OF_EFFECTS:
                continue
            off = comparing.first_off(stretch, number, channel)
            if off is not None:
                where = f", in channel {number + 1} of {len(stretch.made)}"
                where = where if len(stretch.made) > 1 else ""
                return [f"at {off:.2f} s{where} its sound differs from the sound of its clips"]
    return []


@dataclass(frozen=True)
class _Stretch:
    """A part of a film, with a margin of windows before and after it.

    Attributes:
        first: The number of the first window, margin included.
        windows: The windows to compare, counted from `first`.
        made: The channels of the film.
        wanted: The channels of the one or two sounds that it should have.
    """

    first: int
    windows: slice
    made: Sequence[Image.Image]
    wanted: Sequence[Sequence[Image.Image]]


class _Comparing:
    """The comparison of a film's sound with its clips, a stretch at a time."""

    def __init__(
        self, film: Path, layout: ChannelLayout, parts: Sequence[Heard], gain: Gain
    ) -> None:
        self.samples = max(part.at + part.samples for part in parts)
        self._film, self._layout, self._gain = film, layout, gain
        are_apart = all(one.at + one.samples <= two.at for one, two in pairwise(parts))
        self._turns = [parts] if are_apart else [parts[::2], parts[1::2]]
        self._gains = [10 ** (part.gain_db / 20) for part in parts[: len(self._turns)]]
        self._mixed = frozenset(
            window
            for one, two in pairwise(parts)
            for window in range(two.at // _LENGTH - 1, (one.at + one.samples) // _LENGTH + 2)
            if one.at + one.samples > two.at
        )
        slacks = [_slack(part) for part in parts if part.info.audio is not None]
        self._slack = max(slacks, default=_SLACK_MS) * _HEARING_HZ // 1000
        self._loudest = 0.0
        self._factors: dict[int, float] = {}

    def level(self) -> None:
        """Measure the gain of a film of several stretches over its clips."""
        powers: dict[int, list[float]] = {}
        for stretch in self.stretches():
            self._loudest = max(self._loudest, _loudest_of(stretch.wanted[0]))
            for number, made in enumerate(stretch.made):
                sums = powers.setdefault(number, [0.0, 0.0])
                for place, image in enumerate((made, stretch.wanted[0][number])):
                    sums[place] += sum(_sums(image, image)[stretch.windows])
        self._factors = {each: made / max(1.0, one) for each, (made, one) in powers.items()}

    def stretches(self) -> Iterator[_Stretch]:
        """Give the stretches of the film in order."""
        with ExitStack() as opened:
            lanes = [Lane(turn, self._layout) for turn in self._turns]
            film = FilmSound(self._film, self._layout)
            opened.callback(film.close)
            for lane in lanes:
                opened.callback(lane.close)
            for begin in range(0, self.samples, _STRETCH):
                first = max(0, begin - _BESIDE)
                last = min(self.samples, begin + _STRETCH + _BESIDE)
                made = _slowed(film.cut(first, last), self._layout)
                wanted = [_slowed(lane.cut(first, last), self._layout) for lane in lanes]
                if self._gain == "sum":
                    wanted = [self._added(wanted)]
                windows = slice((begin - first) // _LENGTH, (begin - first + _STRETCH) // _LENGTH)
                yield _Stretch(first // _LENGTH, windows, made, wanted)

    def first_off(self, stretch: _Stretch, number: int, made: Image.Image) -> float | None:
        """Find the first window of a channel that differs; give its time in seconds."""
        gain, mixed = self._gain, self._mixed
        if gain == "sum":
            loudest = max(self._loudest, _loudest_of(stretch.wanted[0]))
            # If the sum is too loud, a limiter has lowered the peaks, and any gain is right.
            gain, mixed = "same" if loudest < _QUIET else "any", frozenset()
        wanted = [each[number] for each in stretch.wanted]
        how = _How(gain, mixed, stretch.first, self._factors.get(number))
        return _first_off(made, wanted, self._slack, how, stretch.windows)

    def _added(self, lanes: Sequence[Sequence[Image.Image]]) -> list[Image.Image]:
        return [_mixed(channel, self._gains) for channel in zip(*lanes, strict=True)]


def _loudest_of(channels: Sequence[Image.Image]) -> float:
    return max((max(map(abs, _extrema(each))) for each in channels), default=0.0)


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


# Each channel is an image with one line per window, so that the sums are computed in C.


@dataclass(frozen=True)
class _How:
    """How windows are compared.

    Attributes:
        gain: The relation of the film's loudness to its clips, as in `sound_differences`.
        mixed: The windows in which two sounds may be mixed in any proportion.
        first: The number of the first window.
        factor: The whole film's power over its clips'; None if this stretch is the whole film.
    """

    gain: Gain
    mixed: Container[int]
    first: int
    factor: float | None


def _first_off(
    channel: Image.Image,
    wanted: Sequence[Image.Image],
    slack: int,
    how: _How,
    windows: slice,
) -> float | None:
    """Find the first window that differs at every shift within the slack; give its second."""
    off: list[bool] = []
    for shift in sorted(range(-slack, slack + 1), key=abs):
        now = _off(channel, [_shifted(each, shift) for each in wanted], how)[windows]
        off = [was and is_ for was, is_ in zip(off, now, strict=True)] if off else now
        if not any(off):
            return None
    place = how.first + int(windows.start) + off.index(True)
    return place * _WINDOW / _HEARING_HZ


@dataclass(frozen=True)
class _Window:
    """Mean products over a window, of the film's sound and the one or two sounds it is made of.

    Attributes:
        made: The film's sound with itself.
        one: The first sound with itself.
        with_one: The film's sound with the first sound.
        two: The second sound with itself.
        with_two: The film's sound with the second sound.
        cross: The first sound with the second.
    """

    made: float
    one: float
    with_one: float
    two: float = 0.0
    with_two: float = 0.0
    cross: float = 0.0


def _off(made: Image.Image, lanes: Sequence[Image.Image], how: _How) -> list[bool]:
    """For each window, whether it differs from the sounds that it should be made of."""
    one, *rest = lanes
    pairs = [(made, made), (one, one), (made, one)]
    for two in rest:
        pairs += [(two, two), (made, two), (one, two)]
    windows = [_Window(*sums) for sums in zip(*(_sums(*pair) for pair in pairs), strict=True)]
    nearby = _around([each.one + each.two for each in windows])
    factor = how.factor
    if factor is None:
        factor = sum(each.made for each in windows) / max(1.0, sum(each.one for each in windows))
    factor = 1.0 if how.gain == "same" else factor
    off = []
    for place, (window, near) in enumerate(zip(windows, nearby, strict=True), start=how.first):
        share = _MOST_OFF if place else _MOST_OFF_AT_START
        left = _left(window, "any" if place in how.mixed else how.gain, factor)
        off.append(left > share * max(near * factor, window.made) + _FLOOR)
    return off


def _left(window: _Window, gain: Gain, factor: float) -> float:
    """The power of the difference between a window and its expected sound."""
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
    """Make an image of each channel below 4 kHz, with one line per window."""
    images = []
    for data in resampled(planes, layout, layout, _HEARING_HZ):
        lines = max(1, -(-len(data) // (_WINDOW * SAMPLE_BYTES)))
        whole = bytes(data.ljust(lines * _WINDOW * SAMPLE_BYTES, b"\0"))
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
    """For each window, the mean of the products."""
    product = ImageMath.lambda_eval(
        lambda given: given["one"] * given["other"], one=one, other=other
    )
    return list(array("f", product.reduce((_WINDOW, 1)).tobytes()))


def _around(values: Sequence[float]) -> list[float]:
    """For each value, the largest of it and its two neighbours."""
    return [max(values[max(0, place - 1) : place + 2]) for place in range(len(values))]
