"""Colours: what a prompt turns a picture into.

A palette maps brightness to three colours, dark to light, and lets some of the picture's own
colours through. It works on luma and chroma directly, which costs ffmpeg a table look-up.
"""

import cmath
import colorsys
import math
import re
from dataclasses import dataclass

from shotgraph.media.source import Stream

_BLACK, _WHITE, _GREY = 16, 235, 128


@dataclass(frozen=True)
class Palette:
    """Three colours as ``#rrggbb``, dark to light, and how much they cover: 0 to 1."""

    dark: str
    middle: str
    light: str
    cover: float = 0.75

    def apply(self, stream: Stream, *, turned_degrees: float = 0) -> Stream:
        """Colour a yuv420p stream; `turned_degrees` shifts every colour's hue."""
        colours = (self.dark, self.middle, self.light)
        planes = zip(*(_turned(_yuv(colour), turned_degrees) for colour in colours), strict=True)
        curves = [_curve(*plane) for plane in planes]
        return stream.filter(
            "pseudocolor",
            c0=curves[0],
            c1=curves[1],
            c2=curves[2],
            index=0,
            opacity=f"{self.cover:.3f}",
        )


_BY_WORD = {
    r"nights?|midnight|moonlit|moonlight": Palette("#02061c", "#1c3a72", "#a9c9f5", 0.85),
    r"snow\w*|winter|ice|icy|frozen|frost\w*": Palette("#3c5670", "#a9c4da", "#ffffff", 0.8),
    r"dusk|sunset|twilight|golden hour": Palette("#1d1038", "#b04a52", "#ffc873", 0.8),
    r"dawn|sunrise|morning": Palette("#33284f", "#d98a8f", "#ffeec2", 0.75),
    r"noir|black and white|monochrome|charcoal": Palette("#000000", "#5c5c5c", "#ffffff", 1.0),
    r"neon|cyberpunk|synthwave": Palette("#120030", "#d6188f", "#43f4ff", 0.85),
    r"desert|sand\w*|dune\w*|western": Palette("#3a1c0a", "#c98545", "#ffe7b0", 0.8),
    r"autumn|fall leaves|october": Palette("#2a0f05", "#b8561b", "#ffd979", 0.75),
    r"forest|jungle|spring|moss\w*": Palette("#07180b", "#3f7d3c", "#dff2b4", 0.75),
    r"underwater|ocean|sea|aquatic": Palette("#00131f", "#12718a", "#b6fff0", 0.8),
    r"fire|fiery|lava|volcan\w*|burning": Palette("#1a0000", "#d2320c", "#fff07a", 0.85),
    r"sepia|vintage|old photo\w*|daguerreotype": Palette("#1f1408", "#8a6a42", "#f6e3bd", 0.95),
    r"rain\w*|storm\w*|fog\w*|mist\w*": Palette("#141a1f", "#5f7480", "#d4e0e4", 0.8),
}


def palette_of(prompt: str, digest: bytes) -> Palette:
    """The palette of a prompt: by its first word that names one, else by its sha256."""
    words = prompt.lower()
    hits = (
        (found.start(), palette)
        for pattern, palette in _BY_WORD.items()
        if (found := re.search(rf"\b(?:{pattern})\b", words))
    )
    first = min(hits, key=lambda hit: hit[0], default=None)
    return first[1] if first is not None else _hashed(digest)


def _hashed(digest: bytes) -> Palette:
    hue = digest[0] / 256
    away = 0.3 + 0.4 * digest[1] / 256
    return Palette(
        dark=_rgb(hue, 0.13, 0.6),
        middle=_rgb((hue + away / 2) % 1, 0.45, 0.65),
        light=_rgb((hue + away) % 1, 0.86, 0.8),
        cover=0.6 + 0.25 * digest[2] / 256,
    )


def _rgb(hue: float, lightness: float, saturation: float) -> str:
    parts = colorsys.hls_to_rgb(hue, lightness, saturation)
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)


def _yuv(colour: str) -> tuple[int, int, int]:
    """BT.709, limited range: what the clips are tagged as."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return (
        round(_BLACK + (_WHITE - _BLACK) * luma),
        round(_GREY + 224 * (blue - luma) / 1.8556),
        round(_GREY + 224 * (red - luma) / 1.5748),
    )


def _turned(colour: tuple[int, int, int], degrees: float) -> tuple[int, int, int]:
    """The chroma plane is a wheel of hues around grey."""
    luma, chroma = colour[0], complex(colour[1] - _GREY, colour[2] - _GREY)
    turned = chroma * cmath.exp(1j * math.radians(degrees))
    return luma, round(_GREY + turned.real), round(_GREY + turned.imag)


def _curve(dark: int, middle: int, light: int) -> str:
    half = (_WHITE - _BLACK) / 2
    at = f"clip(val-{_BLACK},0,{_WHITE - _BLACK})/{half:g}"
    return f"if(lt({at},1),lerp({dark},{middle},{at}),lerp({middle},{light},{at}-1))"
