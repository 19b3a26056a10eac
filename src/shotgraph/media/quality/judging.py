"""The measures of a clip, and of its source → all faults of the clip."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from shotgraph.media.quality.as_sent import Sent
from shotgraph.media.quality.flaw import Flaw, Flaws
from shotgraph.media.quality.heard_flaws import heard_flaws, is_silent
from shotgraph.media.quality.measures import Measures
from shotgraph.media.quality.same_motion import other_motion
from shotgraph.media.quality.seen_flaws import changes_at_once, seen_flaws

# A smaller difference in length is corrected by stretching; see `shotgraph.money.lengths`.
_MOST_STRETCH = Fraction(2, 100)


def judged(
    clip: Measures,
    *,
    source: Measures | None = None,
    sent: Sent | None = None,
    keeps_sound: bool = False,
) -> Flaws:
    """Find all faults of a clip, in the order of time.

    Args:
        clip: The clip's measures.
        source: The measures of the video that the clip repaints; None if it repaints none. If the
            source has the same fault at the same time, it is no fault of the clip.
        sent: The source as the model got it, if at another rate; repeated frames of this are no
            fault of the clip either.
        keeps_sound: Whether the clip should have the source's sound.
    """
    belongs = keeps_sound and source is not None and not is_silent(source)
    found = [*seen_flaws(clip, sent), *heard_flaws(clip, sound_belongs=belongs)]
    if source is not None:
        given = [*seen_flaws(source), *heard_flaws(source, sound_belongs=belongs)]
        given += seen_flaws(sent.measures) if sent is not None else ()
        found = [flaw for flaw in found if not any(flaw.is_during(one) for one in given)]
        both = [source, *([sent.measures] if sent is not None else [])]
        found = [flaw for flaw in found if flaw.kind != "jump" or not _is_of(flaw, both, clip)]
        found += _beside_source(clip, source, sent, found)
    return tuple(sorted(found, key=lambda flaw: (flaw.begin_s, flaw.kind)))


def _is_of(jump: Flaw, sources: Sequence[Measures], clip: Measures) -> bool:
    near_s = clip.frame_s * Fraction(3, 2)
    return any(changes_at_once(one, jump.begin_s, near_s) for one in sources)


def _beside_source(
    clip: Measures, source: Measures, sent: Sent | None, found: list[Flaw]
) -> Iterator[Flaw]:
    asked_s, got_s = source.end_s, clip.end_s
    if abs(asked_s - got_s) > max(clip.frame_s, asked_s * _MOST_STRETCH):
        yield Flaw(
            kind="length",
            begin_s=min(asked_s, got_s),
            end_s=max(asked_s, got_s),
            what=f"it lasts {float(got_s):.2f} s, but its source lasts {float(asked_s):.2f} s",
        )
        return
    # If the picture is black, still or another one, the motion gives no more information.
    if not any(flaw.kind in ("black", "frozen", "cut") for flaw in found):
        yield from other_motion(clip, source, sent.measures if sent is not None else None)
