"""The coded pictures at both ends of a run, and the decoding of a seam between two runs."""

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
"""Pictures decoded before and after a seam: as many as a decoder may delay, and the first ones."""
_AT_ONCE = 2


@dataclass
class RunEnds:
    """The first and the last coded pictures of a clip, or of a part of a film.

    Attributes:
        codec: h264 or hevc.
        headers: The headers before its pictures.
        head: The first packets, in the order of the file.
        tail: The last packets.
        spliced: The first packet with the headers in it, as ffmpeg writes it when it joins files.
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
        """Whether all packets of `head` are there."""
        return len(self.head) == HEAD_PACKETS

    @property
    def shown_head(self) -> tuple[int, ...]:
        """Checksums of the first pictures, from a new decoder."""
        if self._shown_head is None:
            self._shown_head = self._shown(self.head)
        return self._shown_head

    @property
    def shown_tail(self) -> tuple[int, ...]:
        """Checksums of the last pictures, from a new decoder.

        Pictures that they refer to may be missing: then they look wrong, but always the same.
        """
        return self._shown(self.tail)

    def shown_with(self, following: "RunEnds") -> tuple[int, ...]:
        """Checksums of its last pictures and the next run's first ones, from one decoder.

        There are fewer if the next run's start makes the decoder drop delayed pictures.
        """
        return self._shown([*self.tail, *following.head])

    def sha256_with(self, following: "RunEnds") -> str:
        """The hash of all input that `shown_with` gives a decoder."""
        digest = sha256(repr((self.codec, self.headers)).encode())
        for packet in (*self.tail, *following.head):
            digest.update(f"{packet.size} {packet.is_keyframe}".encode())
            digest.update(packet)
        return digest.hexdigest()

    def is_tail_of(self, clip: "RunEnds") -> bool:
        """Whether its headers and last packets are a clip's, bit for bit.

        A decoder then shows the same pictures.
        """
        return self.headers == clip.headers and list(map(bytes, self.tail)) == list(
            map(bytes, clip.tail)
        )

    def _shown(self, packets: "Iterable[Packet[Any]]") -> tuple[int, ...]:
        codec = cast(VideoCodecContext, CodecContext.create(self.codec, "r"))
        codec.extradata = self.headers
        codec.thread_count = 1  # then pictures with missing references always look the same
        # Without the deblocking filter, decoding is faster and shows the same faults.
        codec.options = {"flags": "+output_corrupt", "skip_loop_filter": "all"}
        shown: list[int] = []
        for packet in [*packets, None]:
            # Frames are used at once, so that the decoder can reuse their memory.
            shown += map(_brightness, codec.decode(packet))
        return tuple(shown)


Seam: TypeAlias = tuple[RunEnds, RunEnds]
"""Two runs that follow each other."""


@dataclass(frozen=True)
class SeamLook:
    """The result of decoding the packets around a seam.

    Attributes:
        sha256: The hash of the packets and their headers.
        shown: Checksums of the pictures.
    """

    sha256: str
    shown: tuple[int, ...]


def look_at_seam(clips: Seam) -> SeamLook | None:
    """Decode the seam of two clips with the packets that ffmpeg will write into the film.

    This needs only the clips, not the film. None if the packets can't be decoded.
    """
    clip, following = clips
    after = replace(following, head=[following.spliced or following.head[0], *following.head[1:]])
    try:
        look = SeamLook(clip.sha256_with(after), clip.shown_with(after))
        assert following.shown_head  # noqa: S101  computes it now, for the comparison later
    except FFmpegError:
        return None
    return look


def copied(packet: "Packet[Any]", data: bytes | None = None) -> "Packet[Any]":
    """Copy a packet, so that it needs no open file; its bytes are replaced by `data` if given."""
    copy: Packet[Any] = Packet(bytes(packet) if data is None else data)
    copy.pts, copy.dts = packet.pts, packet.dts
    copy.is_keyframe = packet.is_keyframe
    return copy


def wrong_seams(
    film: Sequence[RunEnds],
    clips: Sequence[RunEnds],
    looks: Sequence[SeamLook | None] = (),
) -> list[int]:
    """Decode a film around each seam, and compare it with the clips on both sides.

    If the film has exactly the last packets of a clip, and shows all of them, they are not decoded
    a second time from the clip. Only two faults are then possible: dropped pictures, and wrong
    pictures of the next clip.

    Args:
        film: The runs of the film, in order.
        clips: The clips of these runs; the same object where a clip is used twice.
        looks: The results of `look_at_seam`; empty if it was not called. The film is decoded where
            it has other packets.

    Returns:
        The numbers, from 1, of the seams where the film shows other pictures.
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
    except FFmpegError:  # a packet can't be decoded
        return False


def _brightness(frame: VideoFrame) -> int:
    """Compute a checksum of a picture's first plane, without copying it."""
    plane = frame.planes[0]
    lines, length = memoryview(plane), plane.line_size
    if length == plane.width:
        return crc32(lines[: plane.height * length])
    checksum = 0
    # The rest of a line beyond the picture is uninitialised memory.
    for begin in range(0, plane.height * length, length):
        checksum = crc32(lines[begin : begin + plane.width], checksum)
    return checksum
