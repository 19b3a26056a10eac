"""Strokes: how a prompt has a picture painted. Every one keeps motion and outline in place."""

import re
from collections.abc import Callable
from typing import TypeAlias

import ffmpeg

from shotgraph.media.source import Stream
from shotgraph.rehearsal.draw.scene import Frame

Texture: TypeAlias = Callable[[Stream, Frame], Stream]


def plain(stream: Stream, frame: Frame) -> Stream:
    """As it is."""
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
    """A glow around everything bright."""
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
    """The texture of a prompt: by its first word that names one, else by its sha256."""
    words = prompt.lower()
    hits = (
        (found.start(), texture)
        for pattern, texture in _BY_WORD.items()
        if (found := re.search(rf"\b(?:{pattern})\b", words))
    )
    first = min(hits, key=lambda hit: hit[0], default=None)
    return first[1] if first is not None else _HASHED[digest[3] % len(_HASHED)]


def _blend(below: Stream, above: Stream, mode: str) -> Stream:
    """Blend brightness; colours come from below."""
    # With c1 and c2 left out of the blend, ffmpeg takes the upper input's: the first one here.
    return ffmpeg.filter([below, above], "blend", c0_mode=mode, c1_opacity=0, c2_opacity=0)
