"""What probing finds in a media file: frames, exact frame rate, colours, sound."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer

from shotgraph.media.display import Orientation

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext

# The usual frame rates; a rate that can't be read exactly becomes the nearest of these.
STANDARD = tuple(
    Fraction(rate)
    for rate in (12, 15, "24000/1001", 24, 25, "30000/1001", 30, 48, 50, "60000/1001", 60, 120)
)
# Of one frame: a clock of milliseconds can't say 1/30 s better.
_JITTER = Fraction(5, 100)
_SNAP = Fraction(1, 2000)
_MILLISECOND = Fraction(1, 1000)


def is_constant(times: Sequence[int]) -> bool:
    """Whether frames shown at `times` (ticks, in order) are equally far apart.

    One tick of difference is the clock's rounding, not the film's.
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

    A clock of milliseconds leaves room for several rates. Then the one that the file states is
    taken if it is a standard one, else the nearest standard one.
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
    """The lowest standard rate that loses no frame of an uneven one."""
    return min((each for each in STANDARD if each >= rate), default=max(STANDARD))


def frames_in(seconds: Fraction, rate: Fraction) -> int:
    """Whole frames in a span, to the nearest, halves up; at least one."""
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
    """Names as ffmpeg has them, a bare number where it has none; empty where nothing is said.

    Attributes:
        range: tv (16 to 235) or pc (0 to 255).
        space: The matrix between RGB and what is coded.
        primaries: Which red, green and blue.
        transfer: How numbers become light; smpte2084 and arib-std-b67 are HDR.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    range: str = ""
    space: str = ""
    primaries: str = ""
    transfer: str = ""

    @property
    def is_hdr(self) -> bool:
        """Whether it is HDR."""
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
    """What is written of it, without what was added later and says nothing.

    So a record of a usual clip stays what it was, and older versions can read it.
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
        codec: As ffmpeg names it: aac, mp3, opus.
        sample_rate_hz: Samples per second and channel.
        channels: 1 for mono, 2 for stereo.
        duration: Seconds of sound, without the encoder's lead-in.
        layout: How the channels lie, as ffmpeg names it: mono, stereo, 5.1.
        start: Seconds on the file's clock at which it is first heard.
        streams: The indices of what is heard among all streams of the file, where it has several
            sound tracks: one track; or two mono ones, left and right.
        track: The number of the first of them among the sound tracks, from 1.
        tracks: How many sound tracks the file has.
        left_out: The tracks that are not heard, in words.
    """

    _LATER = frozenset({"streams", "track", "tracks", "left_out"})

    codec: str
    sample_rate_hz: int
    channels: int
    duration: Fraction
    # Records from before these were read have none.
    layout: str = ""
    start: Fraction = Fraction(0)
    streams: tuple[int, ...] = ()
    track: int = 1
    tracks: int = 1
    left_out: tuple[str, ...] = ()

    @property
    def selectors(self) -> tuple[str, ...]:
        """What is heard, as ffmpeg selects it."""
        return tuple(str(index) for index in self.streams) or ("a:0",)


class MediaInfo(_Recorded):
    """A media file, as it was counted; in JSON, fractions are texts such as ``24000/1001``.

    Attributes:
        kind: The kind of medium for a person; a sound with a cover is a sound.
        container: mp4, mov, matroska, png, jpeg, webp, wav, mp3, aac, flac, ogg, ttf, otf.
        codec: Of the picture, or of the sound if there is no picture.
        width: Pixels, as shown: after rotation, and stretched to square pixels. 0 for sound.
        height: As `width`.
        pixel_format: As ffmpeg names it; empty for sound.
        rotation: Degrees clockwise by which a player turns the stored picture: 0, 90, 180, 270.
        sample_aspect_ratio: Width of a stored pixel by its height.
        frame_rate: Frames per second; the average where it is not constant. None unless video.
        constant_frame_rate: Whether every frame lasts as long as the next.
        frames: Frames that are shown, counted; 1 for an image, 0 for sound and fonts.
        duration: Seconds: of the picture for video, of the sound for sound, 0 for an image.
        time_base: Seconds per tick of the picture's clock. None unless video.
        size_bytes: Of the file.
        audio: What is heard of it, if anything.
        profile: Of the picture's codec, as ffmpeg names it: High, Main 10; empty if it has none.
        colour: What the file says of its colours.
        interlaced: Whether each frame holds two moments, in alternate lines.
        start: Seconds on the file's clock at which its first picture is shown.
        mirrored: Whether a player exchanges left and right of the stored picture before it turns
            it by `rotation`.
        stream: The number of the picture among the streams of the file, from 0.
        transparent: Whether parts of the picture may be transparent.
        even_rate: Frames per second at which an uneven clip is made even; None where it is even.
        shift: Seconds by which its frames are then shown later, so that none is lost.
        aperture: What is shown of the stored picture, after it was mirrored and turned: left, top,
            width and height in stored pixels; None for all of it.
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
    # Records from before these were read have none.
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
        """The even rate to which it is brought before a film of another rate takes frames of it.

        Else each frame would be due where its slips put it: of every two, now the one would be
        shown and now the other. None where nothing is to be evened first.
        """
        return None if self.constant_frame_rate or rate == self.even_rate else self.even_rate

    def shift_at(self, rate: Fraction) -> Fraction:
        """Seconds by which its frames are shown later in a film of so many frames per second."""
        return self.shift if rate == self.even_rate else Fraction(0)

    def frames_at(self, rate: Fraction) -> int:
        """How many frames all of it is in a film of so many per second."""
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
        """Which way up its stored pictures are shown."""
        return Orientation(self.rotation, self.mirrored)

    @property
    def selector(self) -> str:
        """How ffmpeg is told which stream the picture is."""
        return str(self.stream)
