"""Convert a picture to the colours of a film: SDR in BT.709, opaque.

All steps use the same conversion, so that a frame, a cut, a join and a model's input look the same.
HDR becomes SDR by a lookup table of our own: ffmpeg's filters map HLG channel by channel, but the
standard maps brightness alone. Saturated colours would be wrong by up to 40 of 255.
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
# Our names, and the names that zscale has for them.
_TRANSFERS = {"gamma22": "bt470m", "gamma28": "bt470bg"}
# These transfers look the same as BT.709 at the same values (BT.2020, table 4, note 1).
_AS_BT709 = frozenset({"", "bt709", "smpte170m", "bt2020-10", "bt2020-12"})
_FINE = "yuv444p10le"
HD_LINES = 720
"""A picture without a named matrix is read with the HD matrix if it has at least so many lines."""
_SD = frozenset({"smpte170m", "bt470bg"})
PRECISELY = "bicubic+accurate_rnd+full_chroma_int"
"""The flags of ``scale`` with which grey stays grey; without them, it may become greenish."""


@dataclass(frozen=True)
class FilmPicture:
    """A picture in the colours of a film.

    Attributes:
        stream: The picture.
        matrix: The matrix of its coding, as ``scale`` takes it.
    """

    stream: Stream
    matrix: str


def is_wide(colour: Colour) -> bool:
    """Whether the colours are SDR with a wider gamut than BT.709: P3 or BT.2020."""
    return not colour.is_hdr and _primaries(colour) in _WIDE


def has_sd_matrix(info: MediaInfo) -> bool:
    """Whether a clip's colours are BT.601: the clip says so, or it says nothing and is small."""
    colour = info.colour
    if info.kind != "video" or colour.is_hdr or is_wide(colour):
        return False
    if colour.space:
        return colour.space in _SD
    has_matrix = info.pixel_format.startswith(("yuv", "nv", "p0"))
    return has_matrix and min(info.width, info.height) < HD_LINES


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
    is_exact: bool = False,
) -> FilmPicture:
    """Convert a picture; a picture that already has a film's colours isn't changed.

    Args:
        stream: Whole frames.
        info: The description of the clip or image.
        matrix: The matrix of its colours, as ``scale`` takes it.
        background: The colour behind transparent parts, as ``#rrggbb``.
        keeps_alpha: Whether to keep transparency. With HDR or wide colours it is never kept.
        is_exact: Whether a transparent picture is made opaque without rounding errors.
    """
    if info.transparent and (not keeps_alpha or info.colour.is_hdr or is_wide(info.colour)):
        stream = _over(stream, matrix, background, is_exact=is_exact)
    if info.colour.is_hdr:
        return FilmPicture(_tone_mapped(stream, info, matrix), "bt709")
    if is_wide(info.colour):
        return FilmPicture(_narrowed(stream, info), "bt709")
    return FilmPicture(stream, matrix)


def _over(stream: Stream, matrix: str, background: str, *, is_exact: bool) -> Stream:
    """Lay a picture over one colour; done before scaling, which would mix in hidden colours."""
    red, green, blue = (int(background[place : place + 2], 16) for place in (1, 3, 5))
    flags = {"flags": PRECISELY} if is_exact else {}
    straight = stream.filter("scale", in_color_matrix=matrix, **flags).filter("format", "gbrap")
    copies = straight.filter_multi_output("split")
    # Made of the picture's own frames, so that both have the same times.
    plain = copies[0].filter("lutrgb", r=red, g=green, b=blue, a=255)
    return ffmpeg.filter([plain, copies[1]], "overlay", format="gbrp")


def _tone_mapped(stream: Stream, info: MediaInfo, matrix: str) -> Stream:
    """HDR to SDR: nearly unchanged below reference white, compressed above it."""
    transfer: HdrTransfer = "smpte2084" if info.colour.transfer == "smpte2084" else "arib-std-b67"
    if not info.colour.space:  # then BT.2020, as is usual in HDR, whatever the size
        matrix = "bt2020"
    return (
        stream.filter("scale", in_color_matrix=matrix, flags=PRECISELY)
        .filter("format", "gbrp16le")
        .filter("lut3d", file=str(hdr_table(transfer)), interp="tetrahedral")
    )


def _narrowed(stream: Stream, info: MediaInfo) -> Stream:
    """Wide gamut to BT.709: colours outside BT.709 are clipped, all others stay the same."""
    given = _given(info)
    tone = given["tin"]
    return stream.filter("zscale", p="bt709", t=tone, m="bt709", r="tv", **given).filter(
        "format", _FINE
    )


def _given(info: MediaInfo) -> dict[str, str]:
    """A picture's colours as `zscale` takes them; a missing value is derived from the others."""
    colour = info.colour
    transfer = _TRANSFERS.get(colour.transfer, colour.transfer)
    said = {
        "pin": _primaries(colour) or "bt2020",
        "tin": "bt709" if transfer in _AS_BT709 else transfer,
    }
    if info.transparent or colour.space == "gbr":
        return said  # the picture is RGB here
    return {**said, "min": colour.space or "bt2020nc"}


def _primaries(colour: Colour) -> str:
    return colour.primaries or _UNSAID_PRIMARIES.get(colour.space, "")


HdrTransfer: TypeAlias = Literal["smpte2084", "arib-std-b67"]
Rgb: TypeAlias = tuple[float, float, float]

# Nits of reference white (ITU-R BT.2408, 2.1), and of the peak; brighter values are clipped.
_REFERENCE_WHITE, _PEAK = 203.0, 1000.0
# In linear light, where reference white is 1. Nothing changes below the knee; above it brightness
# is compressed, so that reference white becomes 235 of 255, and the peak 255.
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

    Each process writes it once, in half a second, and removes it at its end. If the file was
    deleted meanwhile, it is written again.
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
    # In a .cube file red changes fastest.
    for blue, green, red in product(light, repeat=3):
        yield " ".join(f"{part:.6f}" for part in _sdr((red, green, blue), transfer))


def _sdr(light: Rgb, transfer: HdrTransfer) -> Rgb:
    """Coded SDR for a colour in linear light, in units of reference white."""
    if transfer == "arib-std-b67":
        luma = 0.2627 * light[0] + 0.6780 * light[1] + 0.0593 * light[2]
        # The system gamma of a screen of 1000 nits (ITU-R BT.2100, table 5).
        gain = _PEAK / _REFERENCE_WHITE * luma**0.2
        light = light[0] * gain, light[1] * gain, light[2] * gain
    red, green, blue = (
        max(0.0, sum(row * part for row, part in zip(line, light, strict=True)))
        for line in _TO_BT709
    )
    # One factor for all three channels keeps the hue.
    brightest = max(red, green, blue)
    factor = _bent(brightest) / brightest if brightest > _KNEE else 1.0
    return _coded(red * factor), _coded(green * factor), _coded(blue * factor)


def _bent(light: float) -> float:
    """A Möbius curve with slope 1 at the knee that maps the peak to 1."""
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
