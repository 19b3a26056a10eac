"""A film as the XML of Final Cut Pro 7, which Premiere, Resolve and most other programs read.

The form is Apple's "Final Cut Pro XML Interchange Format", version 5. Rates are a whole number and
whether they are slowed by 1000/1001.
"""

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from shotgraph.media.probe import Medium
from shotgraph.model.references import Sha256
from shotgraph.report.edit_list import EditList, Event
from shotgraph.report.markers import Marker

_RATE_HZ = 48_000
_STEREO = "2"


def fcp7(edits: EditList, links: Mapping[Sha256, str], markers: Sequence[Marker] = ()) -> str:
    """Write a list of edits.

    Args:
        edits: A film of at least one event.
        links: The path of each medium's file, relative to the XML, or absolute.
        markers: On the sequence.
    """
    root = Element("xmeml", version="5")
    sequence = SubElement(root, "sequence", id="film")
    _texts(sequence, name=_plain(edits.name), duration=str(edits.frames))
    _rate(sequence, edits.rate)
    media = SubElement(sequence, "media")
    heard = [*edits.sound, *(event for events in edits.laid for event in events)]
    files = _Files(links, {event.medium.sha256 for event in heard})
    picture = SubElement(media, "video")
    size = edits.picture[0].medium
    _texts(
        SubElement(SubElement(picture, "format"), "samplecharacteristics"),
        width=str(size.width),
        height=str(size.height),
    )
    _row(SubElement(picture, "track"), "video", edits.picture, edits.rate, files)
    sound = SubElement(media, "audio")
    for number, events in enumerate((edits.sound, *edits.laid), start=1):
        if events:
            _row(SubElement(sound, "track"), f"audio{number}", events, edits.rate, files)
    for marker in markers:
        _texts(
            SubElement(sequence, "marker"),
            name=_plain(marker.name),
            comment=_plain(marker.text),
            **{"in": str(marker.frame), "out": "-1"},
        )
    indent(root)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n'
    return head + tostring(root, encoding="unicode") + "\n"


class _Files:
    """The files of a sequence: each is described once, and named by its id from then on."""

    def __init__(self, links: Mapping[Sha256, str], heard: Collection[Sha256]) -> None:
        self._links, self._heard = links, heard
        self._ids: dict[Sha256, str] = {}

    def put(self, item: Element, medium: Medium, rate: Fraction, name: str) -> None:
        """Say which file an item shows."""
        if medium.sha256 in self._ids:
            SubElement(item, "file", id=self._ids[medium.sha256])
            return
        known = self._ids[medium.sha256] = f"file-{len(self._ids) + 1}"
        file = SubElement(item, "file", id=known)
        own = medium.fps or rate
        frames = medium.frames if medium.kind == "video" else int(medium.duration_s * rate)
        _texts(file, name=_plain(name), pathurl=quote(self._links[medium.sha256]))
        _rate(file, own)
        _texts(file, duration=str(frames))
        media = SubElement(file, "media")
        if medium.kind == "video":
            shown = SubElement(SubElement(media, "video"), "samplecharacteristics")
            _texts(shown, width=str(medium.width), height=str(medium.height))
        if medium.sha256 in self._heard:
            heard = SubElement(media, "audio")
            format_ = SubElement(heard, "samplecharacteristics")
            _texts(format_, depth="16", samplerate=str(_RATE_HZ))
            _texts(heard, channelcount=_STEREO)


def _row(track: Element, name: str, events: Sequence[Event], rate: Fraction, files: _Files) -> None:
    kind = "video" if name == "video" else "audio"
    for number, event in enumerate(events):
        after = events[number + 1] if number + 1 < len(events) else None
        before = events[number - 1] if number else None
        fades_in = bool(event.overlap) and before is not None and _meet(before, event)
        fades_out = after is not None and bool(after.overlap) and _meet(event, after)
        if fades_in:
            _dissolve(track, kind, event, rate)
        item = SubElement(track, "clipitem", id=f"{name}-{number + 1}")
        _texts(item, name=_plain(event.name), duration=str(event.frames))
        _rate(item, rate)
        _texts(
            item,
            # -1 leaves the side to the transition there, as the form asks for.
            start="-1" if fades_in else str(event.start),
            end="-1" if fades_out else str(event.end),
            **{"in": str(event.first), "out": str(event.first + event.frames)},
        )
        files.put(item, event.medium, rate, event.name)
        if kind == "audio":
            _texts(SubElement(item, "sourcetrack"), mediatype="audio", trackindex="1")


def _meet(before: Event, after: Event) -> bool:
    return before.end - after.overlap == after.start


def _dissolve(track: Element, kind: str, event: Event, rate: Fraction) -> None:
    item = SubElement(track, "transitionitem")
    _texts(
        item,
        start=str(event.start),
        end=str(event.start + event.overlap),
        alignment="start",
    )
    _rate(item, rate)
    name = "Cross Dissolve" if kind == "video" else "Cross Fade (+3dB)"
    _texts(
        SubElement(item, "effect"),
        name=name,
        effectid=name,
        effecttype="transition",
        mediatype=kind,
    )


def _rate(parent: Element, rate: Fraction) -> None:
    counted = -(-rate.numerator // rate.denominator)
    slowed = rate.denominator != 1
    _texts(SubElement(parent, "rate"), timebase=str(counted), ntsc="TRUE" if slowed else "FALSE")


def _texts(parent: Element, **texts: str) -> None:
    for tag, text in texts.items():
        SubElement(parent, tag).text = text


def _plain(text: str) -> str:
    """Without the control characters that XML has no way to write."""
    return "".join(char for char in text if char.isprintable() or char in "\n\t")
