"""The measures of a clip → the faults of its sound."""

from collections.abc import Iterator
from fractions import Fraction

from shotgraph.media.quality.flaw import Flaw, Flaws
from shotgraph.media.quality.measures import SOUND_STEP_S, HeardStep, Measures
from shotgraph.media.quality.thresholds import (
    CLIPPED_SAMPLES,
    CLIPPED_STEPS,
    SILENT_PEAK,
    SILENT_S,
)

_SILENT = 32768 * 10 ** (SILENT_PEAK.value / 20)


def heard_flaws(measures: Measures, *, sound_belongs: bool) -> Flaws:
    """Find all faults of the sound.

    Args:
        measures: The clip's measures.
        sound_belongs: Whether silence is a fault.
    """
    silent = _silent(measures) if sound_belongs else ()
    return (*silent, *_clipped(measures))


def is_silent(measures: Measures) -> bool:
    """Whether the clip has no sound track, or only silence."""
    return all(step.peak < _SILENT for step in measures.sound)


def _silent(measures: Measures) -> Iterator[Flaw]:
    if is_silent(measures):
        what = "it has no sound" if not measures.sound else "nothing is heard"
        yield Flaw(kind="silent", begin_s=Fraction(0), end_s=measures.end_s, what=what)
        return
    begin: int | None = None
    for index, step in enumerate((*measures.sound, HeardStep(1 << 15, 0))):
        if step.peak < _SILENT:
            begin = index if begin is None else begin
            continue
        if begin is not None and (index - begin) * SOUND_STEP_S >= SILENT_S.value:
            begin_s, end_s = _at(measures, begin), _at(measures, index)
            said = f"nothing is heard for {float(end_s - begin_s):.1f} s"
            yield Flaw(kind="silent", begin_s=begin_s, end_s=end_s, what=said)
        begin = None


def _clipped(measures: Measures) -> Iterator[Flaw]:
    hit = [
        index for index, step in enumerate(measures.sound) if step.clipped >= CLIPPED_SAMPLES.value
    ]
    if len(hit) < CLIPPED_STEPS.value:
        return
    samples = sum(measures.sound[index].clipped for index in hit)
    yield Flaw(
        kind="clipped",
        begin_s=_at(measures, hit[0]),
        end_s=_at(measures, hit[-1] + 1),
        what=f"its sound is clipped: {samples} samples are at full scale",
    )


def _at(measures: Measures, index: int) -> Fraction:
    return measures.sound_from_s + index * SOUND_STEP_S
