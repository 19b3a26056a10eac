"""What is wrong with a clip, found in measures that are made up: each fault, and what is none."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from math import pi, sin

import pytest

from shotgraph.media.quality.as_sent import as_sent
from shotgraph.media.quality.judging import judged
from shotgraph.media.quality.measures import GRID, HeardStep, Measures, SeenFrame
from shotgraph.media.quality.same_motion import likeness
from shotgraph.media.quality.seen_flaws import seen_flaws

RATE = 24
MOVES = bytes([20] * (GRID[0] * GRID[1]))


def clip(
    changes: Sequence[float],
    *,
    luma: Sequence[float] | None = None,
    overs: dict[int, float] | None = None,
    dark: Sequence[float] | None = None,
    motion: Sequence[bytes] | None = None,
) -> Measures:
    """A clip by what changes from frame to frame; else it moves evenly."""
    frames = [
        SeenFrame(
            at_s=Fraction(at, RATE),
            luma=luma[at] if luma else 100.0,
            dark=dark[at] if dark else 0.0,
            change=change,
            most=0 if change < 0.05 else 40,
            over=(overs or {}).get(at, 2 * change),
            motion=motion[at] if motion else MOVES,
        )
        for at, change in enumerate(changes)
    ]
    return Measures(tuple(frames), Fraction(1, RATE))


def kinds(measures: Measures) -> list[str]:
    return [flaw.kind for flaw in seen_flaws(measures)]


EVEN = [0.0, *[2.0] * 71]


def test_a_clip_that_moves_evenly_has_no_fault() -> None:
    assert kinds(clip(EVEN)) == []


@pytest.mark.parametrize(("frames", "found"), [(6, ["black"]), (5, [])])
def test_black_for_a_quarter_of_a_second(frames: int, found: list[str]) -> None:
    dark = [0.0] * 30 + [0.99] * frames + [0.0] * (42 - frames)

    assert kinds(clip(EVEN, dark=dark)) == found


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ([0.0, *[2.0] * 30, *[0.0] * 23, *[2.0] * 18], ["frozen"]),
        ([0.0, *[2.0] * 30, *[0.0] * 22, *[2.0] * 19], []),
        ([0.0, *[0.0] * 71], ["frozen"]),
        # A camera that comes to rest slows down before.
        ([0.0, *[2 - at / 20 for at in range(35)], 0.3, 0.26, *[0.0] * 34], []),
    ],
    ids=["a second", "less", "all of it", "to rest"],
)
def test_frozen_is_what_stops_at_once_for_a_second(changes: list[float], found: list[str]) -> None:
    assert kinds(clip(changes)) == found


def test_a_cut_changes_all_at_once_and_stays() -> None:
    cut = [*EVEN[:36], 60.0, *EVEN[37:]]

    assert kinds(clip(cut, overs={36: 60.0, 37: 60.0})) == ["cut"]
    # One bright frame: the picture after it is that before it.
    flash = [*cut[:37], 60.0, *cut[38:]]
    assert kinds(clip(flash, overs={36: 60.0, 37: 2.0, 38: 60.0})) == []


def test_lightning_of_some_frames_is_no_cut_and_no_flicker() -> None:
    luma = [100.0] * 36 + [180.0] * 3 + [100.0] * 33
    changes = [*EVEN[:36], 80.0, 2.0, 2.0, 80.0, *EVEN[40:]]

    assert kinds(clip(changes, luma=luma, overs=dict.fromkeys((36, 37, 39, 40), 80.0))) == []


@pytest.mark.parametrize(("hertz", "found"), [(8, ["flicker"]), (1.5, [])])
def test_flicker_is_more_than_three_flashes_a_second(hertz: float, found: list[str]) -> None:
    luma = [100 + 20 * sin(2 * pi * hertz * at / RATE + 1) for at in range(72)]

    assert kinds(clip(EVEN, luma=luma)) == found


def test_frames_that_are_shown_again_at_a_cadence() -> None:
    stutter = [0.0 if at % 5 == 4 else 2.0 for at in range(72)]

    assert kinds(clip(stutter)) == ["repeated"]
    # Where nearly nothing moves, a frame like the one before is none.
    assert kinds(clip([change / 10 for change in stutter])) == []


def test_a_jump_is_motion_that_is_missing() -> None:
    jump = [*EVEN[:36], 12.0, *EVEN[37:]]

    assert kinds(clip(jump, overs={36: 12.0, 37: 12.0})) == ["jump"]
    assert kinds(clip([*EVEN[:36], 6.0, *EVEN[37:]])) == []


def test_a_picture_that_changes_now_and_then_does_not_jump() -> None:
    slow = [12.0 if at and at % 8 == 0 else 0.0 for at in range(72)]
    assert kinds(clip(slow, overs={at + 1: 12.0 for at in range(8, 72, 8)})) == []


def _from(where: Sequence[int], when: Sequence[float]) -> list[bytes]:
    return [
        bytes(int(20 + 100 * much * (cell in where)) for cell in range(GRID[0] * GRID[1]))
        for much in when
    ]


def test_an_edit_that_moves_elsewhere_or_at_another_time_is_told() -> None:
    swells = [sin(pi * at / 71) for at in range(72)]
    source = clip(EVEN, motion=_from(range(10), swells))

    assert judged(source, source=source) == ()
    elsewhere = judged(clip(EVEN, motion=_from(range(30, 40), swells)), source=source)
    assert [flaw.kind for flaw in elsewhere] == ["motion"]
    fades = _from(range(10), [1 - one for one in swells])
    assert [flaw.kind for flaw in judged(clip(EVEN, motion=fades), source=source)] == ["motion"]
    still = clip([0.1] * 72, motion=[bytes(40)] * 72)
    assert likeness(still, still).place is None


def _uneven(lost: Sequence[int]) -> Measures:
    """A clip that moves evenly, without some of its frames."""
    kept = clip([2.0 * (1 + (at - 1 in lost)) for at in range(72)]).frames
    return Measures(
        tuple(frame for at, frame in enumerate(kept) if at not in lost), Fraction(1, RATE)
    )


def test_frames_that_are_sent_again_are_no_fault_of_an_edit() -> None:
    lost = [at for at in range(72) if at % 7 == 3]
    source = _uneven(lost)
    sent = as_sent(source, Fraction(RATE), shift=Fraction(0), frames=72)
    edit = clip([0.0 if at in lost else 2.0 for at in range(72)])

    assert list(sent.held_s) == [Fraction(at, RATE) for at in lost]
    assert [frame.change == 0 for frame in sent.measures.frames] == [at in lost for at in range(72)]
    assert kinds(sent.measures) == kinds(edit) == ["repeated"]
    assert judged(edit, source=source, sent=sent) == ()
    assert [flaw.kind for flaw in judged(edit, source=source)] == ["repeated"]


def test_what_is_evened_first_is_sent_at_half_the_rate_as_an_even_video() -> None:
    """Else a frame that is due between two of the model's is in the one or in the other."""
    even = clip([2.0 + at / 72 for at in range(72)])
    slips = [Fraction(at % 3 - 1, 20 * RATE) for at in range(72)]
    uneven = replace(
        even,
        frames=tuple(
            replace(frame, at_s=frame.at_s + slip)
            for frame, slip in zip(even.frames, slips, strict=True)
        ),
    )

    def sent(source: Measures, first: Fraction | None) -> Measures:
        half = Fraction(RATE, 2)
        return as_sent(source, half, shift=Fraction(0), frames=36, even=first).measures

    assert sent(uneven, Fraction(RATE)) == sent(even, None) != sent(uneven, None)


def test_a_few_frames_that_are_sent_again_do_not_count_among_those_of_an_edit() -> None:
    lost = list(range(5, 72, 18))
    source = _uneven(lost)
    sent = as_sent(source, Fraction(RATE), shift=Fraction(0), frames=72)
    few, many = set(range(14, 72, 18)), set(range(14, 72, 6))

    def edit(again: set[int]) -> Measures:
        return clip([0.0 if at in again or at in lost else 2.0 for at in range(72)])

    assert kinds(sent.measures) == []
    assert kinds(edit(few)) == ["repeated"]
    assert judged(edit(few), source=source, sent=sent) == ()
    (flaw,) = judged(edit(many), source=source, sent=sent)
    assert flaw.what.startswith(f"{len(many - set(lost))} of {71 - len(lost)} frames")


def test_a_flash_of_an_uneven_video_is_no_jump_of_its_edit() -> None:
    """The source stands still for a third of a second then; the edit goes on moving a little."""
    lost = range(37, 45)
    flash = [0.6] * 36 + [12.0] + [0.6] * 8 + [12.0] + [0.6] * 26
    kept = clip(flash, overs={36: 12.0, 45: 12.0}).frames
    source = Measures(
        tuple(one for at, one in enumerate(kept) if at not in lost), Fraction(1, RATE)
    )
    sent = as_sent(source, Fraction(RATE), shift=Fraction(0), frames=72)
    edit = clip(flash, overs={36: 12.0, 37: 12.0, 45: 12.0, 46: 12.0})

    assert kinds(source) == kinds(sent.measures) == []
    assert kinds(edit) == ["jump", "jump"]
    assert judged(edit, source=source, sent=sent) == ()
    # What jumps elsewhere is its own.
    other = [*flash[:20], 12.0, *flash[21:]]
    own = clip(other, overs={20: 12.0, 21: 12.0, 36: 12.0, 37: 12.0, 45: 12.0, 46: 12.0})
    (flaw,) = judged(own, source=source, sent=sent)
    assert (flaw.kind, flaw.begin_s) == ("jump", Fraction(20, RATE))


def test_a_pause_of_an_uneven_video_is_sent_as_a_frozen_picture() -> None:
    source = _uneven(range(20, 60))
    sent = as_sent(source, Fraction(RATE), shift=Fraction(0), frames=72)
    edit = clip([0.0 if 20 <= at < 60 else 2.0 for at in range(72)])

    assert kinds(source) == []
    assert kinds(edit) == ["frozen"]
    assert judged(edit, source=source, sent=sent) == ()


def test_an_edit_may_move_in_the_jerks_that_were_sent() -> None:
    levels = [0, 1, 1, 0.5, 0.5, 0.5]
    moves = _from(range(40), [levels[at // 12] for at in range(72)])
    source = clip([0.0, *[12.0] * 71], motion=moves)
    slow = Measures(source.frames[::12], Fraction(12, RATE))
    sent = as_sent(slow, Fraction(RATE), shift=Fraction(0), frames=72)

    assert [flaw.kind for flaw in judged(sent.measures, source=slow)] == ["motion"]
    assert judged(sent.measures, source=slow, sent=sent) == ()
    otherwise = _from(range(40), [1 - levels[at // 12] for at in range(72)])
    other = judged(clip(EVEN, motion=otherwise), source=slow, sent=sent)
    assert [flaw.kind for flaw in other] == ["motion"]


def test_frames_that_a_lower_rate_leaves_out_are_not_seen_in_what_is_sent() -> None:
    sent = as_sent(clip(EVEN), Fraction(RATE, 2), shift=Fraction(1, 100), frames=36)

    assert (len(sent.measures.frames), list(sent.held_s)) == (36, [])
    assert {frame.change for frame in sent.measures.frames[1:]} == {4.0}
    assert kinds(sent.measures) == []


def test_what_the_source_has_too_is_no_fault_of_an_edit() -> None:
    cut = clip([*EVEN[:36], 60.0, *EVEN[37:]], overs={36: 60.0, 37: 60.0})

    assert judged(cut, source=cut) == ()
    assert [flaw.kind for flaw in judged(cut, source=clip(EVEN))] == ["cut"]


def test_an_edit_is_as_long_as_its_source() -> None:
    (flaw,) = judged(clip(EVEN[:60]), source=clip(EVEN))

    assert (flaw.kind, flaw.begin_s, flaw.end_s) == ("length", Fraction(5, 2), Fraction(3))


def test_silence_is_a_fault_where_the_source_is_heard_and_its_sound_is_kept() -> None:
    loud = replace(clip(EVEN), sound=(HeardStep(9000, 0),) * 30)
    silent = replace(clip(EVEN), sound=(HeardStep(9000, 0),) * 5 + (HeardStep(3, 0),) * 25)
    mute = clip(EVEN)

    for bad in (silent, mute):
        assert [flaw.kind for flaw in judged(bad, source=loud, keeps_sound=True)] == ["silent"]
        assert judged(bad, source=loud) == ()
        assert judged(bad, source=mute, keeps_sound=True) == ()


def test_sound_at_full_scale_is_clipped() -> None:
    clipped = replace(clip(EVEN), sound=(HeardStep(32767, 12),) * 3 + (HeardStep(9000, 0),) * 27)
    loud = replace(clip(EVEN), sound=(HeardStep(32767, 2),) * 30)

    assert [flaw.kind for flaw in judged(clipped)] == ["clipped"]
    assert judged(loud) == ()


def test_measures_come_back_out_of_a_record() -> None:
    measures = replace(clip(EVEN), sound=(HeardStep(5, 1),), first=bytes(range(9)), last=b"abc")

    assert Measures.of_json(measures.as_json()) == measures
