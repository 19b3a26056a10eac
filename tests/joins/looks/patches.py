"""Clips of six patches in known colours, coded by the formulas of the standards and no library."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import av
from av.video.stream import VideoStream

Rgb: TypeAlias = tuple[float, float, float]
Matrix: TypeAlias = tuple[Rgb, Rgb, Rgb]

SIZE = (192, 128)
COLUMNS, ROWS = 3, 2
# As SDR in BT.709 has them, 0 to 255: paper white, grey, skin, red, green, blue.
PATCHES: tuple[Rgb, ...] = (
    (255, 255, 255),
    (128, 128, 128),
    (224, 172, 140),
    (204, 40, 41),
    (41, 204, 37),
    (40, 42, 204),
)
_GAMMA = 2.4  # ITU-R BT.1886

# From linear light in BT.709 (ITU-R BT.2087, SMPTE EG 432-1).
_TO: dict[str, Matrix] = {
    "bt709": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "bt2020": (
        (0.627404, 0.329283, 0.043313),
        (0.069097, 0.919540, 0.011362),
        (0.016391, 0.088013, 0.895595),
    ),
    "smpte432": (
        (0.822462, 0.177538, 0.0),
        (0.033194, 0.966806, 0.0),
        (0.017083, 0.072397, 0.910520),
    ),
}
# Kr and Kb of each matrix (ITU-T H.273).
_LUMA = {"bt709": (0.2126, 0.0722), "bt2020nc": (0.2627, 0.0593), "smpte170m": (0.299, 0.114)}
_NUMBERS = {
    "bt709": 1,
    "smpte170m": 6,
    "bt2020": 9,
    "bt2020nc": 9,
    "smpte432": 12,
    "bt2020-10": 14,
    "smpte2084": 16,
    "arib-std-b67": 18,
}


@dataclass(frozen=True)
class Colours:
    """How the patches are coded, by ffmpeg's names; `said` is whether the file says so."""

    primaries: str = "bt709"
    transfer: str = "bt709"
    space: str = "bt709"
    said: bool = True


def write_patches(
    path: Path,
    colours: Colours,
    *,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    frames: int = 8,
    rate: int = 24,
) -> Path:
    """Write a clip that shows the patches."""
    deep = "10" in pixel_format
    options = {"libx265": {"x265-params": "log-level=none"}}.get(codec, {})
    with av.open(str(path), "w") as media:
        stream = media.add_stream(codec, rate=rate, options={"crf": "8", **options})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = SIZE
        stream.pix_fmt = pixel_format
        if codec == "libx265":
            stream.codec_context.codec_tag = "hvc1"
        if colours.said:
            context = stream.codec_context
            context.color_range = 1
            context.colorspace = _NUMBERS[colours.space]
            context.color_primaries = _NUMBERS[colours.primaries]
            context.color_trc = _NUMBERS[colours.transfer]
        for number in range(frames):
            # In the coder's own format, so that nothing is converted on the way to it.
            drawn = _draw(colours, deep=deep).reformat(format=pixel_format)
            drawn.pts = number
            if colours.said:  # which the coder of ProRes reads off the frame
                drawn.colorspace = _NUMBERS[colours.space]
                drawn.color_primaries = _NUMBERS[colours.primaries]
                drawn.color_trc = _NUMBERS[colours.transfer]
            media.mux(stream.encode(drawn))
        media.mux(stream.encode(None))
    return path


def _draw(colours: Colours, *, deep: bool) -> av.VideoFrame:
    width, height = SIZE
    frame = av.VideoFrame(width, height, "yuv444p10le" if deep else "yuv444p")
    codes = [_coded(patch, colours, deep=deep) for patch in PATCHES]
    for plane, part in zip(frame.planes, range(3), strict=True):
        rows = []
        for y in range(height):
            row = y * ROWS // height
            line = b"".join(
                codes[row * COLUMNS + x * COLUMNS // width][part].to_bytes(1 + deep, "little")
                for x in range(width)
            )
            rows.append(line.ljust(plane.line_size, b"\0"))
        plane.update(b"".join(rows))
    return frame


def _coded(patch: Rgb, colours: Colours, *, deep: bool) -> tuple[int, int, int]:
    light = tuple((part / 255) ** _GAMMA for part in patch)
    red, green, blue = (
        _curved(sum(row * part for row, part in zip(line, light, strict=True)), light, colours)
        for line in _TO[colours.primaries]
    )
    of_red, of_blue = _LUMA[colours.space]
    luma = of_red * red + (1 - of_red - of_blue) * green + of_blue * blue
    unit = 4 if deep else 1
    return (
        round((16 + 219 * luma) * unit),
        round((128 + 224 * (blue - luma) / (2 - 2 * of_blue)) * unit),
        round((128 + 224 * (red - luma) / (2 - 2 * of_red)) * unit),
    )


def _curved(part: float, light: tuple[float, ...], colours: Colours) -> float:
    part = max(part, 0.0)
    if colours.transfer == "smpte2084":
        return _pq(part * 203 / 10_000)
    if colours.transfer == "arib-std-b67":
        # Undo the system gamma of a screen of 1000 nits (ITU-R BT.2100, table 5).
        luma = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]
        return _hlg(part * 0.203 * (luma * 0.203) ** ((1 - 1.2) / 1.2))
    return float(part ** (1 / _GAMMA))


def _pq(light: float) -> float:
    """SMPTE ST 2084, of 10,000 nits."""
    power = light ** (2610 / 16384)
    return float(
        ((3424 / 4096 + 2413 / 128 * power) / (1 + 2392 / 128 * power)) ** (2523 / 4096 * 128)
    )


def _hlg(light: float) -> float:
    """ARIB STD-B67, of scene light from 0 to 1."""
    from math import log, sqrt

    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return sqrt(3 * light) if light <= 1 / 12 else a * log(12 * light - b) + c
