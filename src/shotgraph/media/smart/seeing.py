"""Look at a coded film beside its clips: which frame of a clip does each of its frames show?

The clips are decoded here, not by the graph that made the film. Small grey pictures are enough: a
frame that looks more like the one before or after the due one is the wrong one.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from operator import sub
from pathlib import Path
from statistics import median

from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation
from av.video.stream import VideoStream
from PIL import Image

from shotgraph.errors import MediaError
from shotgraph.media.colours import is_converted
from shotgraph.media.display import Orientation
from shotgraph.media.framing import fitted
from shotgraph.media.info import MediaInfo
from shotgraph.media.reader import count, opened, picture_of
from shotgraph.media.smart.clip import Shot
from shotgraph.media.source import identify
from shotgraph.media.target_format import TargetFormat

_SIZE = (64, 36)
_PIXELS = _SIZE[0] * _SIZE[1]
_NEAR = 2  # frames before and after the due one that are compared
# Mean differences, of 255. Coding leaves 0.3 at most of such a small picture; less than a level
# between two frames is no movement that anybody sees.
_CLEARLY, _OF_THE_DUE = 0.7, 0.6
# Coding makes a plain dark picture darker as a whole, by up to three levels of the full range.
_LEVELS = 4.0
# A picture that is off by this, and by so many times what the others are, is of something else; so
# are all of them if half of them are off by `_ALL_FOREIGN`; or a part of it, one of 64 x 36.
_FOREIGN, _TIMES_THE_OTHERS, _ALL_FOREIGN, _FOREIGN_PART = 3.0, 4, 10.0, 40.0
_TIE = Fraction(1, 50)
_MILLISECOND = Fraction(1, 1000)


@dataclass(frozen=True)
class ShownShot:
    """A shot in a film.

    Attributes:
        shot: The shot.
        at: The number of its first frame in the film.
        mixed_head: How many of its first frames are mixed with the shot before.
        mixed_tail: How many of its last frames are mixed with the next.
    """

    shot: Shot
    at: int = 0
    mixed_head: int = 0
    mixed_tail: int = 0


def picture_differences(
    film: Path, target_format: TargetFormat, shown: Sequence[ShownShot]
) -> list[str]:
    """Compare the pictures of a film that was coded with those of its clips.

    Shots of HDR, wide colours, fields, transparency, another shape, other colours or another speed
    are left out: they look otherwise in the film.

    Args:
        film: The film, upright and with square pixels.
        target_format: Its size and rate.
        shown: Its shots, in order.

    Returns:
        The first frame that shows something else than it should, in words; nothing if all do.

    Raises:
        MediaError: A file can't be read.
    """
    wanted = [each for each in shown if _is_comparable(each.shot, target_format)]
    if not wanted:
        return []
    place = 0
    with _pictures(film) as (media, stream):
        frames = _in_order(media.decode(stream))
        for each in wanted:
            place += sum(1 for _ in islice(frames, max(0, each.at + each.mixed_head - place)))
            left = each.at + each.shot.frames - each.mixed_tail - place
            off: list[_Off] = []
            box = _box(each.shot.clip.info, target_format)
            due = _due(each.shot, target_format.frame_rate, place - each.at)
            for frame, candidates in zip(islice(frames, max(0, left)), due, strict=False):
                if frame is None:
                    return [f"frame {place} is not shown after the one before it"]
                other, how_far = _compared(_small(frame, box), candidates)
                if other is not None:
                    return [f"frame {place} shows {other} of its clip"]
                off.append(how_far)
                place += 1
            is_plain = box is None and each.shot.clip.info.orientation == Orientation()
            if (foreign := _first_foreign(off, is_plain=is_plain)) is not None:
                return [f"frame {place - len(off) + foreign} shows something else than its clip"]
    return []


def _first_foreign(off: Sequence["_Off"], *, is_plain: bool) -> int | None:
    """The first picture of a shot that is something else.

    The edges of what is turned or has margins lie elsewhere, by a part of a small pixel.
    """
    if not off:
        return None
    usual, usual_part = median(each.all for each in off), median(each.most for each in off)
    limit = min(_FOREIGN + _TIMES_THE_OTHERS * usual, _ALL_FOREIGN if is_plain else 255.0)
    limit_of_parts = _FOREIGN_PART + _TIMES_THE_OTHERS * usual_part if is_plain else 255.0
    foreign = (each.all > limit or each.most > limit_of_parts for each in off)
    return next((place for place, is_ in enumerate(foreign) if is_), None)


def _in_order(frames: Iterator[VideoFrame]) -> Iterator[VideoFrame | None]:
    """The frames of a film; None for one that is due before one that came before it."""
    last: int | None = None
    for frame in frames:
        is_later = last is None or (frame.pts is not None and frame.pts > last)
        yield frame if is_later else None
        last = frame.pts


def _is_comparable(shot: Shot, film: TargetFormat) -> bool:
    info = shot.clip.info
    is_as_it_was = not info.interlaced and info.aperture is None and not is_converted(info)
    is_whole = shot.box is None and (shot.framing.fit == "pad" or _box(info, film) is None)
    is_as_it_was = is_as_it_was and shot.grade is None
    return is_as_it_was and is_whole and shot.retime is None and shot.speed == 1


def _box(info: MediaInfo, target_format: TargetFormat) -> tuple[int, int, int, int] | None:
    """Where the clip's picture lies in the film's; None for all of it."""
    width, height = fitted(info, target_format)
    left, top = (target_format.width - width) // 2, (target_format.height - height) // 2
    return (left, top, left + width, top + height) if left or top else None


def _small(frame: VideoFrame, box: tuple[int, int, int, int] | None = None) -> bytes:
    if box is None:
        small = frame.reformat(*_SIZE, format="gray", interpolation=Interpolation.AREA)
        plane = small.planes[0]
        return Image.frombytes("L", _SIZE, bytes(plane), "raw", "L", plane.line_size).tobytes()
    grey = frame.reformat(format="gray").planes[0]
    size = (frame.width, frame.height)
    image = Image.frombytes("L", size, bytes(grey), "raw", "L", grey.line_size)
    return image.resize(_SIZE, Image.Resampling.BOX, box).tobytes()


def _turned(small: bytes, orientation: Orientation) -> bytes:
    """A picture as it is shown; a standing one is squeezed, as the film's is."""
    if orientation == Orientation():
        return small
    image = Image.frombytes("L", _SIZE, small)
    if orientation.mirrored:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return image.rotate(-orientation.rotation, expand=True).resize(_SIZE).tobytes()


@dataclass(frozen=True)
class _Off:
    """How far a picture is off from what is due, of 255: as a whole, and at most."""

    all: float
    most: float


@dataclass(frozen=True)
class _Candidate:
    number: int
    small: bytes
    is_due: bool


def _due(shot: Shot, rate: Fraction, skipped: int) -> Iterator[list[_Candidate]]:
    """For each frame of a shot, from one on, the frames of its clip that it may be."""
    clip = shot.clip
    with _pictures(clip.path) as (media, stream):
        begins = _begins(count(media, [stream], clip.path)[0].times, shot, rate)
    with _pictures(clip.path) as (media, stream):
        decoded = enumerate(media.decode(stream))
        near: deque[tuple[int, bytes]] = deque(maxlen=2 * _NEAR + 1)
        number, last = 0, -1
        for place in range(shot.first + skipped, shot.first + shot.frames):
            while number + 1 < len(begins) and int(begins[number + 1]) <= place:
                number += 1
            while last < min(number + _NEAR, len(begins) - 1):
                last, frame = next(decoded, (len(begins), None))
                if frame is not None and last >= number - _NEAR:
                    near.append((last, _turned(_small(frame), clip.info.orientation)))
            is_tie = number + 1 < len(begins) and begins[number + 1] - place <= 1 + _TIE
            was_tie = 0 <= begins[number] - place <= _TIE
            due = {number, number + is_tie, number - was_tie}
            yield [_Candidate(at, small, at in due) for at, small in near]


@contextmanager
def _pictures(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    with opened(path, identify(path), looks_inside=False) as media:
        stream = picture_of(media)
        if stream is None:
            raise MediaError(f"{path} holds no picture")
        stream.thread_type = "AUTO"
        yield media, stream


def _begins(times: Sequence[int], shot: Shot, rate: Fraction) -> list[Fraction]:
    """The frame of the film, with its fraction, that shows each frame of a clip first."""
    info, half = shot.clip.info, Fraction(1, 2)
    if info.constant_frame_rate and info.frame_rate:
        return [number / info.frame_rate * rate + half for number in range(len(times))]
    tick, shift = info.time_base or Fraction(0), info.shift_at(rate)
    return [((time - times[0]) * tick + shift) * rate + half for time in times]


def _compared(small: bytes, candidates: Sequence[_Candidate]) -> tuple[str | None, _Off]:
    """What a frame shows, if it is not what is due; and how far it is off from what is due."""
    off = {each: _difference(small, each.small) for each in candidates}
    nearest = min((each for each in candidates if each.is_due), key=lambda each: off[each])
    due = off[nearest]
    best = min(candidates, key=lambda each: off[each])
    if _is_clearer(off[best], due) and _is_clearer(
        _difference(small, best.small, but_for=_LEVELS),
        _difference(small, nearest.small, but_for=_LEVELS),
    ):
        wanted = min(each.number for each in candidates if each.is_due)
        return f"frame {best.number} in place of frame {wanted}", _Off(due, 0)
    return None, _Off(due, max(map(abs, map(sub, small, nearest.small))))


def _is_clearer(best: float, due: float) -> bool:
    return best < _OF_THE_DUE * due and due - best > _CLEARLY


def _difference(one: bytes, other: bytes, *, but_for: float = 0.0) -> float:
    """How far two pictures are apart on the mean, but for so many levels of brightness."""
    if not but_for:
        return float(sum(map(abs, map(sub, one, other)))) / _PIXELS
    apart = list(map(sub, one, other))
    brighter = max(-but_for, min(but_for, sum(apart) / _PIXELS))
    return float(sum(abs(each - brighter) for each in apart)) / _PIXELS
