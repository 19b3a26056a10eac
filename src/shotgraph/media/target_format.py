"""The format of a film, chosen from its clips: size, frame rate, channels; and its coding."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal, TypeAlias

import ffmpeg

from shotgraph.errors import MediaError
from shotgraph.media.colours import PRECISELY
from shotgraph.media.info import MediaInfo
from shotgraph.media.source import MAX_PIXELS, Stream, address

Codec: TypeAlias = Literal["h264", "hevc", "prores"]
PixelFormat: TypeAlias = Literal[
    "yuv420p", "yuv420p10le", "yuv422p10le", "yuv444p10le", "yuva444p10le"
]
Quality: TypeAlias = Literal["usual", "high"]
ChannelLayout: TypeAlias = Literal["mono", "stereo", "5.1"]
"""The channel layout of a film."""

PIXEL_FORMATS: Mapping[Codec, tuple[PixelFormat, ...]] = {
    "h264": ("yuv420p", "yuv420p10le", "yuv422p10le"),
    "hevc": ("yuv420p", "yuv420p10le", "yuv422p10le"),
    "prores": ("yuv422p10le", "yuv444p10le", "yuva444p10le"),
}
"""The pixel formats of each codec, the usual one first: High, High 10 and High 4:2:2 of H.264;
Main, Main 10 and 4:2:2 10 of HEVC; ProRes 422 HQ, 4444, and 4444 with transparency."""

_Options: TypeAlias = dict[str, str | int | float | None]

# The number of threads is fixed: with another number x264 writes other bytes, and the bytes of a
# film enter the content keys of the paid jobs that use it.
_H264: _Options = {
    "c:v": "libx264",
    "preset": "veryfast",
    "crf": 17,
    "pix_fmt": "yuv420p",
    "threads": 4,
    "fps_mode": "cfr",
    "flags:v": "+bitexact",
}
_HEVC: _Options = {
    "c:v": "libx265",
    "preset": "fast",
    "crf": 18,
    "tag:v": "hvc1",
    "threads": 4,
    "fps_mode": "cfr",
    "flags:v": "+bitexact",
    "x265-params": "log-level=error",
}
_PRORES: _Options = {
    "c:v": "prores_ks",
    "vendor": "apl0",  # without it some editors refuse the file
    "threads": 4,
    "fps_mode": "cfr",
    "flags:v": "+bitexact",
}
_CODERS: Mapping[Codec, _Options] = {"h264": _H264, "hevc": _HEVC, "prores": _PRORES}
_HIGH: Mapping[Codec, _Options] = {
    "h264": {"preset": "medium", "crf": 15},
    "hevc": {"preset": "medium", "crf": 14},
    "prores": {},
}
# A more thorough search, with the same headers as `_H264`, byte for byte: clips of both can be
# copied into one film. The offset undoes the chroma offset that x264 adds for its psychovisual
# options. docs/decisions/0058 has the measurements.
_FINAL_H264: _Options = {
    "subq": 7,
    "trellis": 1,
    "rc-lookahead": 40,
    "qcomp": 0.7,
    "chromaoffset": 2,
}
_PRORES_HQ, _PRORES_4444 = 3, 4


@dataclass(frozen=True)
class Coding:
    """How the picture of a film is coded.

    Attributes:
        codec: The codec of the picture.
        pixel_format: The pixel format in ffmpeg's name; one of `PIXEL_FORMATS`.
        quality: usual; high for clips that are coded again later; final for films that no paid job
            uses, so that their bytes are in no content key of a paid job.
        is_exact: Whether colours are converted without rounding errors; only for films that no paid
            job uses.
    """

    codec: Codec = "h264"
    pixel_format: PixelFormat = "yuv420p"
    quality: Quality | Literal["final"] = "usual"
    is_exact: bool = False

    @property
    def container(self) -> str:
        """The container of the film."""
        return "mov" if self.codec == "prores" else "mp4"

    @property
    def coder(self) -> str:
        """The name of ffmpeg's encoder; some builds have only the encoder of H.264."""
        return str(_CODERS[self.codec]["c:v"])

    @property
    def keeps_alpha(self) -> bool:
        """Whether transparency is kept."""
        return self.pixel_format.startswith("yuva")

    @property
    def bits(self) -> int:
        """The bits of each value of a pixel."""
        return 10 if "10le" in self.pixel_format else 8

    def options(self) -> _Options:
        """The options of ffmpeg's encoder."""
        options: _Options = {**_CODERS[self.codec], "pix_fmt": self.pixel_format}
        if self.quality == "high":
            options |= _HIGH[self.codec]
        if self.quality == "final" and self.codec == "h264":
            options |= _FINAL_H264
        if self.codec == "prores":
            is_422 = self.pixel_format == "yuv422p10le"
            options |= {"profile:v": _PRORES_HQ if is_422 else _PRORES_4444}
        return options

    def scaling(self) -> dict[str, str]:
        """The options of the filter ``scale``, beside sizes and colours."""
        return {"flags": PRECISELY} if self.is_exact else {}

    def as_final(self, *, keeps_quality: bool = False) -> "Coding":
        """The same coding for a film that no paid job uses.

        Args:
            keeps_quality: Whether the user asked for this quality.
        """
        is_better = self.quality == "usual" and not keeps_quality
        return replace(self, quality="final" if is_better else self.quality, is_exact=True)


USUAL = Coding()
"""8 bit 4:2:0 in H.264, which every player and every model accepts."""
FINAL = USUAL.as_final()
"""The same with a median VMAF of 97, for films that people look at."""


SHORTEST_SIDE, LONGEST_SIDE = 16, 7680
SLOWEST, FASTEST = 1, 120


@dataclass(frozen=True)
class TargetFormat:
    """Size in pixels, both even, and frames per second."""

    width: int
    height: int
    frame_rate: Fraction


def format_of(info: MediaInfo) -> TargetFormat:
    """The format that shows a video without loss.

    An odd line is lost, because chroma subsampling needs even sides. A variable frame rate becomes
    the nearest standard rate that loses no frame (see `even_rate`).

    Raises:
        MediaError: The file is no video.
    """
    rate = info.film_rate
    if rate is None:
        raise MediaError(f"a format is asked of a file that is {info.kind}, not video")
    return TargetFormat(max(2, info.width // 2 * 2), max(2, info.height // 2 * 2), rate)


@dataclass(frozen=True)
class WantedFormat:
    """The wanted format; None leaves a value to the clips.

    Attributes:
        width: In pixels.
        height: In pixels.
        frame_rate: Frames per second.
        coding: How the picture is coded; None for the usual coding, or the coding of the clips.
    """

    width: int | None = None
    height: int | None = None
    frame_rate: Fraction | None = None
    coding: Coding | None = None


def choose_format(infos: Sequence[MediaInfo], wanted: WantedFormat | None = None) -> TargetFormat:
    """The format with the most seconds of clips; of equals, the first in order.

    Wanted values replace the clips' values. A width or a height alone keeps the clips' shape.

    Raises:
        MediaError: There is no clip, a clip is no video, or the wanted format can't be made: sides
            must be even and 16 to 7680, with at most 36,864,000 pixels, at 1 to 120 frames a
            second.
    """
    seconds: defaultdict[TargetFormat, Fraction] = defaultdict(Fraction)
    for info in infos:
        seconds[format_of(info)] += info.duration
    if not seconds:
        raise MediaError("there is no clip to make a film of")
    chosen = max(seconds, key=lambda each: seconds[each])
    return chosen if wanted is None else in_format(chosen, wanted)


def in_format(chosen: TargetFormat, wanted: WantedFormat) -> TargetFormat:
    """Replace the values of a format by the wanted values.

    Raises:
        MediaError: The wanted format can't be made.
    """
    width, height = wanted.width, wanted.height
    if width is None and height is None:
        width, height = chosen.width, chosen.height
    elif width is None:
        width = _even(Fraction(chosen.width * (height or 0), chosen.height))
    elif height is None:
        height = _even(Fraction(chosen.height * width, chosen.width))
    assert height is not None  # noqa: S101  one of the branches above set it
    if (width, height) != (chosen.width, chosen.height):
        _check_size(width, height)
    rate = chosen.frame_rate if wanted.frame_rate is None else wanted.frame_rate
    if wanted.frame_rate is not None and not SLOWEST <= rate <= FASTEST:
        raise MediaError(
            f"a film of {rate} frames per second can't be made; {SLOWEST} to {FASTEST} can"
        )
    return TargetFormat(width, height, rate)


def _even(side: Fraction) -> int:
    return int(side / 2 + Fraction(1, 2)) * 2


def _check_size(width: int, height: int) -> None:
    sides = (width, height)
    if (
        any(side % 2 or not SHORTEST_SIDE <= side <= LONGEST_SIDE for side in sides)
        or width * height > MAX_PIXELS
    ):
        raise MediaError(
            f"a film of {width} x {height} can't be made: sides are even and {SHORTEST_SIDE} to "
            f"{LONGEST_SIDE}, and at most {MAX_PIXELS} pixels"
        )


_AAC: dict[str, str | int | None] = {"c:a": "aac", "flags:a": "+bitexact"}
_AAC_BITRATES: dict[ChannelLayout, str] = {"mono": "128k", "stereo": "192k", "5.1": "480k"}
_MP4: dict[str, str | int | None] = {
    "f": "mp4",
    "movflags": "+faststart",
    # The clock of edit lists: frames of all standard rates, and samples, last whole numbers of its
    # ticks. With the default, milliseconds, ffmpeg 5.1 shortens the sound by the rounding.
    "movie_timescale": 240_000,
    "fflags": "+bitexact",
    "map_metadata": -1,
    "map_chapters": -1,
    "sn": None,
    "dn": None,
}


def film(
    picture: Stream,
    sound: Stream | None,
    part: Path,
    *,
    rate: Fraction | None,
    layout: ChannelLayout = "stereo",
    codes_sound: bool = True,
    most_bits_per_s: int | None = None,
    options: Mapping[str, str | int] | None = None,
    coding: Coding = USUAL,
) -> Stream:
    """The output node of a film, as long as its inputs.

    The inputs must be finite: in ffmpeg 5.1, the option for the number of frames ends the sound
    too, and too early.

    Args:
        picture: The picture to code; or, without `rate`, a coded picture to copy.
        sound: The sound, if there is any.
        part: The path of the output.
        rate: Frames per second; None to copy the picture.
        layout: The channel layout of the sound, if it is coded.
        codes_sound: Whether the sound is coded; False to copy coded sound.
        most_bits_per_s: The maximum bits per second of the picture, if the file size is limited.
        options: Further options of the picture's encoder.
        coding: How the picture is coded; for a copied picture, it gives the container.
    """
    picture_options = {"c:v": "copy"} if rate is None else {**coding.options(), "r": str(rate)}
    coded = {**_MP4, "f": coding.container, **picture_options, **(options or {})}
    if most_bits_per_s is not None:
        coded |= {"maxrate": most_bits_per_s, "bufsize": most_bits_per_s}
    if sound is None:
        return ffmpeg.output(picture, address(part), **coded, an=None).global_args("-copyts")
    coded |= {**_AAC, "b:a": _AAC_BITRATES[layout]} if codes_sound else {"c:a": "copy"}
    return ffmpeg.output(picture, sound, address(part), **coded).global_args("-copyts")


def allowance_s(duration: Fraction) -> float:
    """Seconds of time limit for `duration` seconds of film: ten times a slow machine's time."""
    return 600 + 30 * float(duration)
