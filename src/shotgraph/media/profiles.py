"""Delivery profiles: the requirements of a platform on a film's file, and the page with them.

Values that the page doesn't give are our own choice; the guide's table tells them apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict

from shotgraph.media.info import MediaInfo
from shotgraph.media.sound import layout_of
from shotgraph.media.target_format import ChannelLayout, Coding, TargetFormat, format_of

MEGA = 1_000_000

ProfileName: TypeAlias = Literal["youtube", "instagram-reel", "broadcast-r128", "prores-master"]
Shape: TypeAlias = Literal["landscape", "portrait", "square"]
SoundCodec: TypeAlias = Literal["aac", "pcm_s24le"]


@dataclass(frozen=True)
class Loudness:
    """The required loudness of a file, by EBU R 128 and ITU-R BS.1770.

    Attributes:
        lufs: Integrated loudness of the whole file.
        tolerance_lu: The allowed difference from `lufs`.
        most_peak_db: The highest allowed true peak, in dBTP.
    """

    lufs: Fraction
    tolerance_lu: Fraction
    most_peak_db: Fraction


@dataclass(frozen=True)
class Profile:
    """The requirements on a delivered file.

    Attributes:
        name: The profile's name in a pipeline file.
        says: The purpose of the profile, in words.
        page: The page that publishes the requirements.
        coding: The coding of the picture.
        options: Further options of the picture's coder; ``{half}`` stands for half the frame rate.
        sizes: Width and height by the film's shape; empty for the film's own size.
        rates: The allowed frames per second; None for any from `least_rate` to `most_rate`.
        least_rate: The lowest frames per second; a slower film gets more frames.
        most_rate: The highest frames per second; a faster film gets fewer frames.
        sound: The codec of the sound.
        sound_bits_per_s: The allowed channel layouts, each with its bit rate; 0 if uncompressed.
        loudness: The loudness of the sound; None leaves the sound as it is.
        needs_sound: Whether a film without sound gets a silent track.
        has_edits: Whether the file may have edit lists.
        seconds: The shortest and the longest film.
        most_bytes: The maximum size of the file; None for any.
        most_bits_per_s: The maximum bit rate of the picture; None for any.
        edition: Raised when the requirements change, so that stored files of older editions are
            not reused.
    """

    name: ProfileName
    says: str
    page: str
    coding: Coding
    options: Mapping[str, str | int] = field(default_factory=dict)
    sizes: Mapping[Shape, tuple[int, int]] = field(default_factory=dict)
    rates: Sequence[Fraction] | None = None
    least_rate: Fraction = Fraction(1)
    most_rate: Fraction = Fraction(120)
    sound: SoundCodec = "aac"
    sound_bits_per_s: Mapping[ChannelLayout, int] = field(default_factory=dict)
    loudness: Loudness | None = None
    needs_sound: bool = False
    has_edits: bool = True
    seconds: tuple[int, int] = (0, 3600)
    most_bytes: int | None = None
    most_bits_per_s: int | None = None
    edition: int | None = None

    @property
    def suffix(self) -> str:
        """The suffix of the file's name."""
        return f".{self.coding.container}"

    def target(self, film: MediaInfo) -> TargetFormat:
        """The size and the frame rate of a film's file.

        Raises:
            MediaError: The film is no video.
        """
        own = format_of(film)
        width, height = self.sizes.get(shape_of(own), (own.width, own.height))
        return TargetFormat(width, height, self._rate(own.frame_rate))

    def _rate(self, own: Fraction) -> Fraction:
        if self.rates is not None:
            return min(self.rates, key=lambda rate: (abs(rate - own), rate))
        return min(max(own, self.least_rate), self.most_rate)

    def layout(self, film: MediaInfo) -> ChannelLayout | None:
        """The channel layout of a film's file; None for a file without sound."""
        if film.audio is None:
            return "stereo" if self.needs_sound else None
        own = layout_of(film.audio)
        return own if own in self.sound_bits_per_s else "stereo"

    @property
    def has_lead_in(self) -> bool:
        """Whether the coder's lead-in replaces the first samples of the sound.

        Usually an edit list makes players skip the lead-in. Without edit lists, the lead-in
        replaces as many samples at the beginning, so that all later sound is in time.
        """
        return self.sound == "aac" and not self.has_edits

    def coder_options(self, rate: Fraction) -> dict[str, str | int]:
        """The options of the picture's coder at a frame rate."""
        half = str(max(1, round(rate / 2)))
        return {
            name: value.replace("{half}", half) if isinstance(value, str) else value
            for name, value in self.options.items()
        }


def shape_of(target: TargetFormat) -> Shape:
    """The shape of a film: landscape, portrait or square."""
    if target.width == target.height:
        return "square"
    return "landscape" if target.width > target.height else "portrait"


# Closed groups of pictures of half a second with two B-frames, as YouTube's page asks.
_CLOSED: Mapping[str, str | int] = {
    "profile:v": "high",
    "preset": "medium",
    "bf": 2,
    "g": "{half}",
    "flags:v": "+bitexact+cgop",
}
_ALL_LAYOUTS: tuple[ChannelLayout, ...] = ("mono", "stereo", "5.1")
_PCM: Mapping[ChannelLayout, int] = dict.fromkeys(_ALL_LAYOUTS, 0)
_PRORES_HQ = Coding("prores", "yuv422p10le")
_REEL = (1080, 1920)
_HD = (1920, 1080)

LEAD_IN = 1024
"""The lead-in of the AAC coder, in samples."""
GIVES_WAY = (
    "the first 21 ms of its sound are replaced by the coder's lead-in, because edit lists are "
    "not allowed"
)
IN_SILENCE = "it is silent, and gets a silent sound track"
STAYS_SILENT = "it is silent, and stays silent"

PROFILES: Mapping[ProfileName, Profile] = MappingProxyType(
    {
        one.name: one
        for one in (
            Profile(
                name="youtube",
                says="an upload to YouTube, in the film's own size and rate",
                page="https://support.google.com/youtube/answer/1722171",
                coding=Coding("h264", "yuv420p", "usual"),
                options=_CLOSED,
                most_rate=Fraction(60),
                sound_bits_per_s={"mono": 128_000, "stereo": 384_000, "5.1": 512_000},
                # The page has no loudness. Players turn louder films down to about this value.
                loudness=Loudness(Fraction(-14), Fraction(1, 2), Fraction(-1)),
                has_edits=False,
            ),
            Profile(
                name="instagram-reel",
                says="a reel on Instagram, 1080 x 1920",
                page="https://developers.facebook.com/docs/instagram-platform/"
                "instagram-graph-api/reference/ig-user/media#reel-specifications",
                coding=Coding("h264", "yuv420p", "usual"),
                options={**_CLOSED, "maxrate": 20_000_000, "bufsize": 20_000_000},
                sizes={"landscape": _REEL, "portrait": _REEL, "square": _REEL},
                least_rate=Fraction(23),
                most_rate=Fraction(60),
                sound_bits_per_s={"mono": 128_000, "stereo": 128_000},
                # The page has no loudness either.
                loudness=Loudness(Fraction(-14), Fraction(1, 2), Fraction(-1)),
                has_edits=False,
                seconds=(3, 15 * 60),
                most_bytes=300_000_000,
                most_bits_per_s=25_000_000,
            ),
            Profile(
                name="broadcast-r128",
                says="a European broadcaster: 1080p at 25 or 50, -23 LUFS",
                page="https://tech.ebu.ch/publications/r128",
                coding=_PRORES_HQ,
                sizes={"landscape": _HD, "portrait": _HD, "square": _HD},
                # EBU Tech 3299, systems 3 and 4; R 128 itself is about sound only.
                rates=(Fraction(25), Fraction(50)),
                sound="pcm_s24le",
                sound_bits_per_s={"stereo": 0, "5.1": 0},
                loudness=Loudness(Fraction(-23), Fraction(1, 5), Fraction(-1)),
                needs_sound=True,
            ),
            Profile(
                name="prores-master",
                says="a master to keep or to edit: ProRes 422 HQ, the sound as it is",
                page="https://www.apple.com/final-cut-pro/docs/Apple_ProRes.pdf",
                coding=_PRORES_HQ,
                sound="pcm_s24le",
                sound_bits_per_s=_PCM,
            ),
        )
    }
)
"""The profiles by name; each figure is from its page, unless a comment says otherwise."""

if tuple(PROFILES) != get_args(ProfileName):
    raise TypeError("each name of a profile needs its profile")


class Delivery(BaseModel):
    """The measurements of a file that was made for a profile.

    Attributes:
        profile: The name of the delivery profile.
        profile_says: The profile of the picture's codec: High, HQ.
        tag: The codec tag of the picture: avc1, apch.
        bits_per_s: The average bit rate of the picture.
        lufs: Integrated loudness; None if the file is silent or has no sound.
        peak_db: True peak, in dBTP; None like `lufs`.
        was_lufs: Integrated loudness of the film before; None like `lufs`.
        gain_db: The gain of the sound; 0 if it wasn't changed.
        is_limited: Whether peaks were limited. Otherwise one gain was used, which keeps the
            dynamics.
        is_silent: Whether the file has a sound track with only silence.
        is_front: Whether the index is at the file's beginning, so that a player can start before
            the download ends.
        has_edits: Whether the file has edit lists.
    """

    # A newer shotgraph may write fields into a record that this version doesn't know.
    model_config = ConfigDict(frozen=True, extra="ignore")

    profile: ProfileName
    profile_says: str
    tag: str
    bits_per_s: int
    lufs: float | None = None
    peak_db: float | None = None
    was_lufs: float | None = None
    gain_db: float = 0.0
    is_limited: bool = False
    is_silent: bool = False
    is_front: bool = True
    has_edits: bool = False

    def lines(self) -> list[str]:
        """The measurements in words."""
        rate = f"{self.bits_per_s / MEGA:.1f} Mbit/s"
        said = [f"{self.profile}: {self.profile_says or self.tag}, {rate}"]
        if self.lufs is None or self.peak_db is None:
            nothing = "its sound is silent" if self.is_silent else "it has no sound"
            return [*said, f"{nothing}: no loudness"]
        return [*said, f"{self.lufs:.1f} LUFS, true peak {self.peak_db:.1f} dBTP{self._how()}"]

    def _how(self) -> str:
        if not self.gain_db:
            return ", as the film has it"
        was = f", from {self.was_lufs:.1f} LUFS" if self.was_lufs is not None else ""
        how = "and peaks held down" if self.is_limited else "one gain, dynamics kept"
        return f"{was}: {self.gain_db:+.1f} dB, {how}"
