"""The description of a media file by probing: frames, exact frame rate, colours, sound."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer

from shotgraph.media.display import Orientation

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext

# The standard frame rates; a rate that can't be read exactly becomes the nearest of them.
STANDARD = tuple(
    Fraction(rate)
    for rate in (12, 15, "24000/1001", 24, 25, "30000/1001", 30, 48, 50, "60000/1001", 60, 120)
)
# A share of a frame's time: a clock of milliseconds can't state 1/30 s more exactly.
_JITTER = Fraction(5, 100)
_SNAP = Fraction(1, 2000)
_MILLISECOND = Fraction(1, 1000)


def is_constant(times: Sequence[int]) -> bool:
    """Whether `times` (ticks, in order) are equally far apart.

    A difference of one tick comes from the clock's rounding and doesn't count.
    """
    gaps = [later - earlier for earlier, later in pairwise(times)]
    if not gaps:
        return True
    spread = max(gaps) - min(gaps)
    mean = Fraction(times[-1] - times[0], len(gaps))
    return min(gaps) > 0 and (spread <= 1 or spread <= mean * _JITTER)


def constant_rate(
    times: Sequence[int], time_base: Fraction, *, said: Fraction | None = None
) -> Fraction | None:
    """Frames per second of equally spaced `times`; `said` if there are fewer than two.

    With a clock of milliseconds several rates are possible. Then the file's stated rate `said` is
    taken if it is a standard rate, else the nearest standard rate.
    """
    if len(times) < 2:
        return said
    span = times[-1] - times[0]
    gaps = len(times) - 1
    measured = gaps / (span * time_base)
    if time_base != _MILLISECOND and span == gaps * (times[1] - times[0]):
        return measured.limit_denominator(1001)
    slack = max(measured * _SNAP, gaps / ((span - 1) * time_base) - measured if span > 1 else 0)
    standard = [rate for rate in STANDARD if abs(rate - measured) <= slack]
    if said in standard:
        return said
    return min(
        standard,
        key=lambda rate: abs(rate - measured),
        default=measured.limit_denominator(1001),
    )


def standard_at_least(rate: Fraction) -> Fraction:
    """The lowest standard rate that isn't below `rate`; 120 above that."""
    return min((each for each in STANDARD if each >= rate), default=max(STANDARD))


def frames_in(seconds: Fraction, rate: Fraction) -> int:
    """The number of frames in a span, rounded, halves up; at least one."""
    return max(1, int(seconds * rate + Fraction(1, 2)))


_RANGES = {1: "tv", 2: "pc"}
_SPACES = {0: "gbr", 1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020nc", 10: "bt2020c"}
_PRIMARIES = {1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020", 11: "smpte431", 12: "smpte432"}
_TRANSFERS = {
    1: "bt709",
    4: "gamma22",
    5: "gamma28",
    6: "smpte170m",
    8: "linear",
    13: "iec61966-2-1",
    14: "bt2020-10",
    15: "bt2020-12",
    16: "smpte2084",
    18: "arib-std-b67",
}
_UNSAID = 2
_HDR = frozenset({"smpte2084", "arib-std-b67"})


class Colour(BaseModel):
    """The colours that a file states, in ffmpeg's names.

    A value without a name in ffmpeg is a number; a value that the file doesn't state is empty.

    Attributes:
        range: tv (16 to 235) or pc (0 to 255).
        space: The matrix between RGB and the coded values.
        primaries: The colour primaries.
        transfer: The transfer function; smpte2084 and arib-std-b67 are HDR.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    range: str = ""
    space: str = ""
    primaries: str = ""
    transfer: str = ""

    @property
    def is_hdr(self) -> bool:
        """Whether the colours are HDR."""
        return self.transfer in _HDR


def colour_of(codec: "VideoCodecContext") -> Colour:
    """Read the colours of a coded picture."""
    return Colour(
        range=_RANGES.get(int(codec.color_range), ""),
        space=_name(int(codec.colorspace), _SPACES),
        primaries=_name(int(codec.color_primaries), _PRIMARIES),
        transfer=_name(int(codec.color_trc), _TRANSFERS),
    )


def _name(number: int, names: dict[int, str]) -> str:
    return "" if number == _UNSAID else names.get(number, str(number))


class _Recorded(BaseModel):
    """A record that omits the fields of `_LATER` that have their default values.

    These fields were added later. So the record of a usual clip doesn't change, and older versions
    can read it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    _LATER: ClassVar[frozenset[str]] = frozenset()

    @model_serializer(mode="wrap")
    def _as_before(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields = type(self).model_fields
        silent = {name for name in self._LATER if getattr(self, name) == fields[name].default}
        return {name: value for name, value in write(self).items() if name not in silent}


class AudioInfo(_Recorded):
    """The sound of a file.

    Attributes:
        codec: The codec in ffmpeg's name: aac, mp3, opus.
        sample_rate_hz: Samples per second and channel.
        channels: 1 for mono, 2 for stereo.
        duration: Seconds of sound, without the encoder's lead-in.
        layout: The channel layout in ffmpeg's name: mono, stereo, 5.1.
        start: The start of the sound, in seconds on the file's clock.
        streams: The indices of the used tracks among all streams of the file: one track, or two
            mono tracks, left and right. Empty if the file has only one sound track.
        track: The number of the first used track among the sound tracks, from 1.
        tracks: The number of sound tracks in the file.
        left_out: The tracks that are not used, in words.
    """

    _LATER = frozenset({"streams", "track", "tracks", "left_out"})

    codec: str
    sample_rate_hz: int
    channels: int
    duration: Fraction
    # Old records don't have the fields below.
    layout: str = ""
    start: Fraction = Fraction(0)
    streams: tuple[int, ...] = ()
    track: int = 1
    tracks: int = 1
    left_out: tuple[str, ...] = ()

    @property
    def selectors(self) -> tuple[str, ...]:
        """The used tracks as ffmpeg selects streams."""
        return tuple(str(index) for index in self.streams) or ("a:0",)


class MediaInfo(_Recorded):
    """The description of a media file; in JSON, fractions are texts such as ``24000/1001``.

    Attributes:
        kind: The kind of medium; a sound with a cover picture is audio.
        container: mp4, mov, matroska, png, jpeg, webp, wav, mp3, aac, flac, ogg, ttf, otf.
        codec: The codec of the picture, or of the sound if there is no picture.
        width: Pixels, as shown: after rotation, and stretched to square pixels. 0 for sound.
        height: Like `width`.
        pixel_format: The pixel format in ffmpeg's name; empty for sound.
        rotation: Degrees clockwise by which a player turns the stored picture: 0, 90, 180, 270.
        sample_aspect_ratio: Width of a stored pixel by its height.
        frame_rate: Frames per second; the average if the rate isn't constant. None unless video.
        constant_frame_rate: Whether all frames last equally long.
        frames: The counted frames that are shown; 1 for an image, 0 for sound and fonts.
        duration: Seconds: of the picture for video, of the sound for sound, 0 for an image.
        time_base: Seconds per tick of the picture's clock. None unless video.
        size_bytes: The size of the file.
        audio: The sound that is used; None without sound.
        profile: The profile of the picture's codec in ffmpeg's name: High, Main 10; may be empty.
        colour: The colours that the file states.
        interlaced: Whether each frame has two fields of different times, in alternate lines.
        start: The time of the first picture, in seconds on the file's clock.
        mirrored: Whether a player exchanges left and right of the stored picture before it turns
            it by `rotation`.
        stream: The number of the picture among the streams of the file, from 0.
        transparent: Whether parts of the picture may be transparent.
        even_rate: The constant frames per second for a clip of variable rate; else None.
        shift: Seconds to add to the frames' times at `even_rate`, so that no frame is lost.
        aperture: The part of the stored picture that is shown, after it was mirrored and turned:
            left, top, width and height in stored pixels; None for the whole picture.
    """

    _LATER = frozenset({"mirrored", "stream", "transparent", "even_rate", "shift", "aperture"})

    kind: Literal["video", "image", "audio", "font"]
    container: str
    codec: str
    width: int
    height: int
    pixel_format: str
    rotation: int
    sample_aspect_ratio: Fraction
    frame_rate: Fraction | None
    constant_frame_rate: bool
    frames: int
    duration: Fraction
    time_base: Fraction | None
    size_bytes: int
    audio: AudioInfo | None
    # Old records don't have the fields below.
    profile: str = ""
    colour: Colour = Colour()
    interlaced: bool = False
    start: Fraction = Fraction(0)
    mirrored: bool = False
    stream: int = 0
    transparent: bool = False
    even_rate: Fraction | None = None
    shift: Fraction = Fraction(0)
    aperture: tuple[int, int, int, int] | None = None

    def first_evened(self, rate: Fraction) -> Fraction | None:
        """The even rate for the clip before it is converted to `rate`; None if none is needed.

        A direct conversion would select frames by their uneven times: of each two frames,
        sometimes the first and sometimes the second.
        """
        return None if self.constant_frame_rate or rate == self.even_rate else self.even_rate

    def shift_at(self, rate: Fraction) -> Fraction:
        """Seconds to add to the frames' times in a film of `rate` frames per second."""
        return self.shift if rate == self.even_rate else Fraction(0)

    def frames_at(self, rate: Fraction) -> int:
        """The number of the whole clip's frames in a film of `rate` frames per second."""
        return frames_in(self.duration + self.shift_at(rate), rate)

    @classmethod
    def without_picture(
        cls,
        kind: Literal["audio", "font"],
        container: str,
        codec: str,
        size_bytes: int,
        audio: AudioInfo | None = None,
    ) -> "MediaInfo":
        """Describe a sound or a font."""
        return cls(
            kind=kind,
            container=container,
            codec=codec,
            width=0,
            height=0,
            pixel_format="",
            rotation=0,
            sample_aspect_ratio=Fraction(1),
            frame_rate=None,
            constant_frame_rate=True,
            frames=0,
            duration=audio.duration if audio is not None else Fraction(0),
            time_base=None,
            size_bytes=size_bytes,
            audio=audio,
        )

    @property
    def film_rate(self) -> Fraction | None:
        """Frames per second of a film that shows each frame; None unless video."""
        if self.frame_rate is None or self.constant_frame_rate:
            return self.frame_rate
        return self.even_rate or standard_at_least(self.frame_rate)

    @property
    def orientation(self) -> Orientation:
        """How stored pictures are brought upright."""
        return Orientation(self.rotation, self.mirrored)

    @property
    def selector(self) -> str:
        """The picture's stream as ffmpeg selects streams."""
        return str(self.stream)
