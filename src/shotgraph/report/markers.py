"""Marks at frames of a film, for editing programs: prompts, takes and costs of shots, and notes."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from shotgraph.media.start_timecode import written_timecode
from shotgraph.report.edit_list import EditList, Event
from shotgraph.report.manifest import FilmEntry, StepEntry
from shotgraph.report.notes import Note
from shotgraph.report.words import dollars


@dataclass(frozen=True)
class Marker:
    """A mark at a frame of a film.

    Attributes:
        frame: The film's frame, from 0.
        frames: The number of frames that it covers.
        name: The name of the shot, or the writer of the note.
        text: The text of the mark.
        is_note: Whether it is a person's note.
    """

    frame: int
    frames: int
    name: str
    text: str
    is_note: bool = False


def markers(
    edits: EditList, film: FilmEntry | None = None, notes: Sequence[Note] = ()
) -> list[Marker]:
    """Make a mark for each shot, with its prompt, take and cost; and a mark for each note.

    Args:
        edits: The film as a list of edits.
        film: The same film's entry, for notes on the film itself.
        notes: People's notes on the film or its clips; notes on other clips are skipped.

    Returns:
        The marks, in the order of their frames.
    """
    shots = [Marker(event.start, event.frames, event.name, _text(event)) for event in edits.picture]
    said = [
        Marker(frame, 1, f"Note by {note.by}" if note.by else "Note", note.text, is_note=True)
        for note in notes
        for frame in frames_of_note(note, edits, film)
    ]
    return sorted([*shots, *said], key=lambda mark: mark.frame)


def frames_of_note(note: Note, edits: EditList, film: FilmEntry | None) -> list[int]:
    """The film's frames that show the noted frame; empty if the film does not show it.

    If the film shows the clip twice, there are two frames.
    """
    if film is not None and note.clip == film.medium.sha256:
        return [note.frame] if note.frame < edits.frames else []
    return sorted({frame for event in edits.picture for frame in _in_event(note, event, edits)})


def _in_event(note: Note, event: Event, edits: EditList) -> Iterator[int]:
    """Yield the film's frames where an event shows the noted frame.

    The note is on the event's medium, or on the clip that was trimmed from this medium.
    """
    own = event.step.medium if event.step is not None else None
    for medium, first in ((event.medium, event.first), (own, 0)):
        if medium is None or medium.sha256 != note.clip:
            continue
        at = int(note.frame / (medium.fps or edits.rate) * edits.rate + Fraction(1, 2)) - first
        if 0 <= at < event.frames:
            yield event.start + at


def marker_table(marks: Sequence[Marker], rate: Fraction) -> str:
    """Write marks as a table: CSV, UTF-8, frames and timecode from 00:00:00:00."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("frame", "timecode", "frames", "name", "text"))
    for mark in marks:
        row = (mark.frame, timecode(mark.frame, rate), mark.frames, mark.name, mark.text)
        table.writerow([_no_formula(str(cell)) for cell in row])
    return text.getvalue()


def timecode(frame: int, rate: Fraction) -> str:
    """Format a frame as non-drop timecode, ``HH:MM:SS:FF``: 24 frames per second at 23.976.

    SMPTE ST 12-1: the timecode counts the rate, rounded up, as frames per second.
    """
    return written_timecode(frame, rate)


def _text(event: Event) -> str:
    if event.step is None:
        return "given"
    if not event.bought:
        return event.step.kind
    if len(event.bought) == 1:
        return _of_job(event.bought[0])
    return "; ".join(f"{step.name}: {_of_job(step)}" for step in event.bought)


def _of_job(step: StepEntry) -> str:
    said = [step.prompt or step.kind]
    # If a step has several takes, the first is numbered too.
    if step.take > 1 or step.name.endswith(f" take {step.take}"):
        said.append(f"take {step.take}")
    said.append(dollars(step.paid_usd))
    if step.request_id:
        said.append(f"request {step.request_id}")
    return " | ".join(said)


def _no_formula(cell: str) -> str:
    """Quote a cell that a spreadsheet would take for a formula (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
