"""The origins of a film, from its story: its shots, steps and sources, as JSON and in words."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import Any

from shotgraph.media.probe import Medium
from shotgraph.plan.inputs import GATES
from shotgraph.report.edit_list import FilmShot, shots_on_film
from shotgraph.report.examined import ChangedFilm, Examined
from shotgraph.report.manifest import FilmEntry, Manifest, StepEntry, mappings_in
from shotgraph.report.stories import film_shown, needed_for, upstream_of
from shotgraph.report.words import cost_sentences, dollars, kind_words

_NOT_OURS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)
_MOST_FRAMES = 10**6


def origins(examined: Examined) -> dict[str, Any]:
    """The origins of a film as ``inspect --json`` prints them, without ``error``.

    Raises:
        ChangedFilm: Shotgraph can't have written the story.
    """
    with _written_by_us(examined):
        return _origins(examined)


def origin_lines(examined: Examined) -> Sequence[str]:
    """The origins of a film as lines for people.

    Raises:
        ChangedFilm: Shotgraph can't have written the story.
    """
    with _written_by_us(examined):
        return list(_lines(examined))


@contextmanager
def _written_by_us(examined: Examined) -> Iterator[None]:
    """Raise ChangedFilm for errors from an impossible story, which shotgraph did not write."""
    film = examined.film
    try:
        if film is not None and film.medium.frames > _MOST_FRAMES:
            raise ValueError
        yield
    except _NOT_OURS:
        raise ChangedFilm(
            "the film carries a story that shotgraph has not written: its contents contradict "
            "each other"
        ) from None


def _origins(examined: Examined) -> dict[str, Any]:
    manifest, film, story = examined.manifest, examined.film, examined.story
    document: dict[str, Any] = {
        "state": "changed" if examined.changed else "intact",
        "changed": [one.as_json() for one in examined.changed],
        "signature": examined.signature.as_json(),
    }
    if manifest is None or film is None or story is None:
        return {**document, "film": None, "run": None, "shots": [], "steps": [], "given": []}
    used = [step.name for step in upstream_of(manifest, film.step)]
    shown = film_shown(manifest, film)
    return {
        **document,
        "film": {
            "name": manifest.film,
            "file": film.file,
            "description": manifest.description,
            **_medium(film.medium),
            "paid_usd": float(_paid(manifest, film)),
            "paid_behind_usd": float(_sum(_behind(manifest, film))),
            "digital_source_type": story.digital_source_type or None,
        },
        "run": _run(manifest, story.manifest_sha256),
        "shots": [_shot(manifest, shown, shot) for shot in shots_on_film(manifest, shown)[0]],
        "steps": [_step(step, step.name in used) for step in manifest.steps],
        "given": [
            {"name": one.name, **(_medium(one.medium) if one.medium else {"sha256": None})}
            for one in manifest.given
        ],
        "decisions": [one.model_dump(mode="json") for one in story.approvals],
    }


def _run(manifest: Manifest, manifest_sha256: str) -> dict[str, Any]:
    film_usd = manifest.film_cost_usd
    return {
        "run_id": manifest.run_id,
        "at": manifest.at.isoformat(),
        "ended_at": manifest.ended_at.isoformat(),
        "is_rehearsal": manifest.is_rehearsal,
        "cost_usd": float(manifest.cost_usd),
        "film_cost_usd": float(film_usd) if film_usd is not None else None,
        "software": dict(manifest.software),
        "manifest_sha256": manifest_sha256,
    }


def _paid(manifest: Manifest, film: FilmEntry) -> Decimal:
    """The cost of the steps that a film shows, when they were bought, in dollars."""
    return _sum(upstream_of(manifest, film.step))


def _sum(steps: Sequence[StepEntry]) -> Decimal:
    # Paid steps only: the record of a gate repeats the cost of its clip.
    return sum((step.paid_usd for step in steps if step.is_paid), Decimal(0))


def _behind(manifest: Manifest, film: FilmEntry) -> list[StepEntry]:
    """The steps that a film does not show, and without which it can't be made; in file order."""
    shown, needed = upstream_of(manifest, film.step), needed_for(manifest, film.step)
    return [step for step in manifest.steps if step in needed and step not in shown]


def _medium(medium: Medium) -> dict[str, Any]:
    return {
        "sha256": medium.sha256,
        "size_bytes": medium.size_bytes,
        "width": medium.width,
        "height": medium.height,
        "frames": medium.frames,
        "duration_s": float(medium.duration_s),
        "fps": float(medium.fps) if medium.fps is not None else None,
    }


def _shot(manifest: Manifest, film: FilmEntry, shot: FilmShot) -> dict[str, Any]:
    rate = film.medium.fps or Fraction(24)
    step = manifest.step(shot.name)
    made = _passed_on(manifest, step) if step is not None else None
    return {
        "name": shot.name,
        "first_frame": shot.start,
        "frames": shot.frames,
        "start_s": float(shot.start / rate),
        "end_s": float((shot.start + shot.frames) / rate),
        "bought": [one.name for one in _bought(manifest, shot)],
        "source": "file" if made is None else "bought" if made.is_paid else "made",
    }


def _step(step: StepEntry, is_in_film: bool) -> dict[str, Any]:
    return {
        "name": step.name,
        "kind": step.kind,
        "is_in_film": is_in_film,
        "endpoint": step.endpoint,
        "recipe": step.recipe,
        "take": step.take,
        "prompt": step.prompt or None,
        "request_id": step.request_id,
        "paid_usd": float(step.paid_usd),
        "made_at": step.made_at.isoformat() if step.made_at else None,
        "key": step.key,
        "sha256": step.medium.sha256 if step.medium else None,
        "arguments": step.arguments,
        "flaws": step.faults(),
    }


def _lines(examined: Examined) -> Iterator[str]:
    manifest, film, story = examined.manifest, examined.film, examined.story
    if manifest is None or film is None or story is None:
        if story is not None:
            yield "Its story was written by a newer shotgraph: update shotgraph here to read it"
        return
    made = f"{manifest.ended_at:%Y-%m-%d %H:%M} UTC"
    drawn = ": a rehearsal, drawn without a model" if manifest.is_rehearsal else ""
    software = ", ".join(f"{name} {version}" for name, version in manifest.software.items())
    yield f"{manifest.film}, the file {film.file} of run {manifest.run_id}, {made}{drawn}"
    if manifest.description:
        yield f"  {manifest.description}"
    yield f"  {_format(film.medium)}; made with {software}"
    yield f"  sha256 of the film    {film.medium.sha256}"
    yield f"  of its manifest.json  {story.manifest_sha256}"
    yield ""
    yield "Shots"
    shown = film_shown(manifest, film)
    for shot in shots_on_film(manifest, shown)[0]:
        yield from _shot_lines(manifest, shown, shot)
    used = upstream_of(manifest, film.step)
    yield ""
    yield "Made of"
    for step in manifest.steps:
        if step in used:
            yield from _step_lines(step, manifest)
    for one in manifest.given:
        yield f"  {one.name}: a file, sha256 {one.medium.sha256 if one.medium else 'not known'}"
    behind = _behind(manifest, film)
    for step in behind:
        paid = f", {dollars(step.paid_usd)}" if step.is_paid else ""
        yield f"  {step.name}: not seen in the film, but what is seen was made from it{paid}"
    others = [step.name for step in manifest.steps if step not in used and step not in behind]
    if others:
        yield f"  not in the film: {', '.join(others)}"
    if story.approvals:
        yield ""
        yield "Decided"
    for decided in story.approvals:
        when = f", {decided.at:%Y-%m-%d %H:%M} UTC" if decided.at else ""
        yield f"  {decided.gate}: {decided.clip} was chosen{when}, by {decided.by}"
    yield ""
    yield f"{_cost_of(manifest, film)} " + " ".join(
        cost_sentences(manifest.money, manifest.film_money, is_rehearsal=manifest.is_rehearsal)
    )


def _cost_of(manifest: Manifest, film: FilmEntry) -> str:
    would = "would have cost" if manifest.is_rehearsal else "cost"
    behind = _behind(manifest, film)
    seen_usd = _paid(manifest, film)
    behind_usd = _sum(behind)
    paid = f"Its parts {would} {dollars(seen_usd + behind_usd)}"
    if behind_usd:
        names = ", ".join(step.name for step in behind if step.is_paid)
        paid += (
            f": {dollars(seen_usd)} for what is seen, and {dollars(behind_usd)} for {names}, from "
            "which that was made"
        )
    return f"{paid}."


def _shot_lines(manifest: Manifest, film: FilmEntry, shot: FilmShot) -> Iterator[str]:
    rate = film.medium.fps or Fraction(24)
    span = f"{_time(shot.start, rate)} to {_time(shot.start + shot.frames, rate)}"
    bought = _bought(manifest, shot)
    ids = ", ".join(f"request {one.request_id}" for one in bought if one.request_id)
    step = manifest.step(shot.name)
    made = _passed_on(manifest, step) if step is not None else None
    how = f"a file{_hash_of(manifest, shot)}" if made is None else _did(made, manifest)
    what = made.name if made is not None and made.name != shot.name else ""
    yield f"  {span}  {shot.name}: {', '.join(filter(None, [what, how, ids]))}"


def _bought(manifest: Manifest, shot: FilmShot) -> list[StepEntry]:
    """The paid steps that a shot is made of; of several takes, the chosen one."""
    step = manifest.step(shot.name)
    made = _passed_on(manifest, step) if step is not None else None
    return [one for one in upstream_of(manifest, made.name) if one.is_paid] if made else []


def _passed_on(manifest: Manifest, step: StepEntry) -> StepEntry:
    """The step that made the chosen clip of a gate; any other step itself."""
    made = step.medium.sha256 if step.medium is not None else None
    for before in upstream_of(manifest, step.name) if step.kind in GATES else ():
        same = before.medium is not None and before.medium.sha256 == made
        if same and before.kind not in GATES:
            return before
    return step


def _did(step: StepEntry, manifest: Manifest) -> str:
    said = kind_words(step, manifest)
    return said[0].lower() + said[1:]


def _hash_of(manifest: Manifest, shot: FilmShot) -> str:
    named = (one.medium for one in manifest.given if one.name == shot.name and one.medium)
    medium = next(named, None)
    return f", sha256 {medium.sha256[:12]}…" if medium is not None else ""


def _step_lines(step: StepEntry, manifest: Manifest) -> Iterator[str]:
    recipe = step.recipe if step.kind not in GATES else None
    what = step.endpoint or recipe or _did(step, manifest)
    paid = dollars(step.paid_usd) if step.is_paid else ""
    take = f"take {step.take}" if step.take > 1 else ""
    request = f"request {step.request_id}" if step.request_id else ""
    said = ", ".join(filter(None, [what, take, request, paid]))
    yield f"  {step.name}: {said}"
    if step.prompt:
        yield f'    "{step.prompt}"'
    taken = _taken(step)
    if taken:
        yield f"    takes {', '.join(taken)}"
    if step.medium is not None:
        yield f"    sha256 {step.medium.sha256}"
    for line in [*step.said(), *step.faults()]:
        yield f"    {line}"


def _taken(step: StepEntry) -> Sequence[str]:
    found: list[str] = []
    for ref in mappings_in(step.arguments):
        named = (ref[name] for name in ("step", "file", "from") if isinstance(ref.get(name), str))
        found += islice(named, 1)
    return list(dict.fromkeys(found))


def _time(frame: int, rate: Fraction) -> str:
    seconds = Fraction(frame) / rate
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes):02}:{float(rest):05.2f}"


def _format(medium: Medium) -> str:
    size = f"{medium.width} x {medium.height}" if medium.width else "sound"
    if medium.fps is None:
        return size
    return f"{size}, {float(medium.fps):.5g} fps, {medium.frames} frames"
