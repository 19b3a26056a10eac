"""Decode a stretch of a clip strictly, to find damage and changes of its properties.

ffmpeg conceals damage: it fills in areas that don't decode, and repeats frames that are missing. So
a film of a damaged clip has the right number of frames, but wrong pictures. And when the size or
the channels change, ffmpeg makes new filters, and their clocks begin at 0 again.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from shotgraph.media.findings import Finding, Findings
from shotgraph.media.info import MediaInfo
from shotgraph.media.reader import opened, ratio
from shotgraph.media.reading import reading
from shotgraph.media.source import identify
from shotgraph.media.watches import RUN_IN_S, Onlooker, PictureWatch, SoundWatch, Stretch

BESIDE_S = 1
"""Seconds of pictures before and after a stretch that are decoded too, for an onlooker."""


def inspect_here(
    path: Path,
    *,
    begin_s: int,
    audio_track: int | None = None,
    onlooker_of: Callable[[MediaInfo], Onlooker] | None = None,
) -> Findings:
    """Decode the stretch of `CHUNK_S` seconds from `begin_s` on, picture and sound.

    Args:
        path: A video or a sound.
        begin_s: Seconds after the first picture; for a sound, after its beginning.
        audio_track: The number of the sound track to use if the file has several, from 1.
        onlooker_of: Makes the onlooker for a file. The onlooker gets all frames in the order in
            which they are shown, with the frames of `BESIDE_S` before and after the stretch.

    Raises:
        MediaError: The file can't be read at all.
    """
    with reading(path, audio_track=audio_track) as found:
        tracks = {stream.index: track for stream, track in found.tracks}
        codec = found.info.codec
        zero = found.info.start
        onlooker = onlooker_of(found.info) if onlooker_of is not None else None
    container = identify(path)
    findings: list[Finding] = []
    stretch = Stretch(Fraction(begin_s), zero)
    with opened(path, container, looks_inside=False) as media:
        streams = [media.streams[index] for index in tracks]
        watches = {
            stream.index: PictureWatch(stream, tracks[stream.index], stretch, codec, onlooker)
            if isinstance(stream, VideoStream)
            else SoundWatch(stream, tracks[stream.index], stretch, onlooker)
            for stream in streams
        }
        if begin_s and streams:
            for watch in watches.values():
                watch.see_first(media)
            _seek(media, streams[0], stretch, BESIDE_S if onlooker is not None else 0)
        end = stretch.end + (BESIDE_S if onlooker is not None else 0)
        for packet in _packets(media, streams, stretch, end):
            watches[packet.stream.index].take(packet)
        for watch in watches.values():
            findings += watch.findings()
    return Findings(tuple(findings))


def _seek(media: InputContainer, stream: Stream, stretch: Stretch, beside_s: int) -> None:
    time_base = ratio(stream.time_base) or Fraction(1)
    early_s = beside_s if isinstance(stream, VideoStream) else RUN_IN_S
    wanted = stretch.begin + stretch.zero - early_s
    media.seek(int(wanted / time_base), stream=stream)


def _packets(
    media: InputContainer, streams: Sequence[Stream], stretch: Stretch, end: Fraction
) -> Iterator["Packet[Any]"]:
    """The packets until each stream has reached the time `end` on the clip's clock."""
    left = {stream.index for stream in streams}
    for packet in media.demux(list(streams)):
        if packet.dts is None and not packet.size:
            continue
        time = packet.dts if packet.dts is not None else packet.pts
        if time is not None and stretch.at(time, packet.stream) >= end:
            left.discard(packet.stream.index)
            if not left:
                return
        yield packet
