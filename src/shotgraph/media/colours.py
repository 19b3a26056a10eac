"""Bring a picture to the colours of a film: SDR in BT.709, with nothing transparent.

One mapping for every step, so that a frame, a cut, a join and what a model sees look the same.
"""

from dataclasses import dataclass

import ffmpeg

from shotgraph.media.hdr_table import HdrTransfer, hdr_table
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
