"""A film's timeline as OpenTimelineIO, a form that editing programs exchange.

The JSON is the same that OpenTimelineIO's library writes, but the library is not needed; only a
test reads the JSON with it. The versions 0.15 to 0.18 have these schemas, and read each other's
files.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from shotgraph.media.probe import Medium
from shotgraph.media.start_timecode import StartTimecode
from shotgraph.model.references import Sha256
from shotgraph.report.edit_list import EditList, Event, edit_list
from shotgraph.report.manifest import FilmEntry, Manifest
from shotgraph.report.markers import Marker, markers
from shotgraph.report.notes import Note

Json: TypeAlias = dict[str, Any]
UrlOf: TypeAlias = Callable[[Medium], str | None]
"""The URL of a medium for an editing program; None if there is none."""


def timeline(
    manifest: Manifest,
    film: FilmEntry,
    url_of: UrlOf,
    sounding: Collection[Sha256] = (),
    notes: Sequence[Note] = (),
    starts: Mapping[Sha256, StartTimecode] | None = None,
) -> Json:
    """Write one film as a timeline, from its first frame to its last.

    Args:
        manifest: The manifest of the run.
        film: The film, one of the run's.
        url_of: Gives the URLs of the clips.
        sounding: The videos that have sound.
        notes: People's notes at frames of the film or its clips.
        starts: The start timecodes of media, if there are any.
    """
    edits = edit_list(manifest, film, sounding, starts)
    return written(edits, manifest, url_of, markers(edits, film, notes))


def written(edits: EditList, manifest: Manifest, url_of: UrlOf, marks: Sequence[Marker]) -> Json:
    """Write a list of edits as a timeline.

    One track has the clips and the dissolves between them, one track has their sound, and each
    music or voice has its own track. Times are in frames of the film; in a clip with a start
    timecode they are counted from 00:00:00:00.
    """
    rate = edits.rate
    tracks = [_track("Picture", "Video", _row(edits, edits.picture, url_of))]
    if edits.sound:
        tracks.append(_track("Sound of the clips", "Audio", _row(edits, edits.sound, url_of)))
    tracks += [_track("Sound", "Audio", _row(edits, laid, url_of)) for laid in edits.laid]
    stack = _composable("Stack.1", "tracks", children=tracks, source_range=None)
    stack["markers"] = [_marker(mark, rate) for mark in marks]
    about = {"run_id": manifest.run_id, "cost_usd": str(manifest.cost_usd)}
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "name": manifest.film,
        "metadata": {"shotgraph": about},
        "global_start_time": None,
        "tracks": stack,
    }


def _row(edits: EditList, events: Sequence[Event], url_of: UrlOf) -> list[Json]:
    """The items of a track: its events in order, with gaps and transitions between them.

    Half of a dissolve belongs to the clip before it, and half to the clip after it.
    """
    items: list[Json] = []
    before, rate = 0, edits.rate
    for number, event in enumerate(events):
        start = event.start + event.overlap // 2
        if start > before:
            items.append(_gap(start - before, rate))
        elif event.overlap:
            items.append(_transition(event, rate))
        before = _end(events, number)
        span = (event.first + start - event.start, before - start)
        items.append(_clip(edits, event, span, url_of))
    return items


def _end(events: Sequence[Event], number: int) -> int:
    """The frame at which an event ends on its track: in the middle of a dissolve after it."""
    event = events[number]
    after = events[number + 1] if number + 1 < len(events) else None
    if after is None or after.start != event.end - after.overlap:
        return event.end
    return event.end - (after.overlap - after.overlap // 2)


def _track(name: str, kind: str, items: Sequence[Json]) -> Json:
    return _composable("Track.1", name, children=list(items), source_range=None, kind=kind)


def _gap(frames: int, rate: Fraction) -> Json:
    return _composable("Gap.1", "", source_range=_range(0, frames, rate))


def _clip(edits: EditList, event: Event, span: tuple[int, int], url_of: UrlOf) -> Json:
    medium, step, rate = event.medium, event.step, edits.rate
    own = medium.fps or rate
    frames = medium.frames if medium.kind == "video" else int(medium.duration_s * rate)
    start = edits.starts.get(medium.sha256)
    begin = start.at(own) if start is not None else 0
    first = span[0] + (start.at(rate) if start is not None else 0)
    available = _range(begin, frames, own)
    about: dict[str, str] = {"sha256": medium.sha256}
    if step is not None:
        jobs = event.bought or (step,)
        about["prompt"] = "; ".join(job.prompt for job in jobs if job.prompt)
        about["request_id"] = "; ".join(job.request_id for job in jobs if job.request_id)
        about["kind"] = step.kind
    return _composable(
        "Clip.2",
        event.name,
        source_range=_range(first, span[1], rate),
        metadata={"shotgraph": about},
        media_references={"DEFAULT_MEDIA": _reference(url_of(medium), available)},
        active_media_reference_key="DEFAULT_MEDIA",
    )


def _reference(url: str | None, available: Json) -> Json:
    shared: Json = {"name": "", "metadata": {}, "available_image_bounds": None}
    if url is None:
        return {"OTIO_SCHEMA": "MissingReference.1", **shared, "available_range": available}
    return {
        "OTIO_SCHEMA": "ExternalReference.1",
        **shared,
        "available_range": available,
        "target_url": url,
    }


def _transition(event: Event, rate: Fraction) -> Json:
    # Every program knows the name of the dissolve, and of no other transition.
    known = "SMPTE_Dissolve" if event.transition == "dissolve" else "Custom_Transition"
    return {
        "OTIO_SCHEMA": "Transition.1",
        "name": event.transition,
        "metadata": {},
        "transition_type": known,
        "in_offset": _time(event.overlap // 2, rate),
        "out_offset": _time(event.overlap - event.overlap // 2, rate),
    }


def _marker(marker: Marker, rate: Fraction) -> Json:
    return {
        "OTIO_SCHEMA": "Marker.2",
        "name": marker.name,
        "metadata": {},
        "color": "GREEN" if marker.is_note else "CYAN",
        "comment": marker.text,
        "marked_range": _range(marker.frame, marker.frames, rate),
    }


def _composable(schema: str, name: str, **fields: Any) -> Json:
    shared = {"name": name, "metadata": {}, "effects": [], "markers": [], "enabled": True}
    return {"OTIO_SCHEMA": schema, **shared, **fields}


def _range(start: int | Fraction, frames: int, rate: Fraction) -> Json:
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": _time(start, rate),
        "duration": _time(frames, rate),
    }


def _time(frames: int | Fraction, rate: Fraction) -> Json:
    # Floats only here, because the form has no fractions.
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(rate), "value": float(frames)}
