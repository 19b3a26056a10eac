"""Look at a coded film beside its clips: which frame of a clip does each of its frames show?

Small pictures are enough: a frame that looks more like the one before or after the due one is the
wrong one. That is told by their grey levels; their colours must then be those that are due.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import mul, sub
from pathlib import Path
from statistics import median

from av.video.frame import VideoFrame

from shotgraph.media.grade import BLACK, LEVELS
from shotgraph.media.smart.due import (
    Candidate,
    Due,
    ShownShot,
    due_frames,
    is_comparable,
    pictures_of,
)
from shotgraph.media.smart.small_picture import SIZE, Small, small_of
from shotgraph.media.smart.tint import Tint
from shotgraph.media.target_format import TargetFormat

_PIXELS = SIZE[0] * SIZE[1]
_OF_255 = 255 / LEVELS  # what a level of luma is, where black is 0 and white 255
# Mean differences, of 255. Coding leaves 0.3 at most of such a small picture; less than a level
# between two frames is no movement that anybody sees.
_CLEARLY, _OF_THE_DUE = 0.7, 0.6
# Coding makes a plain dark picture darker as a whole, by up to three levels of the full range, and
# a faint one fainter: a fade in the dark lags by two frames.
_LEVELS = 4.0
# A picture that is off by this, and by so many times what the others are, is of something else; so
# are all of them if half of them are off by `_ALL_FOREIGN`; or a part of it, one of 64 x 36. Of 34
# good films of 3 clips, with pans, night, grain and dissolves, none has a frame that is off by more
# than twice what is usual there; but for lightning: its first frame by 20 in a part, where 5 is.
_FOREIGN, _TIMES_THE_OTHERS, _ALL_FOREIGN = 3.0, 4, 10.0
_FOREIGN_PART, _TIMES_OF_PARTS = 20.0, 2


@dataclass(frozen=True)
class _Off:
    """How far a picture is off from what is due: of 255, as a whole and at most; in its colours."""

    place: int
    all: float
    most: float
    tint: Tint


def picture_differences(
    film: Path,
    target_format: TargetFormat,
    shown: Sequence[ShownShot],
    *,
    frames: int | None = None,
) -> list[str]:
    """Compare the pictures of a film that was coded with those of its clips.

    If anything is compared, all of its picture is decoded, and what a decoder minds is an error.

    Where shots are mixed, a frame is compared with the mix of what is due of each; where one was
    brought to the colours of another, with what is due in those. Shots of HDR, wide colours,
    fields, transparency, another shape or another speed are left out, and so is what is mixed with
    them: they look otherwise in the film.

    Args:
        film: The film, upright and with square pixels.
        target_format: Its size and rate.
        shown: Its shots, in order.
        frames: How many must decode; None for any.

    Returns:
        The first frame that shows something else than it should, in words; nothing if all do.

    Raises:
        MediaError: A file can't be read, or the film does not decode.
    """
    if not any(is_comparable(each.shot, target_format) for each in shown):
        return []
    found: dict[tuple[int, ...], list[_Off]] = defaultdict(list)
    plain: set[tuple[int, ...]] = set()
    decoded = 0
    with pictures_of(film, strictly=True) as (media, stream):
        dues = due_frames(shown, target_format)
        for place, frame in enumerate(_in_order(media.decode(stream))):
            decoded += 1
            due = next(dues, None)
            if frame is None:
                return [f"frame {place} is not shown after the one before it"]
            if frame.is_corrupt:
                return [f"frame {place} is damaged"]
            if due is None or not due.candidates:
                continue
            other, off = _compared(place, small_of(frame, due.box), due)
            if other is not None:
                return [f"frame {place} shows {other}"]
            found[due.shots].append(off)
            if due.is_plain:
                plain.add(due.shots)
    if frames not in (None, decoded):
        return [f"{decoded} of {frames} frames decode"]
    foreign = list(_foreign(found, plain))
    if foreign:
        return [f"frame {min(foreign)} shows something else than its clip"]
    strange = [place for offs in found.values() for place in _in_other_colours(offs)]
    return [f"frame {min(strange)} has other colours than its clip"] if strange else []


def _in_other_colours(offs: Sequence[_Off]) -> Iterator[int]:
    """The first picture of a shot, or of a mix, whose colours are not those that are due."""
    if sum((each.tint for each in offs), Tint()).is_other:
        yield offs[0].place
    yield from (each.place for each in offs if each.tint.is_clearly_other)


def _foreign(
    found: dict[tuple[int, ...], list[_Off]], plain: set[tuple[int, ...]]
) -> Iterator[int]:
    """The first picture of each shot, and of each mix, that is something else.

    The edges of what is turned or has margins lie elsewhere, by a part of a small pixel. A mix may
    be short, so it goes by what is usual in its shots.
    """
    for shots, offs in found.items():
        own = [found[shot,] for shot in shots if (shot,) in found] or [offs]
        usual = max(median(each.all for each in ones) for ones in own)
        usual_part = max(median(each.most for each in ones) for ones in own)
        is_plain = shots in plain
        limit = min(_FOREIGN + _TIMES_THE_OTHERS * usual, _ALL_FOREIGN if is_plain else 255.0)
        of_parts = _FOREIGN_PART + _TIMES_OF_PARTS * usual_part if is_plain else 255.0
        foreign = (each.place for each in offs if each.all > limit or each.most > of_parts)
        if (first := next(foreign, None)) is not None:
            yield first


def _in_order(frames: Iterator[VideoFrame]) -> Iterator[VideoFrame | None]:
    """The frames of a film; None for one that is due before one that came before it."""
    last: int | None = None
    for frame in frames:
        is_later = last is None or (frame.pts is not None and frame.pts > last)
        yield frame if is_later else None
        last = frame.pts


def _compared(place: int, small: Small, due: Due) -> tuple[str | None, _Off]:
    """What a frame shows, if it is not what is due; and how far it is off from what is due."""
    grey = small.grey
    least_due, nearest = _nearest(grey, [each for each in due.candidates if each.is_due])
    # Nothing can be clearer than what is as near as this.
    least, best = least_due, nearest
    if least_due > _CLEARLY:
        least, best = _nearest(grey, due.candidates)
    is_other = _is_clearer(least, least_due) and all(
        _is_clearer(
            _difference(grey, best.small.grey, but_for=_LEVELS, fainter=fainter),
            _difference(grey, nearest.small.grey, but_for=_LEVELS, fainter=fainter),
        )
        for fainter in (False, True)
    )
    if is_other:
        return _in_words(best, due), _Off(place, least_due, 0, Tint())
    most = max(map(abs, map(sub, grey, nearest.small.grey))) * _OF_255
    return None, _Off(place, least_due, most, Tint.between(small.colours, nearest.small.colours))


def _nearest(grey: bytes, candidates: Sequence[Candidate]) -> tuple[float, Candidate]:
    off = ((_difference(grey, each.small.grey), each) for each in candidates)
    return min(off, key=lambda pair: pair[0])


def _in_words(best: Candidate, due: Due) -> str:
    if due.is_mixed:
        return f"the mix of clips that is due at frame {best.number}"
    wanted = min(each.number for each in due.candidates if each.is_due)
    return f"frame {best.number} in place of frame {wanted} of its clip"


def _is_clearer(best: float, due: float) -> bool:
    return best < _OF_THE_DUE * due and due - best > _CLEARLY


def _difference(one: bytes, other: bytes, *, but_for: float = 0.0, fainter: bool = False) -> float:
    """How far two pictures are apart on the mean.

    Args:
        but_for: So many levels of brightness are no difference.
        fainter: Nor are so many of contrast, at the lightest pixel.
    """
    if not but_for:
        return float(sum(map(abs, map(sub, one, other)))) / _PIXELS * _OF_255
    levels = but_for / _OF_255
    by = _contrast(one, other, levels) if fainter else 1.0
    black = BLACK * (1 - by)
    apart = [each - by * due - black for each, due in zip(one, other, strict=True)]
    brighter = max(-levels, min(levels, sum(apart) / _PIXELS))
    return float(sum(abs(each - brighter) for each in apart)) / _PIXELS * _OF_255


def _contrast(one: bytes, other: bytes, levels: float) -> float:
    """By how much a picture has more contrast than another, within so many levels."""
    mean, most = sum(other) / _PIXELS, max(1, max(other) - BLACK)
    about = [each - mean for each in other]
    spread = sum(each * each for each in about)
    by = sum(map(mul, one, about)) / spread if spread else 1.0
    return float(max(1 - levels / most, min(1 + levels / most, by)))
