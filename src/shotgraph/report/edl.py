"""A film as an EDL, CMX 3600: the oldest form of an edit list, which every editing program reads.

An EDL has one picture track, four sound tracks, reels of eight characters and no links: a program
finds clips by the names in the comments. A dissolve begins with its second clip. Times in a clip
begin at its start timecode; drop-frame ones have a semicolon.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from shotgraph.media.start_timecode import written_timecode
from shotgraph.model.references import Sha256
from shotgraph.report.edit_list import EditList, Event
from shotgraph.report.markers import Marker, timecode

MOST_EVENTS = 999
"""The most events: the number of an event has three digits."""
MOST_LAID = 3
"""The most sounds laid on a film: of the tracks A to A4, the first has the sound of the clips."""
CAN_NOT = (
    "an EDL links to no files: clips are found by the names in its comments",
    "it has one sound track for the clips and three for music and voices, and no levels",
)


def edl(edits: EditList, files: Mapping[Sha256, str], markers: Sequence[Marker] = ()) -> str:
    """Write a list of edits.

    Args:
        edits: A film of at most `MOST_EVENTS` events; its timecodes are non-drop.
        files: The name of each medium's file.
        markers: The markers, in the order of their frames; written as ``* LOC:``, which Resolve
            and Avid read.
    """
    lines = [f"TITLE: {_plain(edits.name)}", "FCM: NON-DROP FRAME", ""]
    number, unsaid = 0, list(markers)
    tracks = [("V", edits.picture), ("A", edits.sound)]
    tracks += [(f"A{place}", laid) for place, laid in enumerate(edits.laid[:MOST_LAID], start=2)]
    for channel, events in tracks:
        before: Event | None = None
        for event in events:
            number += 1
            follows = before is not None and before.end - event.overlap == event.start
            lines += _event(edits, number, channel, event, before if follows else None, files)
            before = event
            shown_to = event.end - _shared(events, event)
            while channel == "V" and unsaid and unsaid[0].frame < shown_to:
                mark = unsaid.pop(0)
                at = timecode(mark.frame, edits.rate)
                colour, said = "CYAN ", mark.text
                if mark.is_note:
                    colour, said = "GREEN", f"{mark.name}: {mark.text}"
                lines.append(f"* LOC: {at} {colour}   {_plain(said)}")
    return "\n".join(lines) + "\n"


def _event(
    edits: EditList,
    number: int,
    channel: str,
    event: Event,
    before: Event | None,
    files: Mapping[Sha256, str],
) -> list[str]:
    kept = event.frames - _shared(edits.picture if channel == "V" else edits.sound, event)
    name = _plain(files[event.medium.sha256])
    if before is None or not event.overlap:
        row = _row(edits, number, channel, "C", event, 0, kept)
        return [row, f"* FROM CLIP NAME: {name}"]
    gone = before.frames - event.overlap
    return [
        _row(edits, number, channel, "C", before, gone, 0),
        _row(edits, number, channel, f"D    {event.overlap:03}", event, 0, kept),
        f"* FROM CLIP NAME: {_plain(files[before.medium.sha256])}",
        f"* TO CLIP NAME: {name}",
    ]


def _row(
    edits: EditList, number: int, channel: str, kind: str, event: Event, skipped: int, frames: int
) -> str:
    """Write a row of an event, without the event's first `skipped` frames."""
    rate, start = edits.rate, edits.starts.get(event.medium.sha256)
    record, source = event.start + skipped, event.first + skipped
    is_drop = False
    if start is not None and start.rate == rate:
        source, is_drop = source + start.frame, start.is_drop
    times = [_in_day(time, rate, is_drop=is_drop) for time in (source, source + frames)]
    times += [timecode(time, rate) for time in (record, record + frames)]
    # AX stands for a file, which has no reel.
    return f"{number:03}  AX       {channel:<5} {kind:<8} {' '.join(times)}"


def _in_day(frame: int, rate: Fraction, *, is_drop: bool) -> str:
    """Format a frame; after 23:59:59 comes 00:00:00 again."""
    hours, rest = written_timecode(frame, rate, is_drop=is_drop).split(":", 1)
    return f"{int(hours) % 24:02}:{rest}"


def starts_left_out(edits: EditList) -> Iterator[str]:
    """Describe the start timecodes that an EDL can't have: it counts frames of the film only."""
    for sha256, (name, _) in edits.media().items():
        start = edits.starts.get(sha256)
        if start is not None and start.rate != edits.rate:
            yield (
                f"{name}: its start timecode, {start.text}, counts {start.rate} frames a second, "
                f"and an EDL those of the film, {edits.rate}: there it begins at 00:00:00:00"
            )


def _shared(events: Sequence[Event], event: Event) -> int:
    """Count an event's last frames that are in the dissolve after it: they are the next event's."""
    return next(
        (
            one.overlap
            for one in events
            if one.overlap and one is not event and one.start == event.end - one.overlap
        ),
        0,
    )


def _plain(text: str) -> str:
    """Convert a text to one line of ASCII, because an EDL has no other characters."""
    flat = " ".join(text.split())
    return flat.encode("ascii", "replace").decode()
