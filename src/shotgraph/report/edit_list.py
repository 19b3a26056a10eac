"""A film as a list of edits: the clip and the frames that are seen and heard at each film frame.

The files for editing programs, the bar of shots on a storyboard, and markers are made from it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from shotgraph.media.info import frames_in
from shotgraph.media.probe import Medium
from shotgraph.media.start_timecode import SourceStart, StartTimecode, counted
from shotgraph.media.treatment import SILENT
from shotgraph.model.references import Sha256
from shotgraph.plan.inputs import GATES
from shotgraph.report.manifest import FilmEntry, Manifest, StepEntry
from shotgraph.report.stories import upstream_of


@dataclass(frozen=True)
class Event:
    """One clip or sound in a film. All frames are counted at the film's rate.

    Attributes:
        name: The step that made the medium, or the file.
        medium: The clip or sound.
        step: The step that made the medium; None for a file.
        start: The film's frame at which the event begins, from 0.
        frames: The number of its frames in the film, frames shared in dissolves included.
        first: The first of these frames in the medium, from 0.
        overlap: The number of frames shared with the event before; 0 at a cut.
        transition: ``cut``, or the name of the transition from the event before.
        bought: The paid steps that made its pictures or sound; of several takes, the chosen one.
    """

    name: str
    medium: Medium
    step: StepEntry | None
    start: int
    frames: int
    first: int = 0
    overlap: int = 0
    transition: str = "cut"
    bought: Sequence[StepEntry] = ()

    @property
    def end(self) -> int:
        """The film's frame after the event's last frame."""
        return self.start + self.frames


@dataclass(frozen=True)
class EditList:
    """A film as a list of edits.

    Attributes:
        name: The film's name.
        rate: Frames per second.
        picture: The clips, in order.
        sound: The events of `picture` with a sound that is heard.
        laid: Music and voices, one track each.
        left_out: The parts of the film that a list of edits can't hold, as sentences.
        starts: The start timecodes of media; every other medium begins at 00:00:00:00.
    """

    name: str
    rate: Fraction
    picture: Sequence[Event]
    sound: Sequence[Event]
    laid: Sequence[Sequence[Event]]
    left_out: Sequence[str] = ()
    starts: Mapping[Sha256, SourceStart] = field(default_factory=dict)

    @property
    def frames(self) -> int:
        """The film's length, in frames."""
        return self.picture[-1].end

    def media(self) -> dict[Sha256, tuple[str, Medium]]:
        """Every medium, by its hash, with the name of its first event."""
        every = [*self.picture, *self.sound, *(event for track in self.laid for event in track)]
        return {event.medium.sha256: (event.name, event.medium) for event in reversed(every)}


def edit_list(
    manifest: Manifest,
    film: FilmEntry,
    sounding: Collection[Sha256] = (),
    starts: Mapping[Sha256, StartTimecode] | None = None,
    *,
    with_handles: bool = False,
) -> EditList:
    """Take a film apart, down to the clips of its ``concat`` and the sounds on it.

    A film without a ``concat`` is one event; so is a film with another number of frames than its
    clips give.

    Args:
        manifest: The manifest of the run.
        film: The film, one of the run's.
        sounding: The videos that have sound.
        starts: The start timecodes of media, if there are any.
        with_handles: Whether to replace a trimmed clip by the clip that it was cut from, so that
            an editor can make it longer again.
    """
    rate = film.medium.fps or Fraction(24)
    joined, laid_by = _taken_apart(manifest, film.step)
    picture = _joined(manifest, joined, rate) if joined is not None else None
    left_out: list[str] = []
    is_unknown = False
    if picture is None or picture[-1].end != film.medium.frames:
        # The computed length differs from the film's, or is unknown: use the film with its sound.
        whole = Event(film.step, film.medium, manifest.step(film.step), 0, film.medium.frames)
        picture, laid_by = [whole], []
        if joined is not None:
            is_unknown = True
            left_out = [f"{joined.name}: its cuts, whose lengths are not known: it is one clip"]
    elif joined is not None:
        left_out = [*_left_out(joined), *(line for step in laid_by for line in _left_out(step))]
        left_out += [
            line for step in laid_by for line in _rounded(manifest, step, rate, picture[-1].end)
        ]
    sound = [event for event in picture if event.medium.sha256 in sounding]
    laid = [track for step in laid_by if (track := _laid(manifest, step, rate, picture[-1].end))]
    if any(step.arguments.get("mode") == "replace" for step in laid_by):
        sound = []
    left_out += _fades_into_silence(picture, sound)
    if with_handles:
        left_out += _handles_left_out(manifest, picture, rate)
        picture = [_with_handles(manifest, event, rate) for event in picture]
        sound = [_with_handles(manifest, event, rate) for event in sound]
    if not is_unknown:
        left_out += dict.fromkeys(_cuts_inside(manifest, picture))
    rows = ([_with_bought(manifest, event) for event in row] for row in (picture, sound, *laid))
    picture, sound, *laid = rows
    return _with_starts(EditList(manifest.film, rate, picture, sound, laid, left_out), starts or {})


def _with_starts(edits: EditList, starts: Mapping[Sha256, StartTimecode]) -> EditList:
    known: dict[Sha256, SourceStart] = {}
    left_out = [*edits.left_out]
    for sha256, (name, medium) in edits.media().items():
        said = starts.get(sha256)
        if said is None:
            continue
        start = counted(said, medium.fps)
        if start is not None:
            known[sha256] = start
            continue
        does_not_fit = f", which does not fit {medium.fps} frames a second" if medium.fps else ""
        left_out.append(
            f"{name}: its start timecode, {said.text}{does_not_fit}: it begins at 00:00:00:00"
        )
    return replace(edits, left_out=left_out, starts=known)


def _with_bought(manifest: Manifest, event: Event) -> Event:
    used = upstream_of(manifest, event.step.name) if event.step is not None else []
    bought = {step.name for step in used if step.is_paid}
    return replace(event, bought=[step for step in manifest.steps if step.name in bought])


def _taken_apart(manifest: Manifest, name: str) -> tuple[StepEntry | None, list[StepEntry]]:
    """Find the concat of a film, and the soundtracks on it; None if the film has no concat."""
    sounds: list[StepEntry] = []
    step = manifest.step(name)
    while step is not None and step.kind in ("soundtrack", "deliver", *GATES):
        if step.kind == "soundtrack" and not _is_replaced(sounds):
            sounds.append(step)
        step = manifest.step(_chosen(manifest, step))
    return (step if step is not None and step.kind == "concat" else None), sounds


def _is_replaced(sounds: Sequence[StepEntry]) -> bool:
    return any(step.arguments.get("mode") == "replace" for step in sounds)


def _chosen(manifest: Manifest, step: StepEntry) -> str:
    """The name of the step that made the input clip; for a ``pick``, of the chosen take."""
    if step.kind != "pick":
        before = step.arguments.get("video")
        return str(before.get("step", "")) if isinstance(before, dict) else ""
    takes = [str(ref.get("step", "")) for ref in step.arguments.get("clips", [])]
    entries = [manifest.step(take) for take in takes]
    return next(
        (entry.name for entry in entries if entry is not None and entry.key == step.key), ""
    )


def _joined(manifest: Manifest, step: StepEntry, rate: Fraction) -> list[Event] | None:
    """The clips of a concat; None if one of them is unknown or no video."""
    refs = step.arguments.get("clips") or []
    transition = step.arguments.get("transition") or {}
    kind = str(transition.get("kind", "cut"))
    overlap = 0 if kind == "cut" else frames_in(Fraction(transition["seconds"]), rate)
    events: list[Event] = []
    for ref in refs:
        medium = manifest.medium_of(ref)
        if medium is None or medium.kind != "video":
            return None
        event = Event(
            _name(ref, medium),
            medium,
            manifest.step(str(ref.get("step", ""))),
            start=events[-1].end - overlap if events else 0,
            frames=frames_in(medium.duration_s, rate),
            overlap=overlap if events else 0,
            transition=kind if events else "cut",
        )
        events.append(event)
    return events or None


def _laid(manifest: Manifest, step: StepEntry, rate: Fraction, film_frames: int) -> list[Event]:
    """The sound of a soundtrack, with its repetitions; empty if the sound is unknown."""
    ref = step.arguments.get("audio") or step.arguments.get("voice") or {}
    medium = manifest.medium_of(ref)
    if medium is None:
        return []
    begin, length = _placed(medium, step, rate)
    made_by = manifest.step(str(ref.get("step", "")))
    events: list[Event] = []
    # Each round begins at the frame nearest to its own time: rounded lengths would add up.
    while (start := int(begin + Fraction(1, 2))) < film_frames:
        if not events or start >= events[-1].end:
            frames = min(max(1, int(length)), film_frames - start)
            events.append(Event(_name(ref, medium), medium, made_by, start, frames))
        if not step.arguments.get("loop") or not length:
            break
        begin += length
    return events


def _placed(medium: Medium, step: StepEntry, rate: Fraction) -> tuple[Fraction, Fraction]:
    """The beginning and the length of a sound, in frames of the film, with fractions."""
    return Fraction(str(step.arguments.get("start") or 0)) * rate, medium.duration_s * rate


def _rounded(
    manifest: Manifest, step: StepEntry, rate: Fraction, film_frames: int
) -> Iterator[str]:
    """Describe how rounding to whole frames changes the times of a sound."""
    laid = _laid(manifest, step, rate, film_frames)
    if not laid:
        return
    begin, length = _placed(laid[0].medium, step, rate)
    if len(laid) > 1 and (length.denominator > 1 or begin.denominator > 1):
        yield (
            f"{step.name}: each round of {laid[0].name} begins at the frame nearest to its time, "
            f"and has {laid[0].frames} of its {float(length):.5g} frames"
        )
    elif begin.denominator > 1:
        yield (
            f"{step.name}: {laid[0].name} begins at frame {laid[0].start}, the nearest to "
            f"{float(begin):.5g}"
        )


def _with_handles(manifest: Manifest, event: Event, rate: Fraction) -> Event:
    """Replace a trimmed clip by the clip that it was cut from, if that clip has the film's rate."""
    ref, source = _cut_from(manifest, event)
    if event.step is None or source is None:
        return event
    start = Fraction(str(event.step.arguments.get("start") or 0))
    first = int(start * rate + Fraction(1, 2))
    if source.fps != rate or first + event.frames > source.frames:
        return event
    return replace(event, name=_name(ref, source), medium=source, first=first)


def _cut_from(manifest: Manifest, event: Event) -> tuple[Mapping[str, Any], Medium | None]:
    """The medium that a clip was trimmed from; None if it was not trimmed."""
    if event.step is None or event.step.kind != "trim":
        return {}, None
    ref = event.step.arguments.get("video") or {}
    return ref, manifest.medium_of(ref)


def _handles_left_out(
    manifest: Manifest, picture: Sequence[Event], rate: Fraction
) -> Iterator[str]:
    """Describe the trimmed clips that `_with_handles` can't replace."""
    for event in picture:
        _, source = _cut_from(manifest, event)
        if source is not None and _with_handles(manifest, event, rate) is event:
            said = f"at {source.fps} a second" if source.fps != rate else "in other frames"
            yield (
                f"{event.name}: the parts before and after the trim: the source clip is {said}, "
                f"and the film is at {rate}"
            )


def _cuts_inside(manifest: Manifest, picture: Sequence[Event]) -> Iterator[str]:
    """Describe the clips that were joined from clips before: a list of edits has them whole."""
    for event in picture:
        for step in upstream_of(manifest, event.step.name) if event.step is not None else ():
            count = len(step.arguments.get("clips") or ())
            if step.kind == "concat" and count > 1:
                clips = f"its {count} clips"
                if step.name != event.name:
                    clips = f"the {count} clips of {step.name}"
                yield f"{event.name}: the cuts between {clips}: it is one clip"


def _fades_into_silence(picture: Sequence[Event], sound: Sequence[Event]) -> Iterator[str]:
    """Describe dissolves with one silent clip: editors fade a sound only into another sound."""
    for before, after in pairwise(picture):
        if after.overlap and sound and (before in sound) != (after in sound):
            way = "out into" if before in sound else "in from"
            heard, silent = (before, after) if before in sound else (after, before)
            yield f"{heard.name}: its sound fades {way} the silence of {silent.name}"


def _left_out(step: StepEntry) -> list[str]:
    """Describe the parts of a step that a list of edits can't hold."""
    said: list[str] = []
    arguments: Mapping[str, Any] = step.arguments
    if arguments.get("loudness"):
        said.append(f"{step.name}: the loudness, {arguments['loudness']} LUFS")
    if Decimal(str(arguments.get("gain_db") or 0)):
        said.append(f"{step.name}: the gain, {arguments['gain_db']} dB")
    if Fraction(str(arguments.get("fade_out") or 0)):
        said.append(f"{step.name}: the fade at the end, {arguments['fade_out']} s")
    if arguments.get("mode") == "duck":
        said.append(f"{step.name}: the ducking of one sound under the other")
    done = step.treatment
    for clip in done.clips if done is not None and step.kind == "concat" else ():
        changes = [change for change in clip.changes if change != SILENT]
        said += [f"{step.name}: clip {clip.clip}: {change}" for change in changes]
    return said


def _name(ref: Mapping[str, Any], medium: Medium) -> str:
    return str(ref.get("step") or ref.get("file") or medium.sha256[:12])


@dataclass(frozen=True)
class FilmShot:
    """One shot of a film.

    Attributes:
        name: The step that made the shot, or the file.
        start: The shot's first frame in the film, from 0.
        frames: The number of its frames; half of a dissolve belongs to each side.
    """

    name: str
    start: int
    frames: int


@dataclass(frozen=True)
class Cut:
    """A cut or transition between two shots of a film.

    Attributes:
        kind: ``cut``, or the name of the transition.
        last: The last frame of the film that shows only the shot before.
        first: The first frame of the film that shows only the shot after.
    """

    before: str
    after: str
    kind: str
    last: int
    first: int

    @property
    def frames(self) -> tuple[int, int]:
        """The frames on both sides: `last` and `first`."""
        return self.last, self.first


def shots_on_film(manifest: Manifest, film: FilmEntry) -> tuple[Sequence[FilmShot], Sequence[Cut]]:
    """Find the shots of a film, and the cuts between them; a film of one shot has no cut."""
    if film.medium.kind != "video":
        return (), ()
    events = edit_list(manifest, film).picture
    shots: list[FilmShot] = []
    cuts: list[Cut] = []
    ends = [after.start + after.overlap // 2 for after in events[1:]] + [film.medium.frames]
    start = 0
    for number, (event, end) in enumerate(zip(events, ends, strict=True)):
        if number:
            sides = event.start - 1, event.start + event.overlap
            last, first = (min(max(0, frame), film.medium.frames - 1) for frame in sides)
            cuts.append(Cut(shots[-1].name, event.name, event.transition, last, first))
        shots.append(FilmShot(event.name, start, end - start))
        start = end
    return shots, cuts
