"""A film as the XML of Final Cut Pro 7, which Premiere, Resolve and most other programs read.

The form is Apple's "Final Cut Pro XML Interchange Format", version 5. A rate is a whole number, and
a mark if it is slowed by 1000/1001. A sound has one item for each channel, each on its own track;
the items of a clip are linked.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from shotgraph.media.probe import Medium
from shotgraph.media.start_timecode import SourceStart, whole_rate
from shotgraph.model.references import Sha256
from shotgraph.report.edit_list import EditList, Event
from shotgraph.report.markers import Marker

_RATE_HZ = 48_000
_STEREO = 2


def fcp7(
    edits: EditList,
    links: Mapping[Sha256, str],
    markers: Sequence[Marker] = (),
    channels: Mapping[Sha256, int] | None = None,
) -> str:
    """Write a list of edits.

    Args:
        edits: A film of at least one event.
        links: The path of each medium's file, absolute or relative to the XML.
        markers: The markers of the sequence.
        channels: The number of channels of each sound; the default is two. Mono is heard on both
            sides.
    """
    known = channels or {}
    root = Element("xmeml", version="5")
    sequence = SubElement(root, "sequence", id="film")
    _texts(sequence, name=_plain(edits.name), duration=str(edits.frames))
    _rate(sequence, edits.rate)
    media = SubElement(sequence, "media")
    heard = [*edits.sound, *(event for events in edits.laid for event in events)]
    of_each = {one.medium.sha256: known.get(one.medium.sha256, _STEREO) for one in heard}
    files = _Files(links, of_each, edits.starts)
    tracks = _tracks(edits, files.heard)
    linked = _linked(tracks)
    picture = SubElement(media, "video")
    size = edits.picture[0].medium
    _texts(
        SubElement(SubElement(picture, "format"), "samplecharacteristics"),
        width=str(size.width),
        height=str(size.height),
    )
    sound = SubElement(media, "audio")
    _outputs(sound, max((track.channel for track in tracks), default=_STEREO))
    for track in tracks:
        written = SubElement(sound if track.channel else picture, "track")
        _row(written, track, edits.rate, files, linked)
        if track.channel:
            _texts(written, outputchannelindex=str(track.channel))
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


@dataclass(frozen=True)
class _Track:
    """A track of a sequence.

    Attributes:
        number: Its number among the tracks of its kind, from 1.
        group: Tracks of one group have the same clips; group 0 is the picture.
        channel: The channel of each sound on this track, from 1; 0 for the picture.
    """

    number: int
    group: int
    channel: int
    events: Sequence[Event]

    @property
    def kind(self) -> str:
        return "audio" if self.channel else "video"

    def id_of(self, place: int) -> str:
        return f"{self.kind}{self.number if self.channel else ''}-{place + 1}"


def _tracks(edits: EditList, channels: Mapping[Sha256, int]) -> list[_Track]:
    found = [_Track(1, 0, 0, edits.picture)]
    for group, events in enumerate((edits.sound, *edits.laid)):
        most = max((channels[event.medium.sha256] for event in events), default=0)
        for channel in range(1, max(most, _STEREO) + 1 if events else 1):
            having = [
                event for event in events if channel <= max(channels[event.medium.sha256], _STEREO)
            ]
            found.append(_Track(len(found), group, channel, having))
    return found


def _linked(tracks: Sequence[_Track]) -> Mapping[tuple[int, int], Sequence[tuple[_Track, int]]]:
    """List the items of each clip, as track and place on it, by group and first frame."""
    found = defaultdict[tuple[int, int], list[tuple[_Track, int]]](list)
    for track in tracks:
        for place, event in enumerate(track.events):
            found[track.group, event.start].append((track, place))
    return found


def _outputs(sound: Element, channels: int) -> None:
    """Declare the output channels; each sound track names one of them."""
    _texts(sound, numOutputChannels=str(channels))
    format_ = SubElement(SubElement(sound, "format"), "samplecharacteristics")
    _texts(format_, depth="16", samplerate=str(_RATE_HZ))
    outputs = SubElement(sound, "outputs")
    for channel in range(1, channels + 1):
        group = SubElement(outputs, "group")
        _texts(group, index=str(channel), numchannels="1", downmix="0")
        _texts(SubElement(group, "channel"), index=str(channel))


class _Files:
    """The files of a sequence: the first item describes a file, and later items name its id."""

    def __init__(
        self,
        links: Mapping[Sha256, str],
        heard: Mapping[Sha256, int],
        starts: Mapping[Sha256, SourceStart],
    ) -> None:
        self._links, self.heard, self._starts = links, heard, starts
        self._ids: dict[Sha256, str] = {}

    def put(self, item: Element, medium: Medium, rate: Fraction, name: str) -> None:
        """Add the file to the item that shows it."""
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
        if medium.sha256 in self._starts:
            _timecode(file, self._starts[medium.sha256])
        media = SubElement(file, "media")
        if medium.kind == "video":
            shown = SubElement(SubElement(media, "video"), "samplecharacteristics")
            _texts(shown, width=str(medium.width), height=str(medium.height))
        if medium.sha256 in self.heard:
            heard = SubElement(media, "audio")
            format_ = SubElement(heard, "samplecharacteristics")
            _texts(format_, depth="16", samplerate=str(_RATE_HZ))
            _texts(heard, channelcount=str(self.heard[medium.sha256]))


def _row(
    written: Element,
    track: _Track,
    rate: Fraction,
    files: _Files,
    linked: Mapping[tuple[int, int], Sequence[tuple[_Track, int]]],
) -> None:
    events = track.events
    for number, event in enumerate(events):
        after = events[number + 1] if number + 1 < len(events) else None
        before = events[number - 1] if number else None
        fades_in = bool(event.overlap) and before is not None and _meet(before, event)
        fades_out = after is not None and bool(after.overlap) and _meet(event, after)
        if fades_in:
            _dissolve(written, track.kind, event, rate)
        item = SubElement(written, "clipitem", id=track.id_of(number))
        _texts(item, name=_plain(event.name), duration=str(event.frames))
        _rate(item, rate)
        _texts(
            item,
            # -1: a transition sets this side, as the form requires.
            start="-1" if fades_in else str(event.start),
            end="-1" if fades_out else str(event.end),
            **{"in": str(event.first), "out": str(event.first + event.frames)},
        )
        files.put(item, event.medium, rate, event.name)
        if track.channel:
            of_file = min(track.channel, files.heard[event.medium.sha256])
            source = SubElement(item, "sourcetrack")
            _texts(source, mediatype="audio", trackindex=str(of_file))
        _link(item, linked[track.group, event.start])


def _link(item: Element, items: Sequence[tuple[_Track, int]]) -> None:
    """Link an item to all items of its clip, so that an editor moves and cuts them together."""
    for track, place in items if len(items) > 1 else ():
        link = SubElement(item, "link")
        _texts(link, linkclipref=track.id_of(place), mediatype=track.kind)
        _texts(link, trackindex=str(track.number), clipindex=str(place + 1))
        if track.channel:
            _texts(link, groupindex="1")


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


def _timecode(file: Element, start: SourceStart) -> None:
    timecode = SubElement(file, "timecode")
    _rate(timecode, start.rate)
    _texts(
        timecode,
        string=start.text,
        frame=str(start.frame),
        displayformat="DF" if start.is_drop else "NDF",
    )


def _rate(parent: Element, rate: Fraction) -> None:
    slowed = "TRUE" if rate.denominator != 1 else "FALSE"
    _texts(SubElement(parent, "rate"), timebase=str(whole_rate(rate)), ntsc=slowed)


def _texts(parent: Element, **texts: str) -> None:
    for tag, text in texts.items():
        SubElement(parent, tag).text = text


def _plain(text: str) -> str:
    """Remove control characters, which XML can't represent."""
    return "".join(char for char in text if char.isprintable() or char in "\n\t")
