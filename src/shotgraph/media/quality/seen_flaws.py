"""The measures of a clip → the faults of its picture."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from statistics import median

from shotgraph.media.quality.as_sent import Sent
from shotgraph.media.quality.flaw import Flaw, Flaws
from shotgraph.media.quality.measures import Measures, SeenFrame
from shotgraph.media.quality.thresholds import (
    BLACK_S,
    BLACK_SHARE,
    CUT_APART,
    CUT_CHANGE,
    CUT_RATIO,
    FLICKER_SIZE,
    FLICKER_TURNS,
    FROZEN_BESIDE,
    FROZEN_CHANGE,
    FROZEN_S,
    FROZEN_SPOT,
    JUMP_CHANGE,
    JUMP_RATIO,
    REPEATED_CHANGE,
    REPEATED_MOTION,
    REPEATED_RUN,
    REPEATED_SHARE,
    REPEATED_TIMES,
)


def seen_flaws(measures: Measures, sent: Sent | None = None) -> Flaws:
    """Find all faults of the picture, in the order of time.

    Args:
        measures: The clip's measures.
        sent: The video that the clip repaints, as the model got it. Where this repeats frames, the
            clip may repeat them too.
    """
    if len(measures.frames) < 3:
        return ()
    black = list(_black(measures))
    frozen = [flaw for flaw in _frozen(measures) if not any(map(_inside(flaw), black))]
    cuts = [flaw for flaw in _cuts(measures) if not any(map(_touches(flaw), black))]
    flicker = list(_flicker(measures))
    found = [*black, *frozen, *cuts, *flicker]
    others = [*_repeated(measures, frozen, sent), *_jumps(measures)]
    found += [
        one for one in others if not any(map(_touches(one), [*black, *frozen, *cuts, *flicker]))
    ]
    return tuple(sorted(found, key=lambda flaw: (flaw.begin_s, flaw.kind)))


def _inside(inner: Flaw) -> Callable[[Flaw], bool]:
    return lambda outer: outer.begin_s <= inner.begin_s and inner.end_s <= outer.end_s


def _touches(one: Flaw) -> Callable[[Flaw], bool]:
    near = Fraction(1, 5)
    return lambda other: other.begin_s - near <= one.end_s and one.begin_s - near <= other.end_s


def _runs(frames: Sequence[SeenFrame], holds: Callable[[SeenFrame], bool]) -> Iterator[range]:
    """Give the longest stretches of frames for which `holds` is true."""
    begin: int | None = None
    for index, frame in enumerate(frames):
        if holds(frame) and begin is None:
            begin = index
        elif not holds(frame) and begin is not None:
            yield range(begin, index)
            begin = None
    if begin is not None:
        yield range(begin, len(frames))


def _end_s(measures: Measures, index: int) -> Fraction:
    """The end of the frame before an index, in seconds."""
    frames = measures.frames
    return frames[index].at_s if index < len(frames) else measures.end_s


def _black(measures: Measures) -> Iterator[Flaw]:
    frames = measures.frames
    for run in _runs(frames, lambda frame: frame.dark >= BLACK_SHARE.value):
        begin_s, end_s = frames[run.start].at_s, _end_s(measures, run.stop)
        if end_s - begin_s >= BLACK_S.value:
            yield Flaw(
                kind="black",
                begin_s=begin_s,
                end_s=end_s,
                what=f"the picture is black for {_text(end_s - begin_s)} s",
            )


def _is_still(frame: SeenFrame) -> bool:
    return frame.change <= FROZEN_CHANGE.value and frame.most <= FROZEN_SPOT.value


def _frozen(measures: Measures) -> Iterator[Flaw]:
    frames = measures.frames
    # The first frame has no previous frame to compare with.
    for run in _runs(frames[1:], _is_still):
        begin_s, end_s = frames[run.start].at_s, _end_s(measures, run.stop + 1)
        if end_s - begin_s >= FROZEN_S.value and _is_sudden(frames, run.start + 1, run.stop + 1):
            yield Flaw(
                kind="frozen",
                begin_s=begin_s,
                end_s=end_s,
                what=f"nothing moves for {_text(end_s - begin_s)} s",
            )


def _is_sudden(frames: Sequence[SeenFrame], begin: int, end: int) -> bool:
    """Whether the motion stops or starts at once; a camera comes to rest slowly."""
    if end - begin >= len(frames) - 2:
        return True
    beside = [*frames[max(1, begin - 2) : begin], *frames[end : end + 2]]
    return max((frame.change for frame in beside), default=0) >= FROZEN_BESIDE.value


def _cuts(measures: Measures) -> Iterator[Flaw]:
    frames = measures.frames
    found = [index for index in range(1, len(frames) - 1) if _is_cut(frames, index)]
    near = round(CUT_APART.value / measures.frame_s)
    for place, index in enumerate(found):
        others = [one for one in found if one != index and abs(one - index) <= near]
        if any(_is_flash(frames, *sorted((index, other))) for other in others):
            continue
        if place and index - found[place - 1] <= near:
            continue
        here, around = frames[index], _around(frames, index)
        yield Flaw(
            kind="cut",
            begin_s=here.at_s,
            end_s=here.at_s,
            what=f"it has a cut: the picture changes by {here.change / 2.55:.0f} % in one frame, "
            f"and by {around / 2.55:.1f} % in the frames around it",
        )


def _around(frames: Sequence[SeenFrame], index: int) -> float:
    # The first frame has no change of its own.
    before = frames[index - 1].change if index > 1 else 0.0
    return max(before, frames[index + 1].change)


def _is_cut(frames: Sequence[SeenFrame], index: int) -> bool:
    here, after = frames[index], frames[index + 1]
    # After a single bright frame the picture is again the same as before.
    overs = (here.over, after.over) if index > 1 else (after.over,)
    lasts = min(overs) >= here.change * 0.6
    least = max(CUT_CHANGE.value, CUT_RATIO.value * _around(frames, index))
    return here.change >= least and lasts


def _is_flash(frames: Sequence[SeenFrame], up: int, down: int) -> bool:
    """Whether the brightness is the same before and after two changes, and another between."""
    before, between, after = (frames[at].luma for at in (up - 1, up, down))
    return abs(after - before) <= abs(between - before) / 2


def _flicker(measures: Measures) -> Iterator[Flaw]:
    """Find brightness that goes up and down more than three times a second."""
    frames = measures.frames
    bends = [0.0] * len(frames)
    for index in range(1, len(frames) - 1):
        before, here, after = frames[index - 1 : index + 2]
        bends[index] = here.luma - (before.luma + after.luma) / 2
    window = round(1 / measures.frame_s)
    hits = [index for index, bend in enumerate(bends) if abs(bend) >= FLICKER_SIZE.value * 2.55]
    turns = [
        index
        for last, index in pairwise(hits)
        if (bends[last] > 0) != (bends[index] > 0) and index - last <= window
    ]
    bad = [
        at
        for place, at in enumerate(turns)
        if sum(one < at + window for one in turns[place:]) > FLICKER_TURNS.value
    ]
    if not bad:
        return
    begin, end = bad[0], max(one for one in turns if one < bad[-1] + window)
    within = [one for one in turns if begin <= one <= end]
    size = median(abs(bends[index]) for index in within)
    times = len(within) / 2 / max(1.0, float(frames[end].at_s - frames[begin].at_s))
    yield Flaw(
        kind="flicker",
        begin_s=frames[begin].at_s,
        end_s=_end_s(measures, end + 1),
        what=f"its brightness flickers by {size / 2.55:.1f} %, {times:.0f} times a second",
    )


def _repeated(measures: Measures, frozen: Sequence[Flaw], sent: Sent | None) -> Iterator[Flaw]:
    """Find repeated frames within motion, as in a clip brought from a low rate to a higher one."""
    frames = [
        frame
        for frame in measures.frames[1:]
        if not any(one.begin_s <= frame.at_s < one.end_s for one in frozen)
        and not (sent is not None and sent.holds(frame, measures.frame_s))
    ]
    if not frames:
        return
    usual = median(frame.change for frame in frames)
    # If there is little motion, a frame that is like the previous one is no fault.
    if usual < REPEATED_MOTION.value:
        return
    most = min(FROZEN_CHANGE.value, usual * REPEATED_CHANGE.value)
    # A longer rest is a resting camera: 6 frames brought to 24 have three repeats in a row.
    runs = _runs(frames, lambda frame: frame.change <= most)
    repeats = [frames[at] for run in runs if len(run) <= REPEATED_RUN.value for at in run]
    if len(repeats) < max(REPEATED_TIMES.value, REPEATED_SHARE.value * len(frames)):
        return
    every = len(frames) / len(repeats)
    yield Flaw(
        kind="repeated",
        begin_s=repeats[0].at_s,
        end_s=repeats[-1].at_s,
        what=f"{len(repeats)} of {len(frames)} frames repeat the previous frame, about one of "
        f"{every:.0f}",
    )


def _jumps(measures: Measures) -> Iterator[Flaw]:
    frames = measures.frames
    for index in range(3, len(frames) - 3):
        here = frames[index]
        around = [frames[other].change for other in range(index - 3, index + 4) if other != index]
        usual = median(around)
        is_steady = usual * 0.5 <= min(around) and max(around) <= usual * 1.5
        lasts = min(here.over, frames[index + 1].over) >= here.change * 0.8
        least = max(JUMP_CHANGE.value, JUMP_RATIO.value * usual)
        # If the frames around it are still, no motion is missing.
        if usual and here.change >= least and is_steady and lasts:
            yield Flaw(
                kind="jump",
                begin_s=here.at_s,
                end_s=here.at_s,
                what=f"it jumps: one frame changes as much as usually {here.change / usual:.0f} "
                "frames",
            )


def changes_at_once(measures: Measures, at_s: Fraction, near_s: Fraction) -> bool:
    """Whether a clip changes far more at a time than before and after it, as in a flash.

    An edit of such a clip has this change too, between steadier frames if its source has few.

    Args:
        measures: The clip's measures.
        at_s: Seconds on its clock.
        near_s: The tolerance in seconds.
    """
    frames = measures.frames
    for index in range(1, len(frames)):
        here = frames[index]
        if abs(here.at_s - at_s) > near_s:
            continue
        before, after = frames[max(1, index - 3) : index], frames[index + 1 : index + 4]
        around = [one.change for one in (*before, *after)]
        usual = median(around) if around else 0.0
        if here.change >= max(JUMP_CHANGE.value, JUMP_RATIO.value * usual):
            return True
    return False


def _text(seconds: Fraction) -> str:
    return f"{float(seconds):.2f}".rstrip("0").rstrip(".")
