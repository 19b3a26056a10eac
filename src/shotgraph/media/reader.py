"""Read a file with PyAV: with a fixed demuxer, packet by packet."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from errno import ENOMEM, ENOSPC
from fractions import Fraction
from itertools import pairwise
from os import strerror
from pathlib import Path
from typing import Any, Protocol

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from shotgraph.errors import MediaError
from shotgraph.media.child import MAX_PACKETS, READING
from shotgraph.media.output import is_of_full_disk
from shotgraph.media.source import (
    DECODERS,
    MAX_DURATION_S,
    MAX_PIXELS,
    MAX_STREAMS,
    PICTURE_CODECS,
    SOUND_CODECS,
    Container,
    address,
)

# Formats with an index of all packets; in other formats the index grows while reading.
_INDEXED = frozenset({"mov"})
# The decoders allowed while a file is opened without decoding its pictures. H.264 and HEVC are not
# needed: their headers are outside of the pictures.
_ON_OPENING = [name for name in DECODERS.split(",") if name not in ("h264", "hevc")]
# A tag in another encoding is no reason to refuse a clip. PyAV 19 reads all tags, and no longer has
# this argument.
_ANY_TAG: dict[str, Any] = (
    {} if int(av.__version__.partition(".")[0]) >= 19 else {"metadata_errors": "ignore"}
)

STRICTLY = "+crccheck+bitstream+buffer+explode"
"""A decoder's options that make every fault an error."""

# libav has the same error for both reasons.
_NO_ROOM = (
    f"it has over {MAX_STREAMS} streams, or takes over {READING.memory_mb} MB of memory to open"
)
_TOO_MANY = f"has over {MAX_STREAMS} streams; at most {MAX_STREAMS} are opened"


@dataclass(frozen=True)
class Track:
    """The packets of one stream.

    Attributes:
        times: The times of the frames that are shown, in order, in ticks.
        decode_times: Their decode times, in the order of the file, in ticks.
        end: The tick at which the last frame ends.
        time_base: Seconds per tick.
        starts_with_key: Whether the frame that is shown first is a key picture.
        hidden: The number of packets that an edit list hides.
        key_times: The times of the key pictures that are shown, in order, in ticks.
    """

    times: tuple[int, ...]
    decode_times: tuple[int, ...]
    end: int
    time_base: Fraction
    starts_with_key: bool
    hidden: int
    key_times: tuple[int, ...] = ()


@contextmanager
def opened(
    path: Path, container: Container, *, looks_inside: bool = True, moves_edits: bool = True
) -> Iterator[InputContainer]:
    """Open a file as `container`, and as no other format.

    Args:
        path: The file.
        container: The container format of the file.
        looks_inside: Whether to decode the first pictures on opening, which takes 16 ms at
            1920 x 1080. If not, the pixel format, colours and aspect of H.264 and HEVC in an mp4
            may be unknown until a picture is decoded.
        moves_edits: Whether to apply an mp4's edit list to the times, as ffmpeg does. If not,
            times are as stored, and no frame is hidden.

    Raises:
        MediaError: The file is not of this format, or the block raised an error of libav.
        OSError: The block wrote a file, and the disk is full.
    """
    bounds = {"max_pixels": str(MAX_PIXELS)}
    options = {"protocol_whitelist": "file", "max_streams": str(MAX_STREAMS + 1), **bounds}
    if container.demuxer == "mov":
        options |= {"enable_drefs": "0", "use_absolute_path": "0"}
        if not moves_edits:
            options["advanced_editlist"] = "0"
        if not looks_inside:
            options["codec_whitelist"] = ",".join(_ON_OPENING)
    try:
        with av.open(address(path), format=container.demuxer, options=options, **_ANY_TAG) as media:
            if len(media.streams) > MAX_STREAMS:
                raise MediaError(f"{path} {_TOO_MANY}")
            for stream in media.streams.video:
                if has_decoder(stream):
                    # The size may change within the stream, so the size in the header isn't enough.
                    stream.codec_context.options = bounds
            yield media
    except (FFmpegError, OSError, ValueError, StopIteration) as error:
        if is_of_full_disk(error):  # the disk of a file that the block writes
            raise OSError(ENOSPC, strerror(ENOSPC)) from error
        why = _NO_ROOM if getattr(error, "errno", None) == ENOMEM else str(error)
        raise MediaError(f"{path} can't be read as {container.name}: {why}") from error


_STILLS = ("mjpeg", "png")


def picture_of(media: InputContainer) -> VideoStream | None:
    """The video stream that players show: the default stream, else the first that can be decoded.

    A cover doesn't count. In Matroska a cover may be an ordinary video stream, so a stream of
    stills is taken only if there is no other.
    """
    found = [stream for stream in _moving(media) if is_opened(stream)]
    return min(found, key=_is_shown_later, default=None)


def _is_shown_later(stream: VideoStream) -> tuple[bool, bool]:
    is_still = stream.codec_context.codec.canonical_name in _STILLS
    return is_still, not stream.disposition & Disposition.default


def why_unopened(media: InputContainer, *, has_sound: bool) -> str | None:
    """Why a file's only pictures or only sounds are not opened; None if they are opened.

    Args:
        media: The file.
        has_sound: Whether the file has a sound track that is opened.
    """
    if picture_of(media) is None and (moving := next(iter(_moving(media)), None)) is not None:
        return _unopened("picture", moving, PICTURE_CODECS)
    if not has_sound and (first := next(iter(media.streams.audio), None)) is not None:
        return _unopened("sound", first, SOUND_CODECS)
    return None


def _moving(media: InputContainer) -> Iterator[VideoStream]:
    for stream in media.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            yield stream


def _unopened(what: str, stream: Stream, allowed: Sequence[str]) -> str:
    context = stream.codec_context
    name = context.codec.canonical_name if context is not None else "of a codec without a name here"
    return f"its {what} is {name}, which is not opened; allowed: {', '.join(allowed)}"


def is_opened(stream: Stream) -> bool:
    """Whether ffmpeg is allowed to decode a stream's codec."""
    if not has_decoder(stream):
        return False
    return stream.codec_context.codec.canonical_name in (*PICTURE_CODECS, *SOUND_CODECS)


class _Ratio(Protocol):
    @property
    def numerator(self) -> int: ...

    @property
    def denominator(self) -> int: ...


def ratio(said: _Ratio | None) -> Fraction | None:
    """Convert PyAV's time base, rate or aspect; None if the file doesn't state it.

    PyAV 18 gives a Fraction or None. PyAV 19 has its own type, which is false if unset.
    """
    return Fraction(said.numerator, said.denominator) if said else None


def has_decoder(stream: Stream) -> bool:
    """Whether libav has a decoder for a stream."""
    # PyAV's types don't say it, but this is None for an unknown codec.
    return stream.codec_context is not None


def count(
    media: InputContainer,
    streams: Sequence[Stream],
    path: Path,
    *,
    also: Callable[["Packet[Any]"], None] | None = None,
) -> list[Track]:
    """Read all packets of some streams.

    Args:
        media: The file.
        streams: Streams of the file.
        path: The file's path, for errors.
        also: Called with each packet, to collect more facts in the same pass.

    Returns:
        A track for each stream, in order.

    Raises:
        MediaError: A packet is missing or damaged, a stream has none, the streams have over a
            million packets, or last over an hour.
    """
    if not streams:  # for PyAV an empty list means all streams
        return []
    counters = {stream.index: _Counter() for stream in streams}
    promised = {stream.index: len(stream.index_entries) for stream in streams}
    packets = 0
    for packet in media.demux(list(streams)):
        if packet.dts is None and not packet.size:  # PyAV's mark of the end
            continue
        counters[packet.stream.index].add(packet)
        packets += 1
        if packets > MAX_PACKETS:
            raise MediaError(
                f"{path} has over {MAX_PACKETS:,} packets; at most {MAX_PACKETS:,} are read"
            )
        if also is not None:
            also(packet)
    for stream in streams:
        found = counters[stream.index].packets
        wanted = max(found, promised[stream.index] if _is_indexed(media) else 1)
        if found < wanted or counters[stream.index].is_damaged:
            raise MediaError(
                f"{path} was cut short or is damaged: "
                f"{found} of {wanted} {stream.type} packets could be read"
            )
    tracks = [counters[stream.index].track(stream) for stream in streams]
    for track in tracks:
        # The length in the header can't be trusted: it may be too small.
        seconds = (track.end - track.times[0]) * track.time_base
        if seconds > MAX_DURATION_S:
            raise MediaError(
                f"{path} lasts {float(seconds):g} s; at most {MAX_DURATION_S} are opened"
            )
    return tracks


def _is_indexed(media: InputContainer) -> bool:
    return bool(_INDEXED.intersection(media.format.name.split(",")))


class _Counter:
    def __init__(self) -> None:
        self.packets = 0
        self._corrupt = False
        self._times: list[int] = []
        self._durations: list[int] = []
        self._decode_times: list[int] = []
        self._key_times: list[int] = []
        self._first: tuple[int, bool] | None = None

    @property
    def is_damaged(self) -> bool:
        return self._corrupt or not self._times

    def add(self, packet: "Packet[Any]") -> None:
        self.packets += 1
        self._corrupt = self._corrupt or packet.is_corrupt
        time = packet.pts if packet.pts is not None else packet.dts
        if packet.is_discard or time is None:
            return
        self._times.append(time)
        self._durations.append(packet.duration or 0)
        self._decode_times.append(packet.dts if packet.dts is not None else time)
        if packet.is_keyframe:
            self._key_times.append(time)
        if self._first is None or time < self._first[0]:
            self._first = time, packet.is_keyframe

    def track(self, stream: Stream) -> Track:
        time_base = ratio(stream.time_base)
        if time_base is None:
            raise MediaError(f"its {stream.type} has no clock")
        return Track(
            times=tuple(sorted(self._times)),
            decode_times=tuple(self._decode_times),
            end=_end_of(self._times, self._decode_times, self._durations, stream.duration),
            time_base=time_base,
            starts_with_key=self._first is not None and self._first[1],
            hidden=self.packets - len(self._times),
            key_times=tuple(sorted(self._key_times)),
        )


_ROUNDED = 2
"""The most ticks by which durations and times may disagree, because both are rounded."""


def _end_of(
    times: Sequence[int], decoded: Sequence[int], durations: Sequence[int], whole: int | None
) -> int:
    """The time at which the last shown packet ends.

    If packets are decoded in another order than they are shown, a stored duration is the time until
    the next packet is *decoded*. So a pause of seconds may be stored at any packet near it. The
    durations are then the gaps between the times, and one more: the duration of the last packet.
    A coder may write a pause at the beginning twice; then the length of the whole stream decides.

    Args:
        times: The time at which each packet is shown, in the order of the file.
        decoded: The time at which each packet is decoded.
        durations: The stored duration of each packet.
        whole: The stored duration of the stream, if the file has it.
    """
    shown = sorted(times)
    if times == decoded:
        return max(time + duration for time, duration in zip(times, durations, strict=True))
    between = sorted(later - earlier for earlier, later in pairwise(shown))
    said = sorted(durations)
    left_over = next(
        (one for one, gap in zip(said, between, strict=False) if abs(one - gap) > _ROUNDED),
        said[-1],
    )
    if not whole:
        return shown[-1] + left_over
    likely = (left_over, durations[-1], durations[times.index(shown[-1])])
    return shown[-1] + min(likely, key=lambda one: abs(shown[-1] + one - shown[0] - whole))


def clock_faults(kind: str, track: Track) -> list[str]:
    """List the faults in the times of one stream of a film."""
    faults = []
    if any(later <= earlier for earlier, later in pairwise(track.decode_times)):
        faults.append(f"the clock of the {kind} does not always run forwards")
    if any(later == earlier for earlier, later in pairwise(track.times)):
        faults.append(f"two packets of the {kind} have the same time")
    if track.times[0] > 0 or (track.times[0] < 0 and kind == "video"):
        faults.append(f"the {kind} begins at {float(track.times[0] * track.time_base):g} s")
    return faults
