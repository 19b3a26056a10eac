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
    """The numbers of a codec's kinds of units, and the place of the unit length's size.

    ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1; ITU-T H.264 and H.265, each table 7-1.

    Attributes:
        length_at: The byte of the headers that holds the size of a unit's length.
        clean_starts: Kinds of pictures that clear the decoder: IDR of H.264; BLA and IDR of HEVC.
            Other key pictures (a recovery point, CRA) may be followed by pictures that need
            earlier ones, and the picture numbers of the previous clip stay in force after them.
        notes: Kinds of SEI messages: they may turn or crop a picture.
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
    """Splits the packets of one file into units.

    Attributes:
        headers: The headers before the file's pictures.
        path: The file.
    """

    headers: bytes
    path: Path
    _codec: _Codec
    _prefix: int

    def shown(self, packet: "Packet[VideoStream]") -> Iterator[tuple[bool, memoryview]]:
        """Give the units of a packet that hold its picture, its SEI messages and parameter sets.

        Returns:
            For each unit, whether it is a parameter set, and the unit.

        Raises:
            MediaError: The packet is damaged.
        """
        sets = self._codec.parameter_sets
        wanted = (*self._codec.notes, *self._codec.pictures, *sets)
        return ((kind in sets, unit) for kind, unit in self._units(packet, wanted))

    @property
    def head(self) -> bytes:
        """The first bytes of the headers: profile, compatibility and level."""
        return self.headers[: self._codec.length_at]

    def said_before(self) -> Iterator[bytes]:
        """Give the parameter sets in the headers.

        Raises:
            MediaError: The headers are damaged.
        """
        return _sets_of(self.headers, is_h264=self._codec.length_at == _CODECS["h264"].length_at)

    def parameter_sets(self, packet: "Packet[VideoStream]") -> Iterator[memoryview]:
        """Give the parameter sets in a packet, for its own picture and the next ones.

        Raises:
            MediaError: The packet is damaged.
        """
        return (unit for _, unit in self._units(packet, self._codec.parameter_sets))

    def starts_clean(self, packet: "Packet[VideoStream]") -> bool:
        """Whether a packet's picture clears the decoder, so that it can follow another clip.

        Raises:
            MediaError: The packet is damaged.
        """
        return next(self._units(packet, self._codec.clean_starts), None) is not None

    def with_headers(self, packet: "Packet[VideoStream]") -> bytes:
        """Give a packet with the headers inserted before its picture.

        Raises:
            MediaError: The packet is damaged.
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
        MediaError: The stream is neither H.264 nor HEVC of an mp4.
    """
    context = picture.codec_context
    headers = context.extradata or b""
    codec = _CODECS.get(context.codec.canonical_name)
    if codec is None or len(headers) <= codec.length_at:
        raise MediaError(f"{path} holds no H.264 or HEVC pictures as an mp4 has them")
    return CodedUnits(headers, path, codec, (headers[codec.length_at] & 3) + 1)


class CodedPictures:
    """The hashes of a stream's coded pictures, their times, and the headers that decode them.

    Headers between pictures are not hashed: ffmpeg repeats them where clips meet.

    Attributes:
        headers: All headers before the pictures, each once.
        heads: The first bytes of these headers: profile and level.
        sets: All parameter sets, in headers and between pictures, each once.
        ends: The first and the last pictures of each run.
        digests: The hash of each run's pictures.
        shown_at: For each file, the times of its pictures on the file's clock.
    """

    def __init__(self, lengths: Iterable[int] = ()) -> None:
        """Begin without pictures.

        Args:
            lengths: The number of pictures in each run of one file, in order; without it, each
                file is one run.
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
        """Put the pictures of several files one after the other."""
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
        """The hash of each run's pictures."""
        return tuple(each.hexdigest() for each in self.digests)

    @property
    def order(self) -> list[int]:
        """For each picture, its place in the order of display, if the files follow each other."""
        places: list[int] = []
        for times in self.shown_at:
            ranks = {time: rank for rank, time in enumerate(sorted(times), start=len(places))}
            places += [ranks[time] for time in times]
        return places

    def begin(self) -> None:
        """Begin another file, or the same file once more."""
        self._units = None
        self._left = 0

    def add(self, packet: "Packet[VideoStream]", path: Path) -> None:
        """Add a packet of a file.

        Raises:
            MediaError: The packet is neither H.264 nor HEVC of an mp4, or is damaged.
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
        # An empty packet would end the decoding. If the run's length is known, the packets in its
        # middle are not copied.
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
    """Hash the coded pictures of several files in order, as if the files were one.

    Args:
        paths: The files.
        lengths: The number of pictures in each run; together, all pictures of the files.

    Raises:
        MediaError: A file is neither H.264 nor HEVC in an mp4, or is damaged.
    """
    pictures = CodedPictures(lengths)
    for path in paths:
        pictures.begin()
        with opened(path, identify(path), looks_inside=False) as media:
            stream = picture_of(media)
            for packet in media.demux(stream) if stream is not None else ():
                if packet.size:  # PyAV ends a stream with an empty packet
                    pictures.add(packet, path)
    return pictures


_AVC_COUNT, _HEVC_COUNT = 5, 22


def _sets_of(headers: bytes, *, is_h264: bool) -> Iterator[bytes]:
    """Give the parameter sets of ``avcC`` or ``hvcC`` (ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1)."""
    place = _AVC_COUNT if is_h264 else _HEVC_COUNT + 1
    for turn in range(2 if is_h264 else headers[_HEVC_COUNT]):
        head = headers[place : place + (1 if is_h264 else 3)]
        place += len(head)
        # H.264 has the sequence sets, then the picture sets; in HEVC each array names its kind.
        count = head[0] & (0x1F if turn == 0 else 0xFF) if is_h264 and head else 0
        found, place = sets_at(
            headers, place, count if is_h264 else int.from_bytes(head[1:], "big")
        )
        yield from found


def sets_at(headers: bytes, place: int, count: int) -> tuple[tuple[bytes, ...], int]:
    """Read some parameter sets, each after its length; also give the place where they end.

    Raises:
        MediaError: The headers end too early.
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
        MediaError: The file is neither H.264 nor HEVC in an mp4, or is damaged.
    """
    with opened(path, identify(path), looks_inside=False) as media:
        stream = picture_of(media)
        packets = media.demux(stream) if stream is not None else iter(())
        first = next((packet for packet in packets if packet.size), None)
        return first is not None and coded_units(first.stream, path).starts_clean(first)


def header_pictures(path: Path, lengths: Sequence[int]) -> list[tuple[str, ...]]:
    """Decode the first key picture of each run, and each picture with new headers, by itself.

    Two files with the same coded pictures look the same only under equal headers; wrong headers may
    give wrong colours, or a grey picture, and no error.

    Args:
        path: A video without hidden pictures.
        lengths: The number of pictures in each run, in order; together, all pictures of the file.

    Returns:
        For each run, the hashes of its decoded pictures.

    Raises:
        MediaError: The file is neither H.264 nor HEVC of an mp4, or a picture can't be decoded.
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
