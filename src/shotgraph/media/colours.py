"""Bring a picture to the colours of a film: SDR in BT.709, with nothing transparent.

One mapping for every step, so that a frame, a cut, a join and what a model sees look the same. HDR
becomes SDR by a table that ffmpeg looks up, because its own filters bend HLG channel by channel,
where its standard bends brightness alone: saturated colours are off by up to 40 of 255.
"""

import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from math import exp
from pathlib import Path
from typing import Literal, TypeAlias

import ffmpeg

from shotgraph.media.info import Colour, MediaInfo
from shotgraph.media.source import Stream

BACKGROUND = "#000000"

_WIDE = frozenset({"bt2020", "smpte431", "smpte432"})
_UNSAID_PRIMARIES = {"bt2020nc": "bt2020", "bt2020c": "bt2020"}
# What our names are for zscale.
_TRANSFERS = {"gamma22": "bt470m", "gamma28": "bt470bg"}
# Of these, as of BT.709, people see the same at the same numbers (BT.2020, table 4, note 1).
_AS_BT709 = frozenset({"", "bt709", "smpte170m", "bt2020-10", "bt2020-12"})
_FINE = "yuv444p10le"
_PRECISELY = "bicubic+accurate_rnd+full_chroma_int"


@dataclass(frozen=True)
class FilmPicture:
    """A picture in the colours of a film.

    Attributes:
        stream: The picture.
        matrix: The matrix that it is coded in, as ``scale`` takes it.
    """

    stream: Stream
    matrix: str


def is_wide(colour: Colour) -> bool:
    """Whether SDR colours reach beyond those of BT.709: P3, BT.2020."""
    return not colour.is_hdr and _primaries(colour) in _WIDE


def is_converted(info: MediaInfo) -> bool:
    """Whether `in_film_colours` changes a picture."""
    return info.transparent or info.colour.is_hdr or is_wide(info.colour)


def in_film_colours(
    stream: Stream,
    info: MediaInfo,
    matrix: str,
    background: str = BACKGROUND,
    *,
    keeps_alpha: bool = False,
) -> FilmPicture:
    """Convert a picture; one that has a film's colours stays as it is.

    Args:
        stream: Whole frames.
        info: What is known of them.
        matrix: The matrix of its colours, as ``scale`` takes it.
        background: What is seen where it is transparent, as ``#rrggbb``.
        keeps_alpha: Whether it stays transparent; HDR and wide colours do not.
    """
    if info.transparent and (not keeps_alpha or info.colour.is_hdr or is_wide(info.colour)):
        stream = _over(stream, matrix, background)
    if info.colour.is_hdr:
        return FilmPicture(_tone_mapped(stream, info, matrix), "bt709")
    if is_wide(info.colour):
        return FilmPicture(_narrowed(stream, info), "bt709")
    return FilmPicture(stream, matrix)


def _over(stream: Stream, matrix: str, background: str) -> Stream:
    """Lay a picture over one colour, before scaling: that mixes in what lies hidden beside it."""
    red, green, blue = (int(background[place : place + 2], 16) for place in (1, 3, 5))
    straight = stream.filter("scale", in_color_matrix=matrix).filter("format", "gbrap")
    copies = straight.filter_multi_output("split")
    # Made of the picture's own frames, so that each has the background at its very time.
    plain = copies[0].filter("lutrgb", r=red, g=green, b=blue, a=255)
    return ffmpeg.filter([plain, copies[1]], "overlay", format="gbrp")


def _tone_mapped(stream: Stream, info: MediaInfo, matrix: str) -> Stream:
    """HDR to SDR: below paper white nearly as it is, above it bent."""
    transfer: HdrTransfer = "smpte2084" if info.colour.transfer == "smpte2084" else "arib-std-b67"
    if not info.colour.space:  # which is then what goes with HDR, and not with the size
        matrix = "bt2020"
    return (
        stream.filter("scale", in_color_matrix=matrix, flags=_PRECISELY)
        .filter("format", "gbrp16le")
        .filter("lut3d", file=str(hdr_table(transfer)), interp="tetrahedral")
    )


def _narrowed(stream: Stream, info: MediaInfo) -> Stream:
    """Wide gamut to BT.709: the same colours in other numbers; what has none is clipped."""
    given = _given(info)
    tone = given["tin"]
    return stream.filter("zscale", p="bt709", t=tone, m="bt709", r="tv", **given).filter(
        "format", _FINE
    )


def _given(info: MediaInfo) -> dict[str, str]:
    """What a picture's colours are; unsaid ones are what goes with the others."""
    colour = info.colour
    transfer = _TRANSFERS.get(colour.transfer, colour.transfer)
    said = {
        "pin": _primaries(colour) or "bt2020",
        "tin": "bt709" if transfer in _AS_BT709 else transfer,
    }
    if info.transparent or colour.space == "gbr":
        return said  # RGB by now
    return {**said, "min": colour.space or "bt2020nc"}


def _primaries(colour: Colour) -> str:
    return colour.primaries or _UNSAID_PRIMARIES.get(colour.space, "")


HdrTransfer: TypeAlias = Literal["smpte2084", "arib-std-b67"]
Rgb: TypeAlias = tuple[float, float, float]

# Nits of the white of paper (ITU-R BT.2408, 2.1), and of the brightest that is told apart.
_REFERENCE_WHITE, _PEAK = 203.0, 1000.0
# Of linear light, white being 1: below it nothing is changed; from there on brightness bends, so
# that reference white comes to 235 of 255, and the peak to 255.
_KNEE = 0.63
_SDR_GAMMA = 2.4  # ITU-R BT.1886
_STEPS = 33
# From linear light in BT.2020 to BT.709 (ITU-R BT.2087 gives the way back).
_TO_BT709: tuple[Rgb, Rgb, Rgb] = (
    (1.660491, -0.587641, -0.072850),
    (-0.124550, 1.132900, -0.008349),
    (-0.018151, -0.100579, 1.118730),
)


_lock = threading.Lock()
_folders: dict[HdrTransfer, "tempfile.TemporaryDirectory[str]"] = {}


def hdr_table(transfer: HdrTransfer) -> Path:
    """A ``.cube`` file from coded HDR in BT.2020 to coded SDR in BT.709.

    It is written once a process, in half a second, and removed when the process ends; written
    again where somebody tidied it away.
    """
    with _lock:
        if transfer in _folders:
            path = Path(_folders[transfer].name) / "hdr.cube"
            if path.exists():
                return path
        _folders[transfer] = tempfile.TemporaryDirectory(prefix="shotgraph-")
        path = Path(_folders[transfer].name) / "hdr.cube"
        path.write_text("\n".join(_lines(transfer)) + "\n", encoding="ascii")
        return path


def _lines(transfer: HdrTransfer) -> Iterator[str]:
    yield f"LUT_3D_SIZE {_STEPS}"
    light = [_LIGHT[transfer](step / (_STEPS - 1)) for step in range(_STEPS)]
    # Red changes first.
    for blue, green, red in product(light, repeat=3):
        yield " ".join(f"{part:.6f}" for part in _sdr((red, green, blue), transfer))


def _sdr(light: Rgb, transfer: HdrTransfer) -> Rgb:
    """Coded SDR of a colour's linear light, in units of reference white."""
    if transfer == "arib-std-b67":
        luma = 0.2627 * light[0] + 0.6780 * light[1] + 0.0593 * light[2]
        # The system gamma of a screen of 1000 nits (ITU-R BT.2100, table 5).
        gain = _PEAK / _REFERENCE_WHITE * luma**0.2
        light = light[0] * gain, light[1] * gain, light[2] * gain
    red, green, blue = (
        max(0.0, sum(row * part for row, part in zip(line, light, strict=True)))
        for line in _TO_BT709
    )
    # All three by the same factor, which keeps the hue.
    brightest = max(red, green, blue)
    factor = _bent(brightest) / brightest if brightest > _KNEE else 1.0
    return _coded(red * factor), _coded(green * factor), _coded(blue * factor)


def _bent(light: float) -> float:
    """A Möbius curve that begins straight at the knee, and brings the peak to 1."""
    peak = _PEAK / _REFERENCE_WHITE
    a = -_KNEE * _KNEE * (peak - 1) / (_KNEE * _KNEE - 2 * _KNEE + peak)
    b = (_KNEE * _KNEE - 2 * _KNEE * peak + peak) / (peak - 1)
    scale = (b * b + 2 * b * _KNEE + _KNEE * _KNEE) / (b - a)
    return min(1.0, scale * (light + a) / (light + b))


def _coded(light: float) -> float:
    return float(min(light, 1.0) ** (1 / _SDR_GAMMA))


def _of_pq(code: float) -> float:
    """Linear light of SMPTE ST 2084, in units of reference white."""
    power = code ** (32 / 2523)
    nits = 10_000 * (max(power - 0.8359375, 0.0) / (18.8515625 - 18.6875 * power)) ** (8192 / 1305)
    return float(nits / _REFERENCE_WHITE)


def _of_hlg(code: float) -> float:
    """Scene light of ARIB STD-B67, 0 to 1."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return code * code / 3 if code <= 0.5 else (exp((code - c) / a) + b) / 12


_LIGHT: dict[HdrTransfer, Callable[[float], float]] = {
    "smpte2084": _of_pq,
    "arib-std-b67": _of_hlg,
}
