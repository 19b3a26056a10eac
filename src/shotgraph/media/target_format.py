"""What a film looks like when its clips differ."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from shotgraph.errors import MediaError
from shotgraph.media.info import MediaInfo
from shotgraph.media.rate import standard_at_least


@dataclass(frozen=True)
class TargetFormat:
    """Size in pixels, both even, and frames per second."""

    width: int
    height: int
    frame_rate: Fraction


def format_of(info: MediaInfo) -> TargetFormat:
    """The format that shows a video without loss.

    An odd line is lost, because coded colours come in pairs of pixels. An uneven frame rate
    becomes the lowest standard one that is at least its average.

    Raises:
        MediaError: It is no video.
    """
    if info.frame_rate is None:
        raise MediaError(f"a format is asked of a file that is {info.kind}, not video")
    rate = info.frame_rate if info.constant_frame_rate else standard_at_least(info.frame_rate)
    return TargetFormat(max(2, info.width // 2 * 2), max(2, info.height // 2 * 2), rate)


def choose_format(infos: Sequence[MediaInfo]) -> TargetFormat:
    """The format that holds the most seconds; of several, the one that comes first.

    Raises:
        MediaError: There is no clip, or one is no video.
    """
    seconds: defaultdict[TargetFormat, Fraction] = defaultdict(Fraction)
    for info in infos:
        seconds[format_of(info)] += info.duration
    if not seconds:
        raise MediaError("there is no clip to make a film of")
    return max(seconds, key=lambda each: seconds[each])
