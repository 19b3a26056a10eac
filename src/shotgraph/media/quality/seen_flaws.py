"""The measures of a clip → what is wrong with its picture."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from statistics import median

from shotgraph.media.quality.flaw import Flaw, Flaws
from shotgraph.media.quality.measures import Measures, SeenFrame
from shotgraph.media.quality.thresholds import (
    BLACK_S,
    BLACK_SHARE,
    CUT_CHANGE,
    CUT_RATIO,
    FLICKER_COUNT,
    FLICKER_SIZE,
    FROZEN_CHANGE,
    FROZEN_S,
    FROZEN_SPOT,
    JUMP_CHANGE,
    JUMP_RATIO,
    REPEATED_SHARE,
    REPEATED_TIMES,
)


def seen_flaws(measures: Measures) -> Flaws:
    """Everything that is wrong with the picture, in the order of time."""
    if len(measures.frames) < 3:
        return ()
    black = list(_black(measures))
    frozen = [flaw for flaw in _frozen(measures) if not any(map(_inside(flaw), black))]
    cuts = [flaw for flaw in _cuts(measures) if not any(map(_touches(flaw), black))]
    flicker = list(_flicker(measures))
    found = [*black, *frozen, *cuts, *flicker]
    others = [*_repeated(measures, frozen), *_jumps(measures)]
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
    """The stretches of frames of which something holds."""
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
    """When the frame before an index ends."""
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
    # The first frame is compared with none.
    for run in _runs(frames[1:], _is_still):
        begin_s, end_s = frames[run.start].at_s, _end_s(measures, run.stop + 1)
        if end_s - begin_s >= FROZEN_S.value:
            yield Flaw(
                kind="frozen",
                begin_s=begin_s,
                end_s=end_s,
                what=f"nothing moves for {_text(end_s - begin_s)} s",
            )


def _cuts(measures: Measures) -> Iterator[Flaw]:
    frames = measures.frames
    for index in range(2, len(frames) - 1):
        before, here, after = frames[index - 1 : index + 2]
        around = max(before.change, after.change)
        # After a flash the picture is again what it was before it.
        lasts = min(here.over, after.over) >= here.change * 0.6
        if here.change >= max(CUT_CHANGE.value, CUT_RATIO.value * around) and lasts:
            yield Flaw(
                kind="cut",
                begin_s=here.at_s,
                end_s=here.at_s,
                what=f"it is cut: the picture changes by {here.change / 2.55:.0f} % at once, and "
                f"around that by {around / 2.55:.1f} % a frame",
            )


def _flicker(measures: Measures) -> Iterator[Flaw]:
    """Brightness that goes up and down again from frame to frame, many times a second."""
    frames = measures.frames
    bends = [0.0] * len(frames)
    for index in range(1, len(frames) - 1):
        before, here, after = frames[index - 1 : index + 2]
        bends[index] = here.luma - (before.luma + after.luma) / 2
    window = max(4, round(1 / measures.frame_s))
    hits = [index for index, bend in enumerate(bends) if abs(bend) >= FLICKER_SIZE.value * 2.55]
    needed = FLICKER_COUNT.value
    begin: int | None = None
    end = 0
    for place, index in enumerate(hits):
        within = [one for one in hits[place:] if one < index + window]
        signs = {bends[one] > 0 for one in within}
        if len(within) >= needed and len(signs) == 2:
            begin = index if begin is None else begin
            end = within[-1]
    if begin is not None:
        size = median(abs(bends[index]) for index in hits if begin <= index <= end)
        yield Flaw(
            kind="flicker",
            begin_s=frames[begin].at_s,
            end_s=_end_s(measures, end + 1),
            what=f"its brightness flickers by {size / 2.55:.1f} %, more than "
            f"{needed:.0f} times a second",
        )


def _repeated(measures: Measures, frozen: Sequence[Flaw]) -> Iterator[Flaw]:
    """Frames that are shown again while everything moves, as a lower rate made higher has them."""
    frames = [
        frame
        for frame in measures.frames[1:]
        if not any(one.begin_s <= frame.at_s < one.end_s for one in frozen)
    ]
    repeats = [frame for frame in frames if _is_still(frame)]
    moving = [frame.change for frame in frames if not _is_still(frame)]
    if len(repeats) < REPEATED_TIMES.value or len(repeats) < REPEATED_SHARE.value * len(frames):
        return
    # Where little moves, a frame that is like the one before is no fault.
    if not moving or median(moving) < 4 * FROZEN_CHANGE.value:
        return
    every = len(frames) / len(repeats)
    yield Flaw(
        kind="repeated",
        begin_s=repeats[0].at_s,
        end_s=repeats[-1].at_s,
        what=f"{len(repeats)} of {len(frames)} frames show the one before again, about one of "
        f"{every:.0f}",
    )


def _jumps(measures: Measures) -> Iterator[Flaw]:
    frames = measures.frames
    for index in range(3, len(frames) - 3):
        here = frames[index]
        around = [frames[other].change for other in range(index - 3, index + 4) if other != index]
        usual = median(around)
        is_steady = max(around) <= usual * 1.5
        lasts = min(here.over, frames[index + 1].over) >= here.change * 0.8
        if here.change >= max(JUMP_CHANGE.value, JUMP_RATIO.value * usual) and is_steady and lasts:
            yield Flaw(
                kind="jump",
                begin_s=here.at_s,
                end_s=here.at_s,
                what=f"it jumps: as much changes at once as else in {here.change / usual:.0f} "
                "frames",
            )


def _text(seconds: Fraction) -> str:
    return f"{float(seconds):.2f}".rstrip("0").rstrip(".")
