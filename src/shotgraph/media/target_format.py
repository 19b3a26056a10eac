"""Choose the format of a film whose clips differ."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from shotgraph.errors import MediaError
from shotgraph.media.film_coding import Coding
from shotgraph.media.info import MediaInfo
from shotgraph.media.source import MAX_PIXELS

SHORTEST_SIDE, LONGEST_SIDE = 16, 7680
SLOWEST, FASTEST = 1, 120


@dataclass(frozen=True)
class TargetFormat:
    """Size in pixels, both even, and frames per second."""

    width: int
    height: int
    frame_rate: Fraction


def format_of(info: MediaInfo) -> TargetFormat:
    """The format that shows a video without loss.

    An odd line is lost, because coded colours come in pairs of pixels. An uneven frame rate
    becomes the standard one that is nearest to it and loses no frame (see `even_rate`).

    Raises:
        MediaError: It is no video.
    """
    rate = info.film_rate
    if rate is None:
        raise MediaError(f"a format is asked of a file that is {info.kind}, not video")
    return TargetFormat(max(2, info.width // 2 * 2), max(2, info.height // 2 * 2), rate)


@dataclass(frozen=True)
class WantedFormat:
    """The wanted format; None leaves a value to the clips.

    Attributes:
        width: In pixels.
        height: In pixels.
        frame_rate: Frames per second.
        coding: How the picture is coded; None for the usual way, or that of the clips.
    """

    width: int | None = None
    height: int | None = None
    frame_rate: Fraction | None = None
    coding: Coding | None = None


def choose_format(infos: Sequence[MediaInfo], wanted: WantedFormat | None = None) -> TargetFormat:
    """The format that holds the most seconds; of several, the one that comes first.

    Wanted values come first. A width or a height alone keeps the clips' shape.

    Raises:
        MediaError: There is no clip, or one is no video; or what was said can't be made: sides are
            even and 16 to 7680, at most 36,864,000 pixels, and 1 to 120 frames are shown a second.
    """
    seconds: defaultdict[TargetFormat, Fraction] = defaultdict(Fraction)
    for info in infos:
        seconds[format_of(info)] += info.duration
    if not seconds:
        raise MediaError("there is no clip to make a film of")
    chosen = max(seconds, key=lambda each: seconds[each])
    return chosen if wanted is None else _changed(chosen, wanted)


def _changed(chosen: TargetFormat, wanted: WantedFormat) -> TargetFormat:
    width, height = wanted.width, wanted.height
    if width is None and height is None:
        width, height = chosen.width, chosen.height
    elif width is None:
        width = _even(Fraction(chosen.width * (height or 0), chosen.height))
    elif height is None:
        height = _even(Fraction(chosen.height * width, chosen.width))
    assert height is not None  # noqa: S101  one of the branches above set it
    if (width, height) != (chosen.width, chosen.height):
        _check_size(width, height)
    rate = chosen.frame_rate if wanted.frame_rate is None else wanted.frame_rate
    if wanted.frame_rate is not None and not SLOWEST <= rate <= FASTEST:
        raise MediaError(
            f"a film of {rate} frames per second can't be made; {SLOWEST} to {FASTEST} can"
        )
    return TargetFormat(width, height, rate)


def _even(side: Fraction) -> int:
    return int(side / 2 + Fraction(1, 2)) * 2


def _check_size(width: int, height: int) -> None:
    sides = (width, height)
    if (
        any(side % 2 or not SHORTEST_SIDE <= side <= LONGEST_SIDE for side in sides)
        or width * height > MAX_PIXELS
    ):
        raise MediaError(
            f"a film of {width} x {height} can't be made: sides are even and {SHORTEST_SIDE} to "
            f"{LONGEST_SIDE}, and at most {MAX_PIXELS} pixels"
        )
