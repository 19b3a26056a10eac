"""The look of a drawing: one texture and one palette, chosen by the words of the prompt.

A texture keeps the motion and the outlines of the picture. A palette maps brightness to three
colours, dark to light, and keeps a part of the picture's own colours. It works on luma and chroma
directly, so ffmpeg needs only one table look-up.
"""

import cmath
import colorsys
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

import ffmpeg

from shotgraph.media.source import Stream
from shotgraph.rehearsal.draw.scene import Frame, Scene

Texture: TypeAlias = Callable[[Stream, Frame], Stream]


def plain(stream: Stream, frame: Frame) -> Stream:
    """No change."""
    return stream


def oil(stream: Stream, frame: Frame) -> Stream:
    """Broad strokes with hard edges."""
    return stream.filter("avgblur", sizeX=5, planes=1).filter("unsharp", 7, 7, 2.5)


def watercolour(stream: Stream, frame: Frame) -> Stream:
    """Soft areas that run into each other."""
    return stream.filter("avgblur", sizeX=9).filter("unsharp", 5, 5, 1.5)


def comic(stream: Stream, frame: Frame) -> Stream:
    """A few flat tones, with ink on the edges."""
    split = stream.filter_multi_output("split")
    flat = split[0].filter("lutyuv", y="floor(val/40)*40+20")
    ink = split[1].filter("sobel", planes=1).filter("negate", components="y")
    return _blend(flat, ink, "multiply")


def pixels(stream: Stream, frame: Frame) -> Stream:
    """Blocks, as on an early screen."""
    block = max(8, min(frame.width, frame.height) // 60)
    small = stream.filter("scale", frame.width // block, frame.height // block, flags="area")
    return small.filter("scale", frame.width, frame.height, flags="neighbor")


def dream(stream: Stream, frame: Frame) -> Stream:
    """A glow around bright areas."""
    split = stream.filter_multi_output("split")
    glow = split[1].filter("gblur", sigma=18)
    return _blend(split[0], glow, "screen")


def trails(stream: Stream, frame: Frame) -> Stream:
    """Light that stays for a while."""
    return stream.filter("lagfun", decay=0.93)


def sketch(stream: Stream, frame: Frame) -> Stream:
    """Lines on paper."""
    return stream.filter("sobel", planes=1, scale=1.5).filter("negate", components="y")


_BY_WORD: dict[str, Texture] = {
    r"oil(?: painting)?|impasto|painting|painted|canvas": oil,
    r"water-?colou?rs?|ink wash|gouache": watercolour,
    r"comics?|cartoon|anime|manga|cel[- ]shad\w+": comic,
    r"pixel\w*|8-bit|16-bit|voxel|lego": pixels,
    r"dream\w*|soft focus|glow\w*|ethereal|fog\w*|mist\w*": dream,
    r"trails?|long exposure|ghost\w*|light painting": trails,
    r"sketch\w*|pencil|charcoal|drawing|line art": sketch,
}
_HASHED: tuple[Texture, ...] = (plain, plain, oil, watercolour, comic, pixels, dream, trails)


def texture_of(prompt: str, digest: bytes) -> Texture:
    """Return the texture for a prompt: by its first word in the table, or else by its sha256."""
    words = prompt.lower()
    hits = (
        (found.start(), texture)
        for pattern, texture in _BY_WORD.items()
        if (found := re.search(rf"\b(?:{pattern})\b", words))
    )
    first = min(hits, key=lambda hit: hit[0], default=None)
    return first[1] if first is not None else _HASHED[digest[3] % len(_HASHED)]


def _blend(below: Stream, above: Stream, mode: str) -> Stream:
    """Blend the brightness; the colours come from `below`."""
    # If c1 and c2 are not blended, ffmpeg takes them from its first input.
    return ffmpeg.filter([below, above], "blend", c0_mode=mode, c1_opacity=0, c2_opacity=0)


_BLACK, _WHITE, _GREY = 16, 235, 128


@dataclass(frozen=True)
class Palette:
    """Three colours as ``#rrggbb``, dark to light, and their opacity: 0 to 1."""

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


_PALETTE_BY_WORD = {
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
    """Return the palette for a prompt: by its first word in the table, or else by its sha256."""
    words = prompt.lower()
    hits = (
        (found.start(), palette)
        for pattern, palette in _PALETTE_BY_WORD.items()
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
    """Convert ``#rrggbb`` to BT.709 in limited range, the tags of the clips."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return (
        round(_BLACK + (_WHITE - _BLACK) * luma),
        round(_GREY + 224 * (blue - luma) / 1.8556),
        round(_GREY + 224 * (red - luma) / 1.5748),
    )


def _turned(colour: tuple[int, int, int], degrees: float) -> tuple[int, int, int]:
    """Shift a colour's hue: turn its chroma around grey."""
    luma, chroma = colour[0], complex(colour[1] - _GREY, colour[2] - _GREY)
    turned = chroma * cmath.exp(1j * math.radians(degrees))
    return luma, round(_GREY + turned.real), round(_GREY + turned.imag)


def _curve(dark: int, middle: int, light: int) -> str:
    half = (_WHITE - _BLACK) / 2
    at = f"clip(val-{_BLACK},0,{_WHITE - _BLACK})/{half:g}"
    return f"if(lt({at},1),lerp({dark},{middle},{at}),lerp({middle},{light},{at}-1))"


@dataclass(frozen=True)
class Look:
    """The texture and the colours of a scene.

    Attributes:
        hue_degrees: The shift of the hue in this take, -12 to 12, so that takes differ.
        drift_degrees: The change of the hue per second.
    """

    texture: Texture
    palette: Palette
    hue_degrees: float
    drift_degrees: float

    def paint(self, stream: Stream, frame: Frame) -> Stream:
        """Restyle a yuv420p stream."""
        return self.palette.apply(self.texture(stream, frame), turned_degrees=self.hue_degrees)

    def tint(self, stream: Stream) -> Stream:
        """Let the colours change slowly; the first frame is unchanged."""
        return stream.filter("hue", h=f"{self.drift_degrees:.2f}*t")


def look_of(scene: Scene) -> Look:
    """Return a scene's look: texture and palette by the prompt, small differences by the take."""
    words, take = sha256(scene.prompt.encode()).digest(), sha256(scene.take.encode()).digest()
    return Look(
        texture=texture_of(scene.prompt, words),
        palette=palette_of(scene.prompt, words),
        hue_degrees=24 * (take[0] / 255 - 0.5),
        drift_degrees=4 * (1 if take[1] % 2 else -1) * (0.5 + take[2] / 510),
    )
