"""Decode one stream strictly, packet by packet, and record its faults.

Bytes that no coder of H.264 or HEVC writes inside a picture, such as a run of zeros, are faults
too.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeAlias

from av.audio.frame import AudioFrame
from av.codec.codec import UnknownCodecError
from av.codec.context import CodecContext
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from shotgraph.media.findings import CHUNK_S, Finding
from shotgraph.media.reader import STRICTLY, Track, ratio
from shotgraph.media.source import MAX_PIXELS

# These decoders fill in damaged areas, and mark the picture. With several threads the mark comes
# too late.
_CONCEALING = frozenset({"h264", "mpeg4", "mpeg2video"})
# In these codecs each packet is one picture, unless it is one of two fields.
_ONE_EACH = frozenset({"h264", "hevc", "prores", "dnxhd", "cfhd", "mjpeg", "ffv1", "mpeg2video"})
_STRICTLY = {
    "err_detect": STRICTLY,
    "max_pixels": str(MAX_PIXELS),
}
# The deblocking filter hides no fault, and takes an eighth of the time. Pictures for an onlooker
# need it.
_UNSEEN = {"skip_loop_filter": "all"}
RUN_IN_S = 1
"""Seconds of sound before a stretch that are decoded first, so that the decoder can settle."""
_END = Fraction(10**6)


# Decoders of these codecs accept any bytes as a picture. Their coders write nearly random bytes, so
# a sector of zeros means damage, unless it is padding at the end.
_WITHOUT_RUNS = ("vp8", "av1")
_HOLE = bytes(512)


Onlooker: TypeAlias = Callable[[VideoFrame | AudioFrame, Fraction], None]
"""Called with each decoded frame, and its time in seconds on the clip's clock."""


class Stretch:
    """The stretch to decode, on the clip's clock, and the start of that clock in the file."""

    def __init__(self, begin: Fraction, zero: Fraction) -> None:
        self.begin, self.end, self.zero = begin, begin + CHUNK_S, zero

    def at(self, tick: int, stream: Stream) -> Fraction:
        """Convert a tick of a stream to seconds on the clip's clock."""
        return tick * (ratio(stream.time_base) or Fraction(0)) - self.zero


class _Watch:
    """Decodes one stream, and records its faults."""

    name = "sound"

    def __init__(
        self, stream: Stream, track: Track, stretch: Stretch, onlooker: Onlooker | None
    ) -> None:
        self.stream, self.track, self.stretch = stream, track, stretch
        self.onlooker = onlooker
        self.bad: set[int] = set()
        self.states: list[tuple[Fraction, tuple[object, ...]]] = []
        # PyAV has no type for the context of a stream that may be picture or sound.
        self.codec: Any = stream.codec_context
        self.codec = _strict_decoder(self.codec)
        self.codec.options = self.options()

    def options(self) -> dict[str, str]:
        """The options of the decoder."""
        return _STRICTLY if self.onlooker is not None else {**_STRICTLY, **_UNSEEN}

    def take(self, packet: "Packet[Any]") -> None:
        """Decode a packet."""
        time = packet.pts if packet.pts is not None else packet.dts
        if time is not None and (packet.is_corrupt or self.is_forbidden(packet)):
            self.bad.add(time)
        try:
            frames = self.codec.decode(packet)
        except FFmpegError:
            if time is not None:
                self.bad.add(time)
            return
        for frame in frames:
            self.see(frame)

    def is_forbidden(self, packet: "Packet[Any]") -> bool:
        """Whether a packet holds bytes that no coder writes."""
        return False

    def see(self, frame: VideoFrame | AudioFrame) -> None:
        """Examine a decoded frame."""
        if frame.pts is None:
            return
        if frame.is_corrupt:
            self.bad.add(frame.pts)
        if self.onlooker is not None:
            self.onlooker(frame, self.stretch.at(frame.pts, self.stream))
        state = self.state_of(frame)
        if not self.states or self.states[-1][1] != state:
            self.states.append((self.stretch.at(frame.pts, self.stream), state))

    def state_of(self, frame: Any) -> tuple[object, ...]:
        """The properties of a frame that must not change within a clip."""
        return (frame.sample_rate, frame.layout.name)

    def see_first(self, media: InputContainer) -> None:
        """Record the properties of the file's first frame, to compare the other frames with it."""
        media.seek(0)
        for packet in media.demux(self.stream):
            with suppress(FFmpegError):
                frames = self.codec.decode(packet)
                if packet.is_keyframe and not frames and isinstance(self.stream, VideoStream):
                    frames = self.codec.decode(None)
                if frames:
                    self.states.append((Fraction(-1), self.state_of(frames[0])))
                    break
        self.codec.flush_buffers()

    def findings(self) -> Iterator[Finding]:
        """The faults in the stretch."""
        with suppress(FFmpegError):
            for frame in self.codec.decode(None):
                self.see(frame)
        yield from self._damage()
        yield from self._changes()

    def _damage(self) -> Iterator[Finding]:
        begin, end = Fraction(0), Fraction(-1)
        for tick in sorted(self.bad):
            at, until = self.stretch.at(tick, self.stream), self.until(tick)
            if until <= self.stretch.begin or at >= self.stretch.end:
                continue
            if at > end:
                if end > 0:
                    yield Finding(self.name, "damaged", max(begin, Fraction(0)), end)
                begin = at
            end = max(end, until)
        if end > 0:
            yield Finding(self.name, "damaged", max(begin, Fraction(0)), end)

    def until(self, tick: int) -> Fraction:
        """The time at which damage that begins at a tick is no longer seen or heard."""
        return self._after(tick, self.track.times)

    def _after(self, tick: int, times: Sequence[int]) -> Fraction:
        place = bisect_right(times, tick)
        return _END if place == len(times) else self.stretch.at(times[place], self.stream)

    def _changes(self) -> Iterator[Finding]:
        if not self.states:
            return
        first = self.states[0][1]
        ends = [*self.states, (_END, first)]
        for (at, state), (until, _) in pairwise(ends):
            if state != first and at < self.stretch.end:
                yield Finding(self.name, "changes", at, until, self.in_words(first, state))

    def in_words(self, first: tuple[Any, ...], state: tuple[Any, ...]) -> str:
        """The change of a property, in words."""
        if first[1] != state[1]:
            return f"its channels change from {first[1]} to {state[1]}"
        return f"its sample rate changes from {first[0]} to {state[0]}"


def _strict_decoder(context: Any) -> Any:
    """The strictest decoder: libav's own decoder of VP9 doesn't notice damage."""
    if context.codec.canonical_name != "vp9":
        return context
    try:
        other = CodecContext.create("libvpx-vp9", "r")
    except UnknownCodecError:  # this libav was built without libvpx
        return context
    other.extradata = context.extradata
    return other


class SoundWatch(_Watch):
    """Sound: each packet can be decoded by itself, after a run-in."""

    def take(self, packet: "Packet[Any]") -> None:
        """Decode a packet."""
        time = packet.pts if packet.pts is not None else packet.dts
        early = self.stretch.begin - RUN_IN_S
        if self.stretch.begin and time is not None and self.stretch.at(time, self.stream) < early:
            return
        super().take(packet)

    def findings(self) -> Iterator[Finding]:
        """The faults in the stretch."""
        # The last packet of an MP3 may be tags, which are no sound.
        self.bad.discard(self.track.times[-1])
        yield from super().findings()


class PictureWatch(_Watch):
    """Pictures: damage is seen until the next key picture."""

    name = "picture"

    def __init__(
        self,
        stream: VideoStream,
        track: Track,
        stretch: Stretch,
        codec: str,
        onlooker: Onlooker | None,
    ) -> None:
        super().__init__(stream, track, stretch, onlooker)
        self._name = codec
        self._prefix = unit_prefix(codec, stream.codec_context.extradata or b"")
        self._due: set[int] = set()
        self._keys: set[int] = set()
        self._sorted_keys: list[int] = []
        self._shown: set[int] = set()
        self._has_fields = False
        if codec in _CONCEALING:
            # The marks are enough here. Strict errors also come from gaps in the numbers of
            # pictures, which a cut without coding leaves, and which are no damage.
            self.codec.options = {**self.options(), "err_detect": "+crccheck+bitstream+buffer"}
        self.codec.thread_type = "NONE" if codec in _CONCEALING else "AUTO"
        self.codec.thread_count = 1 if codec in _CONCEALING else 0

    def take(self, packet: "Packet[Any]") -> None:
        """Decode a packet."""
        if packet.pts is not None and not packet.is_discard:
            self._due.add(packet.pts)
        if packet.pts is not None and packet.is_keyframe:
            self._keys.add(packet.pts)
        super().take(packet)

    def is_forbidden(self, packet: "Packet[Any]") -> bool:
        """Whether a packet holds bytes that no coder writes."""
        if self._name in _WITHOUT_RUNS:
            return _HOLE in bytes(packet).rstrip(b"\0")
        return self._prefix > 0 and holds_start_code(bytes(packet), self._prefix)

    def see(self, frame: VideoFrame | AudioFrame) -> None:
        """Examine a decoded frame."""
        assert isinstance(frame, VideoFrame)  # noqa: S101  a picture's stream
        if frame.pts is not None:
            self._shown.add(frame.pts)
        self._has_fields = self._has_fields or bool(frame.interlaced_frame)
        super().see(frame)

    def state_of(self, frame: Any) -> tuple[object, ...]:
        """The properties of a frame that must not change within a clip."""
        is_hdr = int(frame.color_trc) in (16, 18)
        is_full = int(frame.color_range) == 2
        aspect = ratio(self.codec.sample_aspect_ratio) or Fraction(1)
        size = f"{frame.width} x {frame.height}"
        return (size, frame.format.name, aspect, "full" if is_full else "limited", is_hdr)

    def findings(self) -> Iterator[Finding]:
        """The faults in the stretch."""
        with suppress(FFmpegError):
            for frame in self.codec.decode(None):
                self.see(frame)
        # With the key pictures that an edit list hides.
        self._sorted_keys = sorted({*self.track.key_times, *self._keys})
        if self._name in _ONE_EACH and not self._has_fields:
            self.bad |= self._due - self._shown
        yield from self._damage()
        yield from self._changes()

    def until(self, tick: int) -> Fraction:
        """The time at which damage that begins at a tick ends: the next key picture."""
        return self._after(tick, self._sorted_keys)

    def in_words(self, first: tuple[Any, ...], state: tuple[Any, ...]) -> str:
        """The change of a property, in words."""
        names = ("size", "pixel format", "shape of a pixel", "range of its colours")
        for name, was, now in zip(names, first, state, strict=False):
            if was != now:
                return f"its {name} changes from {was} to {now}"
        return "it changes between HDR and SDR"


def holds_start_code(data: bytes, prefix: int) -> bool:
    """Whether a coded picture contains three bytes that are allowed only between pictures.

    ITU-T H.264, 7.4.1. Zeros at the end of a unit are padding.

    Args:
        data: A packet.
        prefix: The number of bytes of a unit's length.
    """
    return any(_is_broken(unit) for unit in _units(data, prefix))


def unit_prefix(codec: str, headers: bytes) -> int:
    """The number of bytes of a unit's length; 0 if units are separated in another way."""
    place = {"h264": 4, "hevc": 21}.get(codec)
    if place is None or len(headers) <= place or headers[0] != 1:
        return 0
    return (headers[place] & 3) + 1


def _units(data: bytes, prefix: int) -> Iterator[bytes]:
    place = 0
    while place + prefix < len(data):
        begin = place + prefix
        place = begin + int.from_bytes(data[place:begin], "big")
        yield data[begin:place]


def _is_broken(unit: bytes) -> bool:
    place = unit.find(b"\0\0")
    last = len(unit.rstrip(b"\0"))
    while 0 <= place < last - 2:
        if unit[place + 2] < 3:
            return True
        place = unit.find(b"\0\0", place + 2)
    return False
