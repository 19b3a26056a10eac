"""How the picture of a film is coded: codec, bits, quality."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Codec: TypeAlias = Literal["h264", "hevc", "prores"]
PixelFormat: TypeAlias = Literal[
    "yuv420p", "yuv420p10le", "yuv422p10le", "yuv444p10le", "yuva444p10le"
]
Quality: TypeAlias = Literal["usual", "high"]

PIXEL_FORMATS: Mapping[Codec, tuple[PixelFormat, ...]] = {
    "h264": ("yuv420p", "yuv420p10le", "yuv422p10le"),
    "hevc": ("yuv420p", "yuv420p10le", "yuv422p10le"),
    "prores": ("yuv422p10le", "yuv444p10le", "yuva444p10le"),
}
"""What each codec takes, its usual one first: High, High 10 and High 4:2:2 of H.264; Main, Main 10
and 4:2:2 10 of HEVC; ProRes 422 HQ and 4444, the last with transparency."""

_Options: TypeAlias = dict[str, str | int | None]

# The number of threads is part of the result: x264 makes other bytes with another number, and
# the bytes of a film enter the keys of the jobs that are bought with it.
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
_PRORES_HQ, _PRORES_4444 = 3, 4


@dataclass(frozen=True)
class Coding:
    """How the picture of a film is coded.

    Attributes:
        codec: Of the picture.
        pixel_format: As ffmpeg names it; one of `PIXEL_FORMATS`.
        quality: usual, or high for what is coded again later.
    """

    codec: Codec = "h264"
    pixel_format: PixelFormat = "yuv420p"
    quality: Quality = "usual"

    @property
    def container(self) -> str:
        """Of the film."""
        return "mov" if self.codec == "prores" else "mp4"

    @property
    def coder(self) -> str:
        """What ffmpeg calls its coder; some builds have no other than H.264's."""
        return str(_CODERS[self.codec]["c:v"])

    @property
    def keeps_alpha(self) -> bool:
        """Whether transparency stays."""
        return self.pixel_format.startswith("yuva")

    def options(self) -> _Options:
        """Those of ffmpeg's coder."""
        options: _Options = {**_CODERS[self.codec], "pix_fmt": self.pixel_format}
        if self.quality == "high":
            options |= _HIGH[self.codec]
        if self.codec == "prores":
            is_422 = self.pixel_format == "yuv422p10le"
            options |= {"profile:v": _PRORES_HQ if is_422 else _PRORES_4444}
        return options


USUAL = Coding()
"""8 bit 4:2:0 in H.264, which every player and every model takes."""
