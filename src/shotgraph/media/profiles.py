"""What those who take a film ask of its file: a profile for each, with the page that says so.

What a page leaves open is chosen here, and said to be: the guide's table has both.
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
    """How loud a file is, by EBU R 128 and ITU-R BS.1770.

    Attributes:
        lufs: Integrated over all of it.
        tolerance_lu: How far it may be off.
        most_peak_db: The highest true peak, in dBTP.
    """

    lufs: Fraction
    tolerance_lu: Fraction
    most_peak_db: Fraction


@dataclass(frozen=True)
class Profile:
    """What a file is to be.

    Attributes:
        name: What a pipeline file calls it.
        says: What it is for.
        page: Where its figures are published.
        coding: Of the picture.
        options: Further ones of the picture's coder; ``{half}`` stands for half the frame rate.
        sizes: Width and height by the film's shape; the film's own size where it is empty.
        rates: Frames per second that it may have; None for any up to `most_rate`.
        least_rate: Frames per second; a slower film gets more frames.
        most_rate: Frames per second; a faster film gets fewer.
        sound: Its codec.
        sound_bits_per_s: Of each layout, where it is compressed; the layouts that it may have.
        loudness: None leaves the sound as it is.
        needs_sound: Whether a silent film gets a silent track.
        has_edits: Whether the file may have edit lists.
        seconds: The shortest and the longest film.
        most_bytes: Of the file; None for any.
        most_bits_per_s: Of the picture; None for any.
        edition: Raised when its figures change, so that older files are not found any more.
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
        """Of the file's name."""
        return f".{self.coding.container}"

    def target(self, film: MediaInfo) -> TargetFormat:
        """The size and the frame rate of a film's file.

        Raises:
            MediaError: It is no video.
        """
        own = format_of(film)
        width, height = self.sizes.get(shape_of(own), (own.width, own.height))
        return TargetFormat(width, height, self._rate(own.frame_rate))

    def _rate(self, own: Fraction) -> Fraction:
        if self.rates is not None:
            return min(self.rates, key=lambda rate: (abs(rate - own), rate))
        return min(max(own, self.least_rate), self.most_rate)

    def layout(self, film: MediaInfo) -> ChannelLayout | None:
        """The layout of the sound of a film's file; None where it has none."""
        if film.audio is None:
            return "stereo" if self.needs_sound else None
        own = layout_of(film.audio)
        return own if own in self.sound_bits_per_s else "stereo"

    @property
    def has_lead_in(self) -> bool:
        """Whether the first samples of the sound give way to its coder's lead-in.

        Players leave a lead-in out by an edit list; where there must be none, it is put in the
        place of as many samples of the sound, and the rest is heard in time.
        """
        return self.sound == "aac" and not self.has_edits

    def coder_options(self, rate: Fraction) -> dict[str, str | int]:
        """Those of the picture's coder at a frame rate."""
        half = str(max(1, round(rate / 2)))
        return {
            name: value.replace("{half}", half) if isinstance(value, str) else value
            for name, value in self.options.items()
        }


def shape_of(target: TargetFormat) -> Shape:
    """How a film lies."""
    if target.width == target.height:
        return "square"
    return "landscape" if target.width > target.height else "portrait"


# Closed groups of half a second with two B-frames, as YouTube's page has it.
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
"""Of the coder of AAC, in samples."""
GIVES_WAY = (
    "the first 21 ms of its sound give way to the coder's lead-in, as there may be no edit lists"
)
IN_SILENCE = "it is silent, and gets a silent sound track"
STAYS_SILENT = "it is silent, and stays so"

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
                # The page has no loudness. Players turn louder films down to about this.
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
                # EBU Tech 3299, systems 3 and 4; R 128 itself is of sound alone.
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
"""By name; each figure is its page's, but for what a comment says."""

if tuple(PROFILES) != get_args(ProfileName):
    raise TypeError("each name of a profile needs its profile")


class Delivery(BaseModel):
    """What was measured in a file that was made by a profile.

    Attributes:
        profile: Its name.
        profile_says: What the picture's coder says of itself: High, HQ.
        tag: The kind of the picture in the file: avc1, apch.
        bits_per_s: Of the picture, on average.
        lufs: Integrated loudness; None of silence, and where there is no sound.
        peak_db: True peak, in dBTP; None as `lufs`.
        was_lufs: Integrated loudness of the film that it was made of; None as `lufs`.
        gain_db: What the sound was raised by; 0 where it was left alone.
        is_limited: Whether peaks were held down. Else it is one gain, which keeps the dynamics.
        is_silent: Whether it has a sound track with nothing to be heard.
        is_front: Whether a player can begin before all of it is there.
        has_edits: Whether it has edit lists.
    """

    # A later shotgraph may write more into a record than an older one knows.
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
        """Say what was measured."""
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
