"""Compare a coded film with its clips: each frame must show the expected frame of its clip.

Small pictures are enough. A frame is wrong if its grey levels are clearly more like the frame
before or after the expected frame. Then its colours are compared with the expected colours.
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
_OF_255 = 255 / LEVELS  # a level of luma in full range, from 0 to 255
# Mean differences, of 255. Coding changes such a small picture by at most 0.3; a difference of less
# than one level between two frames is no visible movement.
_CLEARLY, _OF_THE_DUE = 0.7, 0.6
# Coding makes a whole dark picture darker, by up to three levels of the full range, and lowers its
# contrast: a fade in the dark lags by two frames.
_LEVELS = 4.0
# The limits for a picture that is not from its clip. A frame is foreign if its difference is larger
# than `_FOREIGN` plus `_TIMES_THE_OTHERS` times the shot's median, or than `_ALL_FOREIGN`. The same
# holds for the largest difference of one pixel of 64 x 36, with the second pair of limits. In 34
# good films of 3 clips, with pans, night, grain and dissolves, no frame differs by more than twice
# the median, except for the first frame of lightning: by 20 in one pixel, where the median is 5.
_FOREIGN, _TIMES_THE_OTHERS, _ALL_FOREIGN = 3.0, 4, 10.0
_FOREIGN_PART, _TIMES_OF_PARTS = 20.0, 2


@dataclass(frozen=True)
class _Off:
    """The difference between a frame and its expected picture.

    Attributes:
        place: The number of the frame.
        all: The mean difference in grey, of 255.
        most: The largest difference in grey, of 255.
        tint: The comparison of the colours.
    """

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
    """Compare the pictures of a coded film with the pictures of its clips.

    If any shot can be compared, the whole picture is decoded, and every complaint of the decoder is
    an error.

    Where shots are mixed, a frame is compared with the mix of their pictures. Where a shot was
    brought to the colours of another, it is compared in these colours. Shots with HDR, wide gamut,
    interlacing, transparency, another shape or another speed are not compared, nor are mixes with
    them: they look different in the film.

    Args:
        film: The film, upright and with square pixels.
        target_format: Its size and rate.
        shown: Its shots, in order.
        frames: The number of frames that must decode; None for any.

    Returns:
        The first wrong frame, in words; empty if all frames are right.

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
        return [f"frame {min(foreign)} shows another picture than its clip"]
    strange = [place for offs in found.values() for place in _in_other_colours(offs)]
    return [f"frame {min(strange)} has other colours than in its clip"] if strange else []


def _in_other_colours(offs: Sequence[_Off]) -> Iterator[int]:
    """Find pictures of a shot, or of a mix, with other colours than expected.

    They are the first picture if the whole shot is off, and each picture that is clearly off.
    """
    if sum((each.tint for each in offs), Tint()).is_other:
        yield offs[0].place
    yield from (each.place for each in offs if each.tint.is_clearly_other)


def _foreign(
    found: dict[tuple[int, ...], list[_Off]], plain: set[tuple[int, ...]]
) -> Iterator[int]:
    """Find the first picture of each shot, and of each mix, that is not from its clip.

    In turned shots and shots with margins, edges are off by a fraction of a small pixel: single
    pixels of these are not compared. A mix may be short, so the medians of its shots are used.
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
    """Give the frames of a film; None for a frame that is not later than the previous one."""
    last: int | None = None
    for frame in frames:
        is_later = last is None or (frame.pts is not None and frame.pts > last)
        yield frame if is_later else None
        last = frame.pts


def _compared(place: int, small: Small, due: Due) -> tuple[str | None, _Off]:
    """Compare a frame with its candidates; give the wrong picture it shows, if any, in words."""
    grey = small.grey
    least_due, nearest = _nearest(grey, [each for each in due.candidates if each.is_due])
    # Within this distance of an expected picture, no other candidate can be clearly nearer.
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
        return f"the mix of clips that belongs to frame {best.number}"
    wanted = min(each.number for each in due.candidates if each.is_due)
    return f"frame {best.number} in place of frame {wanted} of its clip"


def _is_clearer(best: float, due: float) -> bool:
    return best < _OF_THE_DUE * due and due - best > _CLEARLY


def _difference(one: bytes, other: bytes, *, but_for: float = 0.0, fainter: bool = False) -> float:
    """The mean difference of two pictures, of 255.

    Args:
        one: The levels of a picture.
        other: The levels of the other picture.
        but_for: Levels of brightness by which the whole picture may differ.
        fainter: Whether the contrast may differ too, by as many levels at the lightest pixel.
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
    """The ratio of two pictures' contrasts, limited to some levels at the lightest pixel."""
    mean, most = sum(other) / _PIXELS, max(1, max(other) - BLACK)
    about = [each - mean for each in other]
    spread = sum(each * each for each in about)
    by = sum(map(mul, one, about)) / spread if spread else 1.0
    return float(max(1 - levels / most, min(1 + levels / most, by)))
