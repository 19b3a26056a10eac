"""The cuts of a film in numbers, and the faults of shots that jump at the shot they continue.

Nothing is decoded here: a clip that was not measured before has no numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from shotgraph.making.quality_check import LookedAt
from shotgraph.media.probe import Medium
from shotgraph.media.quality.cut_sides import cut_numbers, seam_flaw
from shotgraph.media.quality.flaw import Flaw
from shotgraph.media.quality.measures import Measures
from shotgraph.model.references import Sha256
from shotgraph.report.edit_list import Event, edit_list
from shotgraph.report.manifest import FilmEntry, Manifest, StepEntry
from shotgraph.report.report import FilmCut, Report
from shotgraph.store import Store


async def with_cuts(manifest: Manifest, store: Store) -> Manifest:
    """Add the numbers of each cut to a manifest's films, and the jumps at seams to its steps.

    Raises:
        Retryable: The store could not be read.
    """
    looked, known = LookedAt(store), dict[Sha256, Measures | None]()
    films, flaws = list[FilmEntry](), dict[str, Flaw]()
    for film in manifest.films:
        events = edit_list(manifest, film).picture if film.medium.kind == "video" else ()
        for event in events:
            if event.medium.sha256 not in known:
                known[event.medium.sha256] = await looked.known_measures(
                    event.medium.sha256, event.medium.duration_s
                )
        joined = list(pairwise(events))
        cuts = [_cut(manifest, before, after, known) for before, after in joined]
        films.append(film.model_copy(update={"cuts": tuple(cuts)}))
        for (before, after), cut in zip(joined, cuts, strict=True):
            flaw = _seam(manifest, before, after, cut) if not cut.overlap else None
            if flaw is not None and after.step is not None:
                flaws[after.step.name] = flaw
    steps = [_with_flaw(step, flaws.get(step.name)) for step in manifest.steps]
    return manifest.model_copy(update={"films": films, "steps": steps})


def as_shown(report: Report, manifest: Manifest) -> Report:
    """Copy the cuts and the faults of a manifest into the report."""
    cuts = {film.file: film.cuts for film in manifest.films}
    flaws = {step.name: step.flaws for step in manifest.steps}
    films = [
        replace(film, cuts=tuple(cut.as_json() for cut in cuts.get(film.path.name, ())))
        for film in report.films
    ]
    steps = [replace(step, flaws=flaws.get(step.name, step.flaws)) for step in report.steps]
    return replace(report, films=films, steps=steps)


def _cut(
    manifest: Manifest,
    before: Event,
    after: Event,
    known: Mapping[Sha256, Measures | None],
) -> FilmCut:
    sides = [known[event.medium.sha256] if _is_whole(event) else None for event in (before, after)]
    numbers = cut_numbers(sides[0], sides[1]) if sides[0] and sides[1] else None
    return FilmCut(
        before=before.name,
        after=after.name,
        frame=after.start + after.overlap,
        kind=after.transition,
        overlap=after.overlap,
        numbers=numbers,
        matched_delta_e=_matched(manifest.steps, after.start),
    )


def _is_whole(event: Event) -> bool:
    """Whether the film shows the clip's first and last picture."""
    return event.first == 0 and event.frames >= event.medium.frames


def _matched(steps: Sequence[StepEntry], frame: int) -> float | None:
    for step in steps:
        for seam in step.treatment.seams if step.treatment is not None else ():
            if seam.frame == frame and seam.matched_delta_e is not None:
                return seam.matched_delta_e
    return None


def _seam(manifest: Manifest, before: Event, after: Event, cut: FilmCut) -> Flaw | None:
    """Find a jump between a shot and the shot it continues; None at a hard cut."""
    step, numbers = after.step, cut.numbers
    if step is None or numbers is None:
        return None
    is_declared = step.kind == "continued" and _continues(manifest, step, before.medium)
    is_next = (
        step.kind == "reference"
        and numbers.continues
        and _is(manifest, step.arguments.get("video"), before.medium)
    )
    return seam_flaw(numbers, cut.matched_delta_e) if is_declared or is_next else None


def _continues(manifest: Manifest, step: StepEntry, medium: Medium) -> bool:
    if _is(manifest, step.arguments.get("after"), medium):
        return True
    start = step.arguments.get("start_image")
    maker = manifest.step(str(start.get("step", ""))) if isinstance(start, Mapping) else None
    return (
        maker is not None
        and maker.kind == "frame"
        and maker.arguments.get("at") == "last"
        and _is(manifest, maker.arguments.get("video"), medium)
    )


def _is(manifest: Manifest, ref: object, medium: Medium) -> bool:
    found = manifest.medium_of(ref) if isinstance(ref, Mapping) else None
    return found is not None and found.sha256 == medium.sha256


def _with_flaw(step: StepEntry, flaw: Flaw | None) -> StepEntry:
    return step if flaw is None else step.model_copy(update={"flaws": (*step.flaws, flaw)})
