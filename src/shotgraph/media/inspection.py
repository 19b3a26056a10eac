"""Decode a stretch of a clip strictly: what is damaged in it, and what changes on the way.

ffmpeg conceals damage: it fills in what does not decode, and repeats what is missing, so that a
film of a damaged clip has the right number of frames and shows the wrong ones. And it builds its
filters anew when the size or the channels change, whose clocks then begin again at 0.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from shotgraph.media.findings import Finding, Findings
from shotgraph.media.reader import opened, ratio
from shotgraph.media.reading import reading
from shotgraph.media.source import identify
from shotgraph.media.watches import RUN_IN_S, PictureWatch, SoundWatch, Stretch


def inspect_here(path: Path, *, begin_s: int, audio_track: int | None = None) -> Findings:
    """Decode the stretch of `CHUNK_S` seconds from `begin_s` on, picture and sound.

    Args:
        path: A video or a sound.
        begin_s: Seconds after the first picture; for a sound, after its beginning.
        audio_track: Which of several sound tracks is used, from 1.

    Raises:
        MediaError: The file can't be read at all.
    """
    with reading(path, audio_track=audio_track) as found:
        tracks = {stream.index: track for stream, track in found.tracks}
        codec = found.info.codec
        zero = found.info.start
    container = identify(path)
    findings: list[Finding] = []
    stretch = Stretch(Fraction(begin_s), zero)
    with opened(path, container, looks_inside=False) as media:
        streams = [media.streams[index] for index in tracks]
        watches = {
            stream.index: PictureWatch(stream, tracks[stream.index], stretch, codec)
            if isinstance(stream, VideoStream)
            else SoundWatch(stream, tracks[stream.index], stretch)
            for stream in streams
        }
        if begin_s and streams:
            for watch in watches.values():
                watch.see_first(media)
            _seek(media, streams[0], stretch)
        for packet in _packets(media, streams, stretch):
            watches[packet.stream.index].take(packet)
        for watch in watches.values():
            findings += watch.findings()
    return Findings(tuple(findings))


def _seek(media: InputContainer, stream: Stream, stretch: Stretch) -> None:
    time_base = ratio(stream.time_base) or Fraction(1)
    wanted = stretch.begin + stretch.zero - (0 if isinstance(stream, VideoStream) else RUN_IN_S)
    media.seek(int(wanted / time_base), stream=stream)


def _packets(
    media: InputContainer, streams: Sequence[Stream], stretch: Stretch
) -> Iterator["Packet[Any]"]:
    """The packets until each stream has passed the end of the stretch."""
    left = {stream.index for stream in streams}
    for packet in media.demux(list(streams)):
        if packet.dts is None and not packet.size:
            continue
        time = packet.dts if packet.dts is not None else packet.pts
        if time is not None and stretch.at(time, packet.stream) >= stretch.end:
            left.discard(packet.stream.index)
            if not left:
                return
        yield packet
