"""The coded pictures at both ends of a run, and what is shown where one run follows another."""

from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import pairwise
from typing import Any, TypeAlias, cast
from zlib import crc32

from av.codec.context import CodecContext
from av.error import FFmpegError
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

TAIL_PACKETS, HEAD_PACKETS = 3, 2
"""Pictures decoded on each side of a seam: as many as a decoder may delay, and some after a
start."""
_AT_ONCE = 2


@dataclass
class RunEnds:
    """The first and the last coded pictures of a clip, or of a part of a film.

    Attributes:
        codec: h264 or hevc.
        headers: What is said before its pictures.
        head: The first packets, in the order of the file.
        tail: The last ones.
        spliced: The first packet with the headers in it, as ffmpeg writes it where it puts files
            one behind the other.
    """

    codec: str
    headers: bytes
    head: list["Packet[Any]"] = field(default_factory=list)
    tail: "deque[Packet[Any]]" = field(default_factory=lambda: deque(maxlen=TAIL_PACKETS))
    spliced: "Packet[Any] | None" = None
    _shown_head: tuple[int, ...] | None = None

    def add(self, packet: "Packet[Any]") -> None:
        """Add the next packet."""
        copy = copied(packet)
        self.tail.append(copy)
        if not self.has_head:
            self.head.append(copy)

    @property
    def has_head(self) -> bool:
        """Whether all of its first pictures are there."""
        return len(self.head) == HEAD_PACKETS

    @property
    def shown_head(self) -> tuple[int, ...]:
        """A checksum of each of the first pictures, as they come out of a decoder that has seen
        nothing before."""
        if self._shown_head is None:
            self._shown_head = self._shown(self.head)
        return self._shown_head

    @property
    def shown_tail(self) -> tuple[int, ...]:
        """Of the last ones. They may lack the pictures that they were made from: then they look
        wrong, but always in the same way."""
        return self._shown(self.tail)

    def shown_with(self, following: "RunEnds") -> tuple[int, ...]:
        """Of its last pictures and the first ones of the run behind it, out of one decoder.

        Fewer come out where a start makes the decoder drop what it held.
        """
        return self._shown([*self.tail, *following.head])

    def sha256_with(self, following: "RunEnds") -> str:
        """Of all that `shown_with` gives a decoder."""
        digest = sha256(repr((self.codec, self.headers)).encode())
        for packet in (*self.tail, *following.head):
            digest.update(f"{packet.size} {packet.is_keyframe}".encode())
            digest.update(packet)
        return digest.hexdigest()

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
        shown: list[int] = []
        for packet in [*packets, None]:
            # One after the other, so that the decoder has its memory back for the next.
            shown += map(_brightness, codec.decode(packet))
        return tuple(shown)


Seam: TypeAlias = tuple[RunEnds, RunEnds]
"""Two runs that follow each other."""


@dataclass(frozen=True)
class SeamLook:
    """What certain packets show.

    Attributes:
        sha256: Of the packets and their headers.
        shown: Checksums of the pictures.
    """

    sha256: str
    shown: tuple[int, ...]


def look_at_seam(clips: Seam) -> SeamLook | None:
    """What a film shows where two clips meet, if it has there what ffmpeg makes of their packets;
    None if these can't be decoded.

    It is decoded from the clips, which are there before the film is.
    """
    clip, following = clips
    after = replace(following, head=[following.spliced or following.head[0], *following.head[1:]])
    try:
        look = SeamLook(clip.sha256_with(after), clip.shown_with(after))
        assert following.shown_head  # noqa: S101  which is kept, for the comparison
    except FFmpegError:
        return None
    return look


def copied(packet: "Packet[Any]", data: bytes | None = None) -> "Packet[Any]":
    """A packet that needs no open file; with other bytes, if there are some."""
    copy: Packet[Any] = Packet(bytes(packet) if data is None else data)
    copy.pts, copy.dts = packet.pts, packet.dts
    copy.is_keyframe = packet.is_keyframe
    return copy


def wrong_seams(
    film: Sequence[RunEnds],
    clips: Sequence[RunEnds],
    looks: Sequence[SeamLook | None] = (),
) -> list[int]:
    """Decode a film around each seam, and compare that with the clips on both sides.

    Where the film has the very packets of the end of a clip, and shows all of them, they are not
    decoded a second time: what can be wrong there is what a decoder drops, and what it makes of
    the clip behind.

    Args:
        film: The runs of the film, in order.
        clips: The clips that they are copies of; the same object where a clip comes twice.
        looks: What `look_at_seam` found; nothing if it was not asked. The film is decoded where its
            packets are others.

    Returns:
        The numbers, from 1, of the seams where the film shows something else.
    """
    unknown: list[SeamLook | None] = [None] * (len(clips) - 1)
    both = zip(pairwise(film), pairwise(clips), looks or unknown, strict=True)
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        are_right = threads.map(lambda seam: _is_right(*seam), both)
        return [number for number, is_right in enumerate(are_right, start=1) if not is_right]


def _is_right(runs: Seam, of: Seam, look: SeamLook | None) -> bool:
    (before, after), (clip, following) = runs, of
    try:
        is_known = look is not None and look.sha256 == before.sha256_with(after)
        shown = look.shown if look is not None and is_known else before.shown_with(after)
        head = following.shown_head
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
