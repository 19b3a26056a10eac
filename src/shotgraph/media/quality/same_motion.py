"""The measures of a clip and of its source → whether they move alike.

An edit changes the look and keeps the motion. So the places and times of its changes must correlate
with those of the source, whatever the colours are.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, pstdev

from shotgraph.media.quality.flaw import Flaw
from shotgraph.media.quality.measures import Measures
from shotgraph.media.quality.thresholds import MOTION_PLACE, MOTION_TIME

_FEWEST = 12
# Of `SeenFrame.motion`, about 0.1 of 255: smaller changes come from coding.
_LEAST = 5.0
# The least relative deviation of the source's motion for a useful correlation.
_VARIED = 0.2


@dataclass(frozen=True)
class Likeness:
    """The correlations of two clips' motion, -1 to 1; None if there is too little motion.

    Attributes:
        place: The correlation over the cells of the picture.
        time: The correlation over time.
    """

    place: float | None
    time: float | None


def likeness(clip: Measures, source: Measures) -> Likeness:
    """Compare the motion of two clips, at the times of the first."""
    moves, moved = _sampled(clip, clip), _sampled(source, clip)
    length = min(len(moves), len(moved))
    moves, moved = moves[:length], moved[:length]
    if length < _FEWEST or fmean(map(fmean, moved)) < _LEAST:
        return Likeness(None, None)
    places = [[fmean(column) for column in zip(*one, strict=True)] for one in (moves, moved)]
    times = [_smooth([fmean(frame) for frame in one]) for one in (moves, moved)]
    return Likeness(
        _correlation(*places) if _is_varied(places[1]) else None,
        _correlation(*times) if _is_varied(times[1]) else None,
    )


def other_motion(clip: Measures, source: Measures, sent: Measures | None = None) -> Iterator[Flaw]:
    """Find the faults of an edit that moves differently from its source.

    Args:
        clip: The edit.
        source: The video that it repaints.
        sent: The source as the model got it, if at another rate: a low rate gives jerks. The edit
            may move like either of them.
    """
    found = likeness(clip, source)
    other = likeness(clip, sent) if sent is not None else Likeness(None, None)
    limits = (
        (found.place, other.place, MOTION_PLACE, "at other places than in"),
        (found.time, other.time, MOTION_TIME, "at other times than in"),
    )
    for value, as_sent, limit, how in limits:
        if sent is not None and (as_sent is None or as_sent >= limit.value):
            continue
        if value is not None and value < limit.value:
            yield Flaw(
                kind="motion",
                begin_s=clip.frames[0].at_s,
                end_s=clip.end_s,
                what=f"its motion is {how} its source: the correlation is {value:.2f}, and at "
                f"least {limit.value:g} is expected",
            )


def _sampled(measures: Measures, like: Measures) -> list[bytes]:
    """Give the motion of a clip at the times of another clip's frames."""
    # Floats are exact to far less than a quarter of a frame, and 20 times faster than fractions.
    times = [float(frame.at_s) for frame in measures.frames]
    end_s, quarter_s = float(measures.end_s), float(measures.frame_s / 4)
    found: list[bytes] = []
    for frame in like.frames[1:]:
        at_s = float(frame.at_s)
        if at_s >= end_s or len(times) < 2:
            break
        place = bisect_right(times, at_s + quarter_s) - 1
        found.append(measures.frames[max(1, place)].motion)
    return found


def _smooth(values: Sequence[float]) -> list[float]:
    """The mean of each five values: changes of a single frame come from coding."""
    return [fmean(values[max(0, at - 2) : at + 3]) for at in range(len(values))]


def _is_varied(values: Sequence[float]) -> bool:
    return pstdev(values) > _VARIED * fmean(values)


def _correlation(some: Sequence[float], others: Sequence[float]) -> float | None:
    one, other = fmean(some), fmean(others)
    apart = [value - one for value in some]
    aparts = [value - other for value in others]
    spread = sqrt(sum(x * x for x in apart) * sum(y * y for y in aparts))
    return sum(x * y for x, y in zip(apart, aparts, strict=True)) / spread if spread else 0.0
