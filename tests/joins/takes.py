"""The clips that are joined: one for each kind of file that people have."""

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

from tests.media.coded_clips import Sound, write_clip

_FILM, _NTSC = Fraction(24000, 1001), Fraction(30000, 1001)
RATES = {
    "23.976": _FILM,
    "24": Fraction(24),
    "25": Fraction(25),
    "29.97": _NTSC,
    "30": Fraction(30),
    "60": Fraction(60),
    "variable": Fraction(30),
}
# Of 30 ticks a second: runs, single frames, and gaps of one to three.
_UNEVEN = (0, 1, 2, 4, 5, 8, 9, 10, 12, 14, 15, 16, 18, 19, 20, 23)
# As stored.
SIZES = {
    "720p": (1280, 720),
    "1080p": (1920, 1080),
    "4k": (3840, 2160),
    "portrait": (720, 1280),
    "odd": (1279, 719),
    "rotated": (1280, 720),
    "anamorphic": (960, 720),
}
_SQUEEZED = Fraction(4, 3)
_CODERS = {"h264": "libx264", "hevc": "libx265", "vp9": "libvpx-vp9", "prores": "prores_ks"}
_SOUND_CODERS = {"aac": "aac", "opus": "libopus", "pcm": "pcm_s16le"}

Layout = Literal["none", "mono", "stereo", "5.1"]
Length = Literal["equal", "longer", "shorter"]
_LENGTHS = {"equal": Fraction(1), "longer": Fraction(3, 2), "shorter": Fraction(1, 2)}


@dataclass(frozen=True)
class Take:
    """A kind of clip; all of it that is unsaid is as most clips are."""

    codec: str = "h264"
    rate: str = "30"
    size: str = "720p"
    layout: Layout = "stereo"
    sample_rate_hz: int = 48_000
    length: Length = "equal"
    sound_codec: str = "aac"
    container: str = "mp4"
    seconds: Fraction = Fraction(3, 5)
    tone_at: Fraction = Fraction(0)
    clip: int = 0

    @property
    def times(self) -> tuple[int, ...]:
        """When each frame is shown, in ticks of `RATES`."""
        if self.rate == "variable":
            return _UNEVEN
        return tuple(range(round(self.seconds * RATES[self.rate])))

    @property
    def starts(self) -> list[Fraction]:
        """When each frame is shown, in seconds."""
        return [tick / RATES[self.rate] for tick in self.times]

    @property
    def duration(self) -> Fraction:
        """Seconds of picture."""
        return (self.times[-1] + 1) / RATES[self.rate]

    @property
    def shown(self) -> tuple[int, int]:
        """Width and height as a player shows it, with square pixels."""
        width, height = SIZES[self.size]
        if self.size == "rotated":
            return height, width
        return (int(width * _SQUEEZED), height) if self.size == "anamorphic" else (width, height)

    def sound(self) -> Sound | None:
        """What is heard."""
        if self.layout == "none":
            return None
        return Sound(
            sample_rate_hz=self.sample_rate_hz,
            layout=self.layout,
            seconds=self.duration * _LENGTHS[self.length],
            codec=_SOUND_CODERS[self.sound_codec],
            tone_at=self.tone_at,
        )

    def write(self, folder: Path) -> Path:
        """Make the file."""
        deep = {"prores": "yuv422p10le"}.get(self.codec, "yuv420p")
        return write_clip(
            folder / f"{self.clip}.{self.container}",
            clip=self.clip,
            frames=len(self.times),
            rate=RATES[self.rate],
            size=SIZES[self.size],
            sound=self.sound(),
            rotation=90 if self.size == "rotated" else 0,
            aspect=_SQUEEZED if self.size == "anamorphic" else Fraction(1),
            times=self.times,
            codec=_CODERS[self.codec],
            container=self.container,
            pixel_format="yuv444p" if self.size == "odd" else deep,
            # An mp4 whose uneven frames are coded out of order can't say how long the last one is.
            options={"bf": "0"} if self.rate == "variable" else None,
        )


_LONG, _BRIEF = Fraction(4, 5), Fraction(2, 5)
_NAMED = {
    # What a model or a telephone makes, and the same once more.
    "plain": Take(),
    "plain too": Take(),
    "plain, long": Take(seconds=_LONG),
    "mute": Take(layout="none", seconds=_LONG),
    "mute too": Take(layout="none"),
    "cinema": Take(rate="23.976", size="1080p", seconds=_LONG),
    "film": Take(rate="24", layout="mono", sample_rate_hz=44_100, seconds=_LONG),
    "film too": Take(rate="24", layout="mono", sample_rate_hz=44_100),
    "pal": Take(rate="25", layout="5.1", length="longer"),
    "ntsc": Take(rate="29.97", length="shorter", seconds=_LONG),
    "game": Take(rate="60", size="1080p", length="longer"),
    "game, long": Take(rate="60", seconds=Fraction(1)),
    "uneven": Take(rate="variable", length="longer"),
    "uneven, mute": Take(rate="variable", layout="none", codec="hevc", container="mov"),
    "surround": Take(layout="5.1", seconds=_LONG),
    "surround too": Take(layout="5.1", sample_rate_hz=44_100),
    "one ear": Take(layout="mono", length="longer"),
    "cd": Take(sample_rate_hz=44_100, length="shorter"),
    "standing": Take(size="portrait", seconds=_LONG),
    "standing, pal": Take(size="portrait", rate="25", codec="hevc", layout="mono"),
    "turned": Take(size="rotated", seconds=_LONG),
    "turned, ntsc": Take(size="rotated", rate="29.97", container="mov", layout="mono"),
    "odd": Take(size="odd", seconds=_LONG),
    "odd, hevc": Take(size="odd", rate="24", codec="hevc", layout="none"),
    "wide": Take(size="anamorphic", rate="25"),
    "wide, prores": Take(
        size="anamorphic", codec="prores", container="mov", sound_codec="pcm", seconds=_LONG
    ),
    "4k": Take(size="4k", seconds=_BRIEF),
    "4k, web": Take(
        size="4k",
        rate="24",
        codec="vp9",
        container="webm",
        sound_codec="opus",
        layout="mono",
        seconds=_BRIEF,
    ),
    "hevc": Take(codec="hevc", size="1080p", rate="25", seconds=_LONG),
    "hevc, ntsc": Take(codec="hevc", rate="29.97", container="mov", sound_codec="pcm"),
    "web": Take(codec="vp9", container="webm", sound_codec="opus", seconds=_LONG),
    "web, surround": Take(
        codec="vp9", container="webm", sound_codec="opus", layout="5.1", rate="25"
    ),
    "web, 60": Take(codec="vp9", container="webm", sound_codec="opus", rate="60", length="shorter"),
    "web, film": Take(codec="vp9", container="webm", layout="none", rate="23.976"),
    "web in mp4": Take(codec="vp9", sound_codec="opus", layout="mono", length="longer"),
    "prores": Take(
        codec="prores", container="mov", rate="24", sound_codec="pcm", layout="5.1", length="longer"
    ),
    "prores, cinema": Take(
        codec="prores", container="mov", rate="23.976", sound_codec="pcm", sample_rate_hz=44_100
    ),
    "quicktime": Take(container="mov", sound_codec="pcm", layout="mono", length="shorter"),
    # Heard after a dissolve is over.
    "late": Take(tone_at=Fraction(2, 5)),
    "late, film": Take(tone_at=Fraction(2, 5), rate="24", layout="mono", seconds=_LONG),
}
TAKES = {name: replace(take, clip=clip) for clip, (name, take) in enumerate(_NAMED.items(), 1)}
