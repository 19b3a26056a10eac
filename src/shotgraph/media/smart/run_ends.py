"""The coded pictures at both ends of a run, and what is shown where one run follows another."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any, cast
from zlib import crc32

from av.codec.context import CodecContext
from av.error import FFmpegError
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

TAIL_PACKETS, HEAD_PACKETS = 3, 2
"""Pictures decoded on each side of a seam: as many as a decoder may delay, and some after a
start."""


@dataclass
class RunEnds:
    """The first and the last coded pictures of a clip, or of a part of a film.

    Attributes:
        codec: h264 or hevc.
        headers: What is said before its pictures.
        head: The first packets, in the order of the file.
        tail: The last ones.
    """

    codec: str
    headers: bytes
    head: list["Packet[Any]"] = field(default_factory=list)
    tail: "deque[Packet[Any]]" = field(default_factory=lambda: deque(maxlen=TAIL_PACKETS))

    def add(self, packet: "Packet[Any]") -> None:
        """Add the next packet."""
        # Its file is closed when it is decoded.
        copy: Packet[Any] = Packet(bytes(packet))
        copy.pts, copy.dts = packet.pts, packet.dts
        copy.is_keyframe = packet.is_keyframe
        self.tail.append(copy)
        if len(self.head) < HEAD_PACKETS:
            self.head.append(copy)

    @cached_property
    def shown_head(self) -> tuple[int, ...]:
        """A checksum of each of the first pictures, as they come out of a decoder that has seen
        nothing before."""
        return self._shown(self.head)

    @cached_property
    def shown_tail(self) -> tuple[int, ...]:
        """Of the last ones. They may lack the pictures that they were made from: then they look
        wrong, but always in the same way."""
        return self._shown(self.tail)

    def shown_with(self, following: "RunEnds") -> tuple[int, ...]:
        """Of its last pictures and the first ones of the run behind it, out of one decoder.

        Fewer come out where a start makes the decoder drop what it held.
        """
        return self._shown([*self.tail, *following.head])

    def is_tail_of(self, clip: "RunEnds") -> bool:
        """Whether its last packets are those of a clip, bit for bit, under the same headers: a
        decoder then shows the same."""
        return self.headers == clip.headers and list(map(bytes, self.tail)) == list(
            map(bytes, clip.tail)
        )

    def _shown(self, packets: "Iterable[Packet[Any]]") -> tuple[int, ...]:
        codec = cast(VideoCodecContext, CodecContext.create(self.codec, "r"))
        codec.extradata = self.headers
        codec.thread_count = 1  # pictures made from missing ones look the same each time
        # The filter that smooths the edges of blocks takes time, and hides no fault.
        codec.options = {"flags": "+output_corrupt", "skip_loop_filter": "all"}
        frames: list[VideoFrame] = []
        for packet in [*packets, None]:
            frames += codec.decode(packet)
        return tuple(_brightness(frame) for frame in frames)


def wrong_seams(film: Sequence[RunEnds], clips: Sequence[RunEnds]) -> list[int]:
    """Decode a film around each seam, and compare that with the clips on both sides.

    Where the film has the very packets of the end of a clip, and shows all of them, they are not
    decoded a second time: what can be wrong there is what a decoder drops, and what it makes of
    the clip behind.

    Args:
        film: The runs of the film, in order.
        clips: The clips that they are copies of; the same object where a clip comes twice.

    Returns:
        The numbers, from 1, of the seams where the film shows something else.
    """
    return [
        number
        for number, (runs, of) in enumerate(
            zip(pairwise(film), pairwise(clips), strict=True), start=1
        )
        if not _is_right(*runs, *of)
    ]


def _is_right(before: RunEnds, after: RunEnds, clip: RunEnds, following: RunEnds) -> bool:
    try:
        shown, head = before.shown_with(after), following.shown_head
        all_shown = len(before.tail) + len(head)
        if before.is_tail_of(clip) and len(shown) == all_shown and len(head) == len(following.head):
            return shown[len(before.tail) :] == head
        return shown == clip.shown_tail + head
    except FFmpegError:  # something there can't even be decoded
        return False


def _brightness(frame: VideoFrame) -> int:
    """A checksum of a picture's first plane, without a copy of it."""
    plane = frame.planes[0]
    lines, length = memoryview(plane), plane.line_size
    if length == plane.width:
        return crc32(lines[: plane.height * length])
    checksum = 0
    # The rest of a line beyond the picture is uninitialised memory.
    for begin in range(0, plane.height * length, length):
        checksum = crc32(lines[begin : begin + plane.width], checksum)
    return checksum
