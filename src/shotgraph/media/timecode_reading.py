"""Read the start timecode of a file in this process."""

import re
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

from av.container import InputContainer

from shotgraph.media.reader import opened, picture_of
from shotgraph.media.source import identify
from shotgraph.media.start_timecode import StartTimecode

_HAVING = frozenset({"mov", "matroska", "wav"})
"""The demuxers of files that may have a start timecode."""
_PLAIN = re.compile(r"[0-9:;.,-]{1,20}")
_NUMBER_BYTES = 4
# The packet of the timecode belongs to the first picture, so it is one of the first.
_MOST_PACKETS = 100


def start_timecode_here(path: Path) -> StartTimecode | None:
    """Read the start timecode of a file: of an mp4 or mov from its track of timecode (``tmcd``).

    Of a Matroska file it is a tag, and of a WAV the time reference of a field recorder.

    Returns:
        None if the file has none.

    Raises:
        MediaError: The file can't be opened.
    """
    container = identify(path)
    if container.demuxer not in _HAVING:
        return None
    with opened(path, container, looks_inside=False) as media:
        if container.demuxer == "wav":
            samples = _tag(media.metadata, "time_reference")
            is_set = samples.isdecimal() and int(samples)
            return StartTimecode(f"{samples} samples after midnight") if is_set else None
        picture = picture_of(media)
        said = [_tag(picture.metadata)] if picture is not None else []
        said += [_tag(stream.metadata) for stream in media.streams.data]
        said.append(_tag(media.metadata))
        text = next(filter(None, said), "")
        return StartTimecode(text, _number(media, text)) if text else None


def _tag(metadata: Mapping[str, str], wanted: str = "timecode") -> str:
    for name, value in metadata.items():
        if name.lower() == wanted and _PLAIN.fullmatch(value):
            return value
    return ""


def _number(media: InputContainer, text: str) -> int | None:
    """The frame's number in the track of the timecode; None without such a track."""
    tracks = {stream.index for stream in media.streams.data if _tag(stream.metadata) == text}
    for packet in islice(media.demux(), _MOST_PACKETS) if tracks else ():
        if packet.stream.index in tracks and packet.size == _NUMBER_BYTES:
            return int.from_bytes(bytes(packet), "big")
    return None
