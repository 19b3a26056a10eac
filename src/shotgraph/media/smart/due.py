"""The small pictures that each frame of a film should show: its expected (due) pictures.

The clips are decoded here, not by the graph that made the film. Where shots are mixed, the expected
picture is mixed from theirs: each level is linear in the levels of both.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, product
from pathlib import Path

from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from shotgraph.errors import MediaError
from shotgraph.media.colours import is_converted
from shotgraph.media.display import Orientation
from shotgraph.media.framing import fitted
from shotgraph.media.info import MediaInfo, frames_in
from shotgraph.media.reader import STRICTLY, count, opened, picture_of
from shotgraph.media.smart.clip import Shot
from shotgraph.media.smart.mixed import LINEAR, UNSTEADY, EffectMix
from shotgraph.media.smart.small_picture import Box, Small, matrix_of, mixed_small, small_of
from shotgraph.media.source import identify
from shotgraph.media.target_format import TargetFormat

_NEAR = 2  # the number of compared frames before and after the expected frame
_TIE = Fraction(1, 50)
_VARIANTS = 4  # of a mix, where a tie makes more than one frame of a clip possible


@dataclass(frozen=True)
class ShownShot:
    """A shot in a film.

    Attributes:
        shot: The shot.
        at: The number of its first frame in the film.
        mixed_head: The number of first frames that are mixed with the previous shot.
        mixed_tail: The number of last frames that are mixed with the next shot.
        effect: The effect over its mixed head, as ``xfade`` names it.
    """

    shot: Shot
    at: int = 0
    mixed_head: int = 0
    mixed_tail: int = 0
    effect: str = LINEAR

    @property
    def end(self) -> int:
        """The number of the film's first frame after the shot."""
        return self.at + self.shot.frames


@dataclass(frozen=True)
class Candidate:
    """A picture that a frame of a film may show.

    Attributes:
        number: The frame's number in its clip; in the film where shots are mixed.
        small: The small picture.
        is_due: Whether the film's frame should show this picture.
        frame: The decoded frame, for effects that need it.
    """

    number: int
    small: Small
    is_due: bool
    frame: VideoFrame | None = None


@dataclass(frozen=True)
class Due:
    """The pictures that a frame of a film may show.

    Attributes:
        shots: The numbers of the shots that the frame shows.
        candidates: The pictures that it may show; empty if the frame is not compared.
        box: Their place in the film's picture; None for the whole picture.
        is_plain: Whether this place is exact to the pixel.
    """

    shots: tuple[int, ...]
    candidates: Sequence[Candidate] = ()
    box: Box | None = None
    is_plain: bool = True

    @property
    def is_mixed(self) -> bool:
        """Whether the frame shows more than one shot."""
        return len(self.shots) > 1


def is_comparable(shot: Shot, film: TargetFormat) -> bool:
    """Whether a shot looks the same in the film as in its clip."""
    info = shot.clip.info
    is_as_it_was = not info.interlaced and info.aperture is None and not is_converted(info)
    is_whole = shot.box is None and (shot.framing.fit == "pad" or _box(info, film) is None)
    return is_as_it_was and is_whole and shot.retime is None and shot.speed == 1


def due_frames(shown: Sequence[ShownShot], film: TargetFormat) -> Iterator[Due]:
    """Give the expected pictures of each frame of a film, to the end of its last shot.

    Raises:
        MediaError: A clip can't be read.
    """
    near: deque[Due] = deque(maxlen=2 * _NEAR + 1)
    coming = _moments(shown, film)
    begun = 0
    for number in range(max((each.end for each in shown), default=0)):
        for due in islice(coming, max(0, number + _NEAR + 1 - begun)):
            near.append(due)
            begun += 1
        here = near[number - begun]
        yield here if not here.is_mixed else _beside(here, number, near, begun - len(near))


def _beside(here: Due, number: int, near: Sequence[Due], first: int) -> Due:
    """Add the expected pictures of the frames around a mixed picture to its candidates."""
    others = [
        Candidate(place, each.small, is_due=False)
        for place, due in enumerate(near, start=first)
        if place != number and due.box == here.box and set(due.shots) & set(here.shots)
        for each in due.candidates
        if each.is_due
    ]
    own = [Candidate(number, each.small, is_due=True) for each in here.candidates]
    return Due(here.shots, [*own, *others] if own else (), here.box, here.is_plain)


def _moments(shown: Sequence[ShownShot], film: TargetFormat) -> Iterator[Due]:
    active: dict[int, _Lane] = {}
    mixes: dict[int, EffectMix] = {}
    following = 0
    for number in range(max((each.end for each in shown), default=0)):
        while following < len(shown) and shown[following].at <= number:
            active[following] = _Lane(shown[following], film)
            following += 1
        for ended in [each for each, lane in active.items() if lane.shown.end <= number]:
            del active[ended]
        pictures = {each: next(lane.pictures, None) for each, lane in active.items()}
        shots = tuple(active)
        are_known = [any(one.is_due for one in near or ()) for near in pictures.values()]
        if not shots or not all(are_known):
            yield Due(shots)
        elif len(shots) == 1:
            lane, near = active[shots[0]], pictures[shots[0]]
            yield Due(shots, near or (), lane.box, lane.is_plain)
        else:
            due = {
                each: [one for one in near or () if one.is_due] for each, near in pictures.items()
            }
            yield _mixed(number, active, due, film, mixes)


class _Lane:
    """The candidates of a shot, frame by frame."""

    def __init__(self, shown: ShownShot, film: TargetFormat) -> None:
        info = shown.shot.clip.info
        self.shown = shown
        self.box = _box(info, film)
        self.is_plain = self.box is None and info.orientation == Orientation()
        self.pictures: Iterator[list[Candidate]] = iter(())
        if is_comparable(shown.shot, film):
            self.pictures = _due(shown.shot, film.frame_rate)


def _mixed(
    number: int,
    active: dict[int, _Lane],
    due: dict[int, list[Candidate]],
    film: TargetFormat,
    mixes: dict[int, EffectMix],
) -> Due:
    """Mix the expected pictures where shots overlap."""
    shots = tuple(active)
    lanes = list(active.values())
    is_plain = all(lane.is_plain for lane in lanes)
    effect = lanes[-1].shown.effect
    shares = [_share(lane.shown, number) for lane in lanes[1:]]
    if any(lane.shown.effect != LINEAR for lane in lanes[1:]):
        if len(lanes) > 2 or not is_plain or effect in UNSTEADY:
            return Due(shots)
        if shots[-1] not in mixes:
            mixes[shots[-1]] = EffectMix(effect, lanes[-1].shown.mixed_head, film)
        # The filter needs every frame of the overlap. After one that was not compared it is behind.
        if mixes[shots[-1]].number != number - lanes[-1].shown.at:
            return Due(shots)
        frames = [each[0].frame for each in due.values()]
        both = [(frame, matrix_of(frame)) for frame in frames if frame is not None]
        small = small_of(mixes[shots[-1]].mixed(*both))
        mix = Candidate(number, small, is_due=True)
        is_tie = any(len(each) > 1 for each in due.values())
        # An edge of an effect may be a pixel away from the same edge in the film.
        return Due(shots, () if is_tie else [mix], is_plain=False)
    boxes = {lane.box for lane in lanes}
    box = lanes[0].box if len(boxes) == 1 else None
    laid = [
        [each.small if lane.box == box else each.small.laid(lane.box, film) for each in due[shot]]
        for shot, lane in active.items()
    ]
    variants = islice(product(*laid), _VARIANTS)
    made = [Candidate(number, mixed_small(each, shares), is_due=True) for each in variants]
    return Due(shots, made, box, is_plain)


def _share(shown: ShownShot, number: int) -> float:
    """The share of a mixed picture that comes from the later shot, 0 to 1."""
    return min(1.0, (number - shown.at) / shown.mixed_head) if shown.mixed_head else 1.0


def _box(info: MediaInfo, target_format: TargetFormat) -> Box | None:
    """The place of the clip's picture in the film's picture; None if it fills it."""
    width, height = fitted(info, target_format)
    left, top = (target_format.width - width) // 2, (target_format.height - height) // 2
    return (left, top, left + width, top + height) if left or top else None


def _due(shot: Shot, rate: Fraction) -> Iterator[list[Candidate]]:
    """For each frame of a shot, give the frames of its clip that it may show."""
    clip = shot.clip
    with pictures_of(clip.path) as (media, stream):
        times = count(media, [stream], clip.path)[0].times
    begins, *nearly = _begins(times, shot, rate)
    after = _length(clip.info, rate)
    # The last frame that the clip shows before its end; later frames may be held too.
    held = _number(begins, after - 1)
    with pictures_of(clip.path) as (media, stream):
        decoded = enumerate(media.decode(stream))
        near: deque[tuple[int, Small, VideoFrame]] = deque(maxlen=2 * _NEAR + 1)
        last = -1
        for place in range(shot.first, shot.first + shot.frames):
            number = held if place >= after else _number(begins, place)
            while last < min(number + _NEAR, len(begins) - 1):
                last, frame = next(decoded, (len(begins), None))
                if frame is not None and last >= number - _NEAR:
                    small = small_of(frame).turned(clip.info.orientation)
                    near.append((last, small, frame))
            is_tie = number + 1 < len(begins) and begins[number + 1] - place <= 1 + _TIE
            was_tie = 0 <= begins[number] - place <= _TIE
            due = {number, number + is_tie, number - was_tie}
            due |= {_number(each, place) for each in nearly}
            if place >= after:
                due |= set(range(held, len(begins)))
            left = 1 - (place - shot.first) / shot.frames
            yield [
                Candidate(at, _graded(small, shot, left), at in due, frame)
                for at, small, frame in near
            ]


def _number(begins: Sequence[Fraction], place: int) -> int:
    """The number of the clip's frame that a frame of the film shows."""
    return max(0, bisect_left(begins, place + 1) - 1)


def _length(info: MediaInfo, rate: Fraction) -> int:
    """The number of the film's frames that a clip fills before its last frame is held."""
    even = info.first_evened(rate)
    return info.frames_at(rate) if even is None else frames_in(info.frames_at(even) / even, rate)


def _graded(small: Small, shot: Shot, left: float) -> Small:
    """Apply a shot's grade to a picture; the grade fades away over the shot (`left`: 1 to 0)."""
    return small if shot.grade is None else small.graded(shot.grade, left)


@contextmanager
def pictures_of(
    path: Path, *, strictly: bool = False
) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a file to decode its picture.

    Args:
        path: The file.
        strictly: Whether every complaint of the decoder is an error, as for files that we coded.

    Raises:
        MediaError: The file can't be read, or holds no picture.
    """
    with opened(path, identify(path), looks_inside=False) as media:
        stream = picture_of(media)
        if stream is None:
            raise MediaError(f"{path} holds no picture")
        stream.thread_type = "AUTO"
        if strictly:
            context = stream.codec_context
            context.options = {**context.options, "err_detect": STRICTLY}
        yield media, stream


def _begins(times: Sequence[int], shot: Shot, rate: Fraction) -> list[list[Fraction]]:
    """For each frame of a clip, the place in the film where it is first shown, in frames.

    If the clip is first brought to an even rate, two more lists follow, as if each frame were a
    little later, and a little earlier: its rounding may be a tie.
    """
    info, half = shot.clip.info, Fraction(1, 2)
    if info.constant_frame_rate and info.frame_rate:
        return [[number / info.frame_rate * rate + half for number in range(len(times))]]
    even, tick = info.first_evened(rate), info.time_base or Fraction(0)
    own = even or rate
    exact = [((time - times[0]) * tick + info.shift_at(own)) * own + half for time in times]
    if even is None:
        return [exact]
    return [
        [int(begin + by) / even * rate + half for begin in exact]
        for by in (Fraction(0), _TIE, -_TIE)
    ]
