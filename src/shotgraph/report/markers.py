"""Marks at frames of a film, for editing programs: words, takes and costs of shots, and notes."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from shotgraph.report.edit_list import EditList, Event
from shotgraph.report.words import dollars


@dataclass(frozen=True)
class Marker:
    """A mark.

    Attributes:
        frame: The film's frame, from 0.
        frames: How many frames it covers.
        name: The shot, or who wrote the note.
        text: What is said.
        is_note: Whether a person wrote it.
    """

    frame: int
    frames: int
    name: str
    text: str
    is_note: bool = False


def markers(edits: EditList) -> list[Marker]:
    """A mark at each shot: what was asked for, which take it is, and what it cost."""
    return [Marker(event.start, event.frames, event.name, _text(event)) for event in edits.picture]


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
    """A frame as ``HH:MM:SS:FF``, counted without drops: 24 frames a second at 23.976.

    SMPTE ST 12-1: the count of frames a second is the rate, rounded up.
    """
    counted = -(-rate.numerator // rate.denominator)
    seconds, frames = divmod(frame, counted)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}:{frames:02}"


def _text(event: Event) -> str:
    step = event.step
    if step is None:
        return "given"
    said = [step.prompt] if step.prompt else [step.kind]
    if step.take > 1:
        said.append(f"take {step.take}")
    if step.is_paid:
        said.append(dollars(step.paid_usd))
    if step.request_id:
        said.append(f"request {step.request_id}")
    return " | ".join(said)


def _no_formula(cell: str) -> str:
    """A spreadsheet must not compute what a prompt begins with (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
