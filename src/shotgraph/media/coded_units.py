"""The units that H.264 and HEVC pictures are coded in, as an mp4 has them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from av.packet import Packet
from av.video.stream import VideoStream

from shotgraph.errors import MediaError


@dataclass(frozen=True)
class _Codec:
    """Where the headers say how many bytes tell a unit's length, and what kinds of units there are.

    ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1; ITU-T H.264 and H.265, each table 7-1.
    """

    length_at: int
    shift: int
    mask: int
    pictures: range
    parameter_sets: range


_CODECS = {
    "h264": _Codec(4, 0, 0x1F, range(1, 6), range(7, 9)),
    "hevc": _Codec(21, 1, 0x3F, range(32), range(32, 35)),
}


@dataclass(frozen=True)
class CodedUnits:
    """How the packets of one file are taken apart.

    Attributes:
        headers: What the file says before its pictures.
        path: The file.
    """

    headers: bytes
    path: Path
    _codec: _Codec
    _prefix: int

    def pictures(self, packet: "Packet[VideoStream]") -> Iterator[memoryview]:
        """The units of a packet that make its picture.

        Raises:
            MediaError: It is damaged.
        """
        return self._units(packet, self._codec.pictures)

    def parameter_sets(self, packet: "Packet[VideoStream]") -> Iterator[memoryview]:
        """The units of a packet by which it, and what follows, is read.

        Raises:
            MediaError: It is damaged.
        """
        return self._units(packet, self._codec.parameter_sets)

    def _units(self, packet: "Packet[VideoStream]", kinds: range) -> Iterator[memoryview]:
        data, place = memoryview(packet).cast("B"), 0
        while place < len(data):
            begin = place + self._prefix
            place = begin + int.from_bytes(data[place:begin], "big")
            if not begin < place <= len(data):
                raise MediaError(f"{self.path} is damaged: a picture in it has no end")
            if data[begin] >> self._codec.shift & self._codec.mask in kinds:
                yield data[begin:place]


def coded_units(picture: VideoStream, path: Path) -> CodedUnits:
    """How the packets of a stream are taken apart.

    Raises:
        MediaError: It is neither H.264 nor HEVC of an mp4.
    """
    context = picture.codec_context
    headers = context.extradata or b""
    codec = _CODECS.get(context.codec.canonical_name)
    if codec is None or len(headers) <= codec.length_at:
        raise MediaError(f"{path} holds no H.264 or HEVC pictures as an mp4 has them")
    return CodedUnits(headers, path, codec, (headers[codec.length_at] & 3) + 1)
