"""A film's timeline as OpenTimelineIO, the form that editing programs exchange.

The library writes the same JSON, and is not needed for it; a test reads what is written here with
it. The schemas are those of OpenTimelineIO 0.15 to 0.18, which read each other's.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from shotgraph.media.info import frames_in
from shotgraph.media.probe import Medium
from shotgraph.report.manifest import FilmEntry, Manifest, StepEntry

Json: TypeAlias = dict[str, Any]
UrlOf: TypeAlias = Callable[[Medium], str | None]
"""The URL of a medium for an editing program; None if there is none."""

_GATES = ("approve", "pick")


def timeline(manifest: Manifest, film: FilmEntry, url_of: UrlOf) -> Json:
    """Write one film as a timeline, from its first frame to its last.

    A film that a ``concat`` made has its clips in a row, with the dissolves between them; a
    ``soundtrack`` on it lies on a track of its own. A film that was made otherwise is one clip.
    Times are counted in the film's own frames.

    Args:
        manifest: Of the run.
        film: Which of its films.
        url_of: Where the clips are.
    """
    rate = film.medium.fps or Fraction(24)
    picture, sounds = _taken_apart(manifest, film.step)
    items = _joined(manifest, picture, rate, url_of) if picture is not None else None
    if items is None or _length(items) != film.medium.frames:
        # The computed length differs from the film's: then use the film itself.
        items = [_clip(film.step, film.medium, (0, film.medium.frames), rate, url_of)]
    tracks = [_track("Picture", "Video", items)]
    tracks += [
        _track("Sound", "Audio", [_clip(name, medium, None, rate, url_of)])
        for name, medium in sounds
    ]
    stack = _composable("Stack.1", "tracks", children=tracks, source_range=None)
    about = {"run_id": manifest.run_id, "cost_usd": str(manifest.cost_usd)}
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "name": manifest.film,
        "metadata": {"shotgraph": about},
        "global_start_time": None,
        "tracks": stack,
    }


def _taken_apart(
    manifest: Manifest, name: str
) -> tuple[StepEntry | None, Sequence[tuple[str, Medium]]]:
    """Find the concat of a film, and the soundtrack on it; None if it is no concat."""
    sounds: list[tuple[str, Medium]] = []
    step = manifest.step(name)
    while step is not None and step.kind in ("soundtrack", *_GATES):
        if step.kind == "soundtrack":
            ref = step.arguments.get("audio") or step.arguments.get("voice") or {}
            medium = manifest.medium_of(ref)
            sounds += [(_name(ref, medium), medium)] if medium is not None else []
        step = manifest.step(_chosen(manifest, step))
    return (step if step is not None and step.kind == "concat" else None), sounds


def _joined(
    manifest: Manifest, step: StepEntry, rate: Fraction, url_of: UrlOf
) -> list[Json] | None:
    refs = step.arguments.get("clips") or []
    media = [manifest.medium_of(ref) for ref in refs]
    transition = step.arguments.get("transition") or {}
    kind = transition.get("kind", "cut")
    overlap = 0 if kind == "cut" else frames_in(Fraction(transition["seconds"]), rate)
    if not refs or any(medium is None or medium.kind != "video" for medium in media):
        return None
    items: list[Json] = []
    for number, (ref, medium) in enumerate(zip(refs, media, strict=True)):
        assert medium is not None  # noqa: S101  looked at above
        frames = frames_in(medium.duration_s, rate)
        # Half of an overlap belongs to the clip before it, and half to the one after.
        start = overlap // 2 if number else 0
        end = frames - (overlap - overlap // 2 if number < len(refs) - 1 else 0)
        if number and overlap:
            items.append(_transition(kind, overlap, rate))
        span = (start, end - start)
        items.append(_clip(_name(ref, medium), medium, span, rate, url_of, manifest))
    return items


def _chosen(manifest: Manifest, step: StepEntry) -> str:
    """The step whose clip a gate passes on."""
    if step.kind != "pick":
        before = step.arguments.get("video")
        return str(before.get("step", "")) if isinstance(before, dict) else ""
    takes = [str(ref.get("step", "")) for ref in step.arguments.get("clips", [])]
    entries = [manifest.step(take) for take in takes]
    return next(
        (entry.name for entry in entries if entry is not None and entry.key == step.key), ""
    )


def _name(ref: Mapping[str, Any], medium: Medium) -> str:
    return str(ref.get("step") or ref.get("file") or medium.sha256[:12])


def _length(items: Sequence[Json]) -> int:
    clips = [item for item in items if item["OTIO_SCHEMA"] == "Clip.2"]
    return sum(int(clip["source_range"]["duration"]["value"]) for clip in clips)


def _track(name: str, kind: str, items: Sequence[Json]) -> Json:
    return _composable("Track.1", name, children=list(items), source_range=None, kind=kind)


def _clip(
    name: str,
    medium: Medium,
    span: tuple[int, int] | None,
    rate: Fraction,
    url_of: UrlOf,
    manifest: Manifest | None = None,
) -> Json:
    """One clip.

    Args:
        name: The step that made it, or the file.
        medium: What it shows.
        span: Its first frame and how many, at `rate`; all of it if None.
        rate: Frames per second of the film.
        url_of: Where it is.
        manifest: Where its step is looked up, if it has one.
    """
    own = medium.fps or rate
    frames = medium.frames if medium.kind == "video" else int(medium.duration_s * rate)
    step = manifest.step(name) if manifest is not None else None
    about: dict[str, str] = {"sha256": medium.sha256}
    if step is not None:
        about |= {"prompt": step.prompt, "request_id": step.request_id or "", "kind": step.kind}
    return _composable(
        "Clip.2",
        name,
        source_range=None if span is None else _range(*span, rate),
        metadata={"shotgraph": about},
        media_references={"DEFAULT_MEDIA": _reference(url_of(medium), frames, own)},
        active_media_reference_key="DEFAULT_MEDIA",
    )


def _reference(url: str | None, frames: int, rate: Fraction) -> Json:
    available = _range(0, frames, rate)
    shared: Json = {"name": "", "metadata": {}, "available_image_bounds": None}
    if url is None:
        return {"OTIO_SCHEMA": "MissingReference.1", **shared, "available_range": available}
    return {
        "OTIO_SCHEMA": "ExternalReference.1",
        **shared,
        "available_range": available,
        "target_url": url,
    }


def _transition(kind: str, overlap: int, rate: Fraction) -> Json:
    # Only the dissolve has a name that every program knows.
    known = "SMPTE_Dissolve" if kind == "dissolve" else "Custom_Transition"
    return {
        "OTIO_SCHEMA": "Transition.1",
        "name": kind,
        "metadata": {},
        "transition_type": known,
        "in_offset": _time(overlap // 2, rate),
        "out_offset": _time(overlap - overlap // 2, rate),
    }


def _composable(schema: str, name: str, **fields: Any) -> Json:
    shared = {"name": name, "metadata": {}, "effects": [], "markers": [], "enabled": True}
    return {"OTIO_SCHEMA": schema, **shared, **fields}


def _range(start: int, frames: int, rate: Fraction) -> Json:
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": _time(start, rate),
        "duration": _time(frames, rate),
    }


def _time(frames: int, rate: Fraction) -> Json:
    # The one place with floats: the form has no fractions.
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(rate), "value": float(frames)}
