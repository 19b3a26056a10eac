"""Coded pictures, read without decoding: their units, hashes and headers."""

import hashlib
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from shotgraph.errors import MediaError
from shotgraph.media.child import MAX_PACKETS
from shotgraph.media.reader import opened, picture_of
from shotgraph.media.smart.run_ends import TAIL_PACKETS, RunEnds, copied
from shotgraph.media.source import identify

Digest: TypeAlias = "hashlib._Hash"


@dataclass(frozen=True)
class _Codec:
    """Where the headers have the size of a unit's length, and which kinds of units there are.

    ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1; ITU-T H.264 and H.265, each table 7-1.

    Attributes:
        clean_starts: Kinds of pictures that clear the decoder: IDR of H.264; BLA and IDR of HEVC.
            Other key pictures (a recovery point, CRA) may be followed by pictures that need
            earlier ones, and leave the picture numbers of the clip before in force.
        notes: Kinds of what is said beside a picture (SEI): it may turn or crop it.
    """

    length_at: int
    shift: int
    mask: int
    pictures: range
    parameter_sets: range
    clean_starts: range
    notes: range


_CODECS = {
    "h264": _Codec(4, 0, 0x1F, range(1, 6), range(7, 9), range(5, 6), range(6, 7)),
    "hevc": _Codec(21, 1, 0x3F, range(32), range(32, 35), range(16, 21), range(39, 41)),
}


@dataclass(frozen=True)
class CodedUnits:
    """Takes the packets of one file apart.

    Attributes:
        headers: The headers before the file's pictures.
        path: The file.
    """

    headers: bytes
    path: Path
    _codec: _Codec
    _prefix: int

    def shown(self, packet: "Packet[VideoStream]") -> Iterator[tuple[bool, memoryview]]:
        """The units of a packet's picture, of what is said beside it, and of headers.

        Returns:
            Whether it is one of headers, and the unit.

        Raises:
            MediaError: It is damaged.
        """
        sets = self._codec.parameter_sets
        wanted = (*self._codec.notes, *self._codec.pictures, *sets)
        return ((kind in sets, unit) for kind, unit in self._units(packet, wanted))

    @property
    def head(self) -> bytes:
        """What the headers begin with: profile, what it is compatible with, level."""
        return self.headers[: self._codec.length_at]

    def said_before(self) -> Iterator[bytes]:
        """The parameter sets in the headers.

        Raises:
            MediaError: They are damaged.
        """
        return _sets_of(self.headers, is_h264=self._codec.length_at == _CODECS["h264"].length_at)

    def parameter_sets(self, packet: "Packet[VideoStream]") -> Iterator[memoryview]:
        """The units of a packet with headers for its own and the next pictures.

        Raises:
            MediaError: It is damaged.
        """
        return (unit for _, unit in self._units(packet, self._codec.parameter_sets))

    def starts_clean(self, packet: "Packet[VideoStream]") -> bool:
        """Whether a packet's picture clears the decoder, so that it can follow another clip.

        Raises:
            MediaError: It is damaged.
        """
        return next(self._units(packet, self._codec.clean_starts), None) is not None

    def with_headers(self, packet: "Packet[VideoStream]") -> bytes:
        """A packet with the headers in it, before its picture.

        Raises:
            MediaError: It is damaged.
        """
        units: list[memoryview | bytes] = []
        is_before = True
        for kind, unit in self._units(packet, range(256)):
            if is_before and kind in self._codec.pictures:
                units += self.said_before()
                is_before = False
            units.append(unit)
        return b"".join(len(unit).to_bytes(self._prefix, "big") + unit for unit in units)

    def _units(
        self, packet: "Packet[VideoStream]", kinds: Container[int]
    ) -> Iterator[tuple[int, memoryview]]:
        data, place = memoryview(packet).cast("B"), 0
        while place < len(data):
            begin = place + self._prefix
            place = begin + int.from_bytes(data[place:begin], "big")
            if not begin < place <= len(data):
                raise MediaError(f"{self.path} is damaged: a picture in it has no end")
            kind = data[begin] >> self._codec.shift & self._codec.mask
            if kind in kinds:
                yield kind, data[begin:place]


def coded_units(picture: VideoStream, path: Path) -> CodedUnits:
    """Make the reader of a stream's packets.

    Raises:
        MediaError: It is neither H.264 nor HEVC of an mp4.
    """
    context = picture.codec_context
    headers = context.extradata or b""
    codec = _CODECS.get(context.codec.canonical_name)
    if codec is None or len(headers) <= codec.length_at:
        raise MediaError(f"{path} holds no H.264 or HEVC pictures as an mp4 has them")
    return CodedUnits(headers, path, codec, (headers[codec.length_at] & 3) + 1)


class CodedPictures:
    """The coded pictures of a stream, when they are shown, and the headers that decode them.

    Headers between pictures are left out of the hash: they are repeated where clips meet.

    Attributes:
        headers: All headers before the pictures, each once.
        heads: Their beginnings, which say the profile and the level.
        sets: All parameter sets, in headers and between pictures, each once.
        ends: The first and the last pictures of each run.
        digests: Of the pictures of each run.
        shown_at: When each picture of a file is shown, by the clock of the file.
    """

    def __init__(self, lengths: Iterable[int] = ()) -> None:
        """Begin with none.

        Args:
            lengths: How many pictures each run of one file has, in order; without that, each file
                is a run.
        """
        self.headers: set[bytes] = set()
        self.heads: set[bytes] = set()
        self.sets: set[bytes] = set()
        self.ends: list[RunEnds] = []
        self._lengths = iter(lengths)
        self._left = 0
        self.digests: list[Digest] = []
        self._is_counted = False
        self._units: CodedUnits | None = None
        self.shown_at: list[list[int]] = []

    @classmethod
    def joined(cls, parts: Iterable["CodedPictures"]) -> "CodedPictures":
        """Those of several files, one after the other."""
        whole = cls()
        for part in parts:
            whole.headers |= part.headers
            whole.heads |= part.heads
            whole.sets |= part.sets
            whole.ends += part.ends
            whole.digests += part.digests
            whole.shown_at += part.shown_at
        return whole

    @property
    def sha256(self) -> tuple[str, ...]:
        """Of the pictures of each run."""
        return tuple(each.hexdigest() for each in self.digests)

    @property
    def order(self) -> list[int]:
        """Of each picture, the number under which it is shown, if files follow each other."""
        places: list[int] = []
        for times in self.shown_at:
            ranks = {time: rank for rank, time in enumerate(sorted(times), start=len(places))}
            places += [ranks[time] for time in times]
        return places

    def begin(self) -> None:
        """What is added now is another file, or the same one once more."""
        self._units = None
        self._left = 0

    def add(self, packet: "Packet[VideoStream]", path: Path) -> None:
        """Add a packet of a file.

        Raises:
            MediaError: It is neither H.264 nor HEVC of an mp4, or is damaged.
        """
        if self._units is None:
            self._units = coded_units(packet.stream, path)
            self.headers.add(self._units.headers)
            self.heads.add(self._units.head)
            self.sets |= set(self._units.said_before())
            self.shown_at.append([])
        if not self._left:
            self._left = next(self._lengths, MAX_PACKETS)
            name = packet.stream.codec_context.codec.canonical_name
            self.ends.append(RunEnds(name, self._units.headers))
            self.digests.append(hashlib.sha256())
            self._is_counted = self._left < MAX_PACKETS
        self._left -= 1
        ends = self.ends[-1]
        # An empty one would end the decoding. Of a run whose length is known, those in its middle
        # are not copied.
        if packet.size and (not self._is_counted or self._left < TAIL_PACKETS or not ends.has_head):
            if not ends.head:
                ends.spliced = copied(packet, self._units.with_headers(packet))
            ends.add(packet)
        self.shown_at[-1].append(packet.pts if packet.pts is not None else packet.dts or 0)
        digest = self.digests[-1]
        for is_set, unit in self._units.shown(packet):
            if is_set:
                self.sets.add(bytes(unit))
            else:
                digest.update(unit)


def coded_pictures(paths: Iterable[Path], lengths: Iterable[int] = ()) -> CodedPictures:
    """Hash the coded pictures of files, as if they were one, in the order of the files.

    Args:
        paths: The files.
        lengths: How many pictures each run has, where the files have no others.

    Raises:
        MediaError: One is neither H.264 nor HEVC in an mp4, or is damaged.
    """
    pictures = CodedPictures(lengths)
    for path in paths:
        pictures.begin()
        with opened(path, identify(path), looks_inside=False) as media:
            stream = picture_of(media)
            for packet in media.demux(stream) if stream is not None else ():
                if packet.size:  # not the end, as PyAV marks it
                    pictures.add(packet, path)
    return pictures


_AVC_COUNT, _HEVC_COUNT = 5, 22


def _sets_of(headers: bytes, *, is_h264: bool) -> Iterator[bytes]:
    """The parameter sets of ``avcC`` or ``hvcC`` (ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1)."""
    place = _AVC_COUNT if is_h264 else _HEVC_COUNT + 1
    for turn in range(2 if is_h264 else headers[_HEVC_COUNT]):
        head = headers[place : place + (1 if is_h264 else 3)]
        place += len(head)
        # Of H.264, the sequence sets and the picture sets; of HEVC, each kind says what it is.
        count = head[0] & (0x1F if turn == 0 else 0xFF) if is_h264 and head else 0
        found, place = sets_at(
            headers, place, count if is_h264 else int.from_bytes(head[1:], "big")
        )
        yield from found


def sets_at(headers: bytes, place: int, count: int) -> tuple[tuple[bytes, ...], int]:
    """Some parameter sets, each behind its length, and where the next thing begins.

    Raises:
        MediaError: They are not all there.
    """
    found = []
    for _ in range(count):
        length = int.from_bytes(headers[place : place + 2], "big")
        place += 2 + length
        if not length or place > len(headers):
            raise MediaError("the headers of an H.264 or HEVC stream were cut short")
        found.append(headers[place - length : place])
    return tuple(found), place


def starts_clean(path: Path) -> bool:
    """Whether the first coded picture of a file can follow the pictures of another clip.

    Raises:
        MediaError: It is neither H.264 nor HEVC in an mp4, or is damaged.
    """
    with opened(path, identify(path), looks_inside=False) as media:
        stream = picture_of(media)
        packets = media.demux(stream) if stream is not None else iter(())
        first = next((packet for packet in packets if packet.size), None)
        return first is not None and coded_units(first.stream, path).starts_clean(first)


def header_pictures(path: Path, lengths: Sequence[int]) -> list[tuple[str, ...]]:
    """Decode, each by itself, the first key picture of each run, and where new headers are said.

    Two files that hold the same codings show the same, if they are read by headers that say the
    same; wrong headers may give wrong colours, or a grey picture, and no error.

    Args:
        path: A video without hidden pictures.
        lengths: How many pictures each run has, in the order of the file; together, all.

    Returns:
        For each run, hashes of what is seen.

    Raises:
        MediaError: It is neither H.264 nor HEVC of an mp4, or such a picture can't be decoded.
    """
    with opened(path, identify(path), looks_inside=False) as media:
        stream = picture_of(media)
        if stream is None:
            raise MediaError(f"{path} holds no picture")
        units = coded_units(stream, path)
        packets = (packet for packet in media.demux(stream) if packet.size)
        return [tuple(_run(stream, units, islice(packets, length))) for length in lengths]


def _run(
    stream: VideoStream, units: CodedUnits, packets: "Iterator[Packet[VideoStream]]"
) -> Iterator[str]:
    is_first = True
    for packet in packets:
        is_new = any(bytes(each) not in units.headers for each in units.parameter_sets(packet))
        if is_new or (is_first and packet.is_keyframe):
            yield _shown(stream, packet)
            is_first = False


def _shown(stream: VideoStream, packet: "Packet[VideoStream]") -> str:
    codec = stream.codec_context
    frames = [*codec.decode(packet), *codec.decode(None)]
    codec.flush_buffers()
    digest = hashlib.sha256()
    for frame in frames:
        _hash(frame, digest)
    return digest.hexdigest()


def _hash(frame: VideoFrame, digest: Digest) -> None:
    digest.update(f"{frame.format.name} {frame.width} {frame.height}".encode())
    for plane in frame.planes:
        lines = memoryview(plane)
        # The rest of a line beyond the picture is uninitialised memory.
        for begin in range(0, plane.height * plane.line_size, plane.line_size):
            digest.update(lines[begin : begin + plane.width])
