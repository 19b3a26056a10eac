"""Fit a picture of another shape into a film: with margins, a crop, or a blurred copy behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple, TypeAlias

import ffmpeg

from shotgraph.errors import MediaError
from shotgraph.media.info import MediaInfo
from shotgraph.media.source import Stream
from shotgraph.media.target_format import SHORTEST_SIDE, Coding, TargetFormat

Fit: TypeAlias = Literal["pad", "crop", "blur"]
Point: TypeAlias = tuple[Fraction, Fraction]
"""A place in a picture: shares of its width, from the left, and of its height, from the top."""

MIDDLE: Point = (Fraction(1, 2), Fraction(1, 2))

_MARGIN = 2
# The picture behind is blurred at an eighth of its size, where a small filter is enough.
_BLURRED = 8
_BLUR = Fraction(1, 24)


@dataclass(frozen=True)
class Framing:
    """How a picture of another shape fills a film's.

    Attributes:
        fit: pad keeps the whole picture between margins; crop fills the film and cuts off the
            rest; blur keeps the whole picture, in front of an enlarged and blurred copy.
        focus: The point that stays in view if a part is cut off.
        margin: The colour of margins, as ``#rrggbb``; None for black.
    """

    fit: Fit = "pad"
    focus: Point = MIDDLE
    margin: str | None = None


PADDED = Framing()


class Box(NamedTuple):
    """A rectangle in a picture, in pixels; all four are even."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True)
class Window:
    """The rectangle to cut from a picture: by its size and place, or by its shape.

    Attributes:
        width: An even number of pixels, or a share of the picture as a fraction; None for the whole
            width, or if `aspect_ratio` is given.
        height: Like `width`.
        left: Pixels or a share; None to place it around the focus.
        top: Like `left`.
        aspect_ratio: Width by height; the largest such rectangle is taken.
        focus: The middle of the rectangle, as far as the picture allows.
    """

    width: int | Fraction | None = None
    height: int | Fraction | None = None
    left: int | Fraction | None = None
    top: int | Fraction | None = None
    aspect_ratio: Fraction | None = None
    focus: Point = MIDDLE

    def box(self, width: int, height: int) -> Box:
        """The rectangle in a picture of this size; both sides are even.

        Shares are rounded to an even number of pixels.

        Raises:
            MediaError: The rectangle reaches past the picture, or is too small for a film.
        """
        if self.aspect_ratio is not None:
            wide = min(Fraction(width), height * self.aspect_ratio)
            inner = _even(wide), _even(wide / self.aspect_ratio)
        else:
            inner = _pixels(self.width, width), _pixels(self.height, height)
        if min(inner) < SHORTEST_SIDE:
            raise MediaError(
                f"a crop of {inner[0]} x {inner[1]} px is too small: at least {SHORTEST_SIDE} px "
                f"are needed on each side, and the picture has {width} x {height}"
            )
        left = _begin(self.left, self.focus[0], inner[0], width)
        top = _begin(self.top, self.focus[1], inner[1], height)
        if left + inner[0] > width or top + inner[1] > height:
            raise MediaError(
                f"a crop of {inner[0]} x {inner[1]} px from {left}, {top} on reaches past the "
                f"picture, which has {width} x {height} px"
            )
        return Box(left, top, *inner)


def _pixels(said: int | Fraction | None, whole: int) -> int:
    if said is None:
        return whole
    return _even(said * whole) if isinstance(said, Fraction) else said


def _begin(said: int | Fraction | None, focus: Fraction, inner: int, whole: int) -> int:
    if isinstance(said, int):
        return said
    if said is None:
        begin = focus * whole - Fraction(inner, 2)
        return max(0, min(_even(begin), whole - inner))
    begin = said * whole
    # Place and size are rounded separately, so the end may be up to two pixels too far.
    return whole - inner if 0 < _even(begin) + inner - whole <= _MARGIN else _even(begin)


def _even(side: Fraction) -> int:
    return int(side / 2 + Fraction(1, 2)) * 2 if side > 0 else 0


def fitted(info: MediaInfo, inside: TargetFormat) -> tuple[int, int]:
    """The size, with even sides, to which a picture is scaled to fit inside a film.

    A picture is stretched over a margin of one line on each side: a thin black edge looks worse.
    """
    scale = min(Fraction(inside.width, info.width), Fraction(inside.height, info.height))
    width, height = (max(2, round(side * scale / 2) * 2) for side in (info.width, info.height))
    return (
        inside.width if inside.width - width <= _MARGIN else width,
        inside.height if inside.height - height <= _MARGIN else height,
    )


def has_margins(info: MediaInfo, inside: TargetFormat) -> bool:
    """Whether a whole picture leaves a part of the film's picture empty."""
    return fitted(info, inside) != (inside.width, inside.height)


def covering(info: MediaInfo, whole: TargetFormat, focus: Point = MIDDLE) -> tuple[int, int, Box]:
    """The size, with even sides, at which a picture covers the film, and the part that is shown."""
    scale = max(Fraction(whole.width, info.width), Fraction(whole.height, info.height))
    width = max(whole.width, _even(info.width * scale))
    height = max(whole.height, _even(info.height * scale))
    box = Window(whole.width, whole.height, focus=focus).box(width, height)
    return width, height, box


def framed(
    stream: Stream,
    info: MediaInfo,
    target: TargetFormat,
    framing: Framing,
    coding: Coding,
    *,
    matrix: str | None,
) -> Stream:
    """A picture in a film's size and colours.

    Args:
        stream: Whole frames, upright.
        info: The description of the clip or image.
        target: The film's format.
        framing: How the picture fills the film.
        coding: How the film is coded.
        matrix: The matrix of the picture's colours, as ``scale`` takes it; None for RGB.
    """
    colours = {"out_color_matrix": "bt709", "out_range": "tv", **coding.scaling()}
    if matrix is not None:
        colours = {"in_color_matrix": matrix, **colours}
    if not has_margins(info, target) or (framing.fit == "pad" and framing.margin is None):
        width, height = fitted(info, target)
        scaled = stream.filter("scale", w=width, h=height, **colours).filter("setsar", "1")
        return scaled.filter("pad", target.width, target.height, -1, -1)
    if framing.fit == "crop":
        width, height, box = covering(info, target, framing.focus)
        scaled = stream.filter("scale", w=width, h=height, **colours).filter("setsar", "1")
        return cut_out(scaled, box)
    copies = stream.filter_multi_output("split")
    width, height = fitted(info, target)
    before = copies[0].filter("scale", w=width, h=height, **colours)
    before = before.filter("setsar", "1").filter("format", coding.pixel_format)
    if framing.fit == "blur":
        behind = _blurred(copies[1], info, target, framing.focus, colours, coding)
    else:
        behind = _plain(copies[1], target, framing.margin or "#000000", colours, coding)
    return _between(before, behind, (width, height), target)


def cut_out(stream: Stream, box: Box) -> Stream:
    """A rectangle of a picture."""
    return stream.filter("crop", box.width, box.height, box.left, box.top)


def _blurred(
    stream: Stream,
    info: MediaInfo,
    target: TargetFormat,
    focus: Point,
    colours: dict[str, str],
    coding: Coding,
) -> Stream:
    width, height, box = covering(info, target, focus)
    small = [max(2, _even(Fraction(side, _BLURRED))) for side in (width, height)]
    sigma = float(min(target.width, target.height) * _BLUR / _BLURRED)
    stream = stream.filter("scale", w=small[0], h=small[1], **colours).filter("setsar", "1")
    stream = stream.filter("format", coding.pixel_format)
    stream = stream.filter("gblur", sigma=f"{sigma:.3f}", steps=3)
    larger = stream.filter("scale", w=width, h=height, **coding.scaling())
    return cut_out(larger.filter("setsar", "1"), box)


def _plain(
    stream: Stream, target: TargetFormat, colour: str, colours: dict[str, str], coding: Coding
) -> Stream:
    """One colour, made of the picture's own frames, so that both have the same times."""
    stream = stream.filter("scale", w=target.width, h=target.height, **colours)
    stream = stream.filter("setsar", "1").filter("format", coding.pixel_format)
    y, u, v = coded_colour(colour, ten_bit="10" in coding.pixel_format)
    return stream.filter("lutyuv", y=y, u=u, v=v, **({"a": "maxval"} if coding.keeps_alpha else {}))


def _between(picture: Stream, behind: Stream, size: Sequence[int], target: TargetFormat) -> Stream:
    """A picture, as wide or as high as the film, between two parts of another picture."""
    is_wide = size[0] == target.width
    whole, inner = (target.height, size[1]) if is_wide else (target.width, size[0])
    first = (whole - inner) // 4 * 2
    last = whole - inner - first
    copies = behind.filter_multi_output("split")

    def part(number: int, begin: int, length: int) -> Stream:
        box = (
            Box(0, begin, target.width, length) if is_wide else Box(begin, 0, length, target.height)
        )
        return cut_out(copies[number], box)

    stack = "vstack" if is_wide else "hstack"
    return ffmpeg.filter([part(0, 0, first), picture, part(1, whole - last, last)], stack, inputs=3)


def coded_colour(colour: str, *, ten_bit: bool = False) -> tuple[int, int, int]:
    """A colour in BT.709 with limited range: Y, Cb, Cr."""
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    step = 4 if ten_bit else 1
    return (
        round((16 + 219 * luma) * step),
        round((128 + 224 * (blue - luma) / 1.8556) * step),
        round((128 + 224 * (red - luma) / 1.5748) * step),
    )


@dataclass(frozen=True)
class Canvas:
    """The size of an image with its margins, and of the picture in its middle, in pixels.

    Attributes:
        width: The width of the image.
        height: The height of the image.
        inner_width: The width of the picture.
        inner_height: The height of the picture.
    """

    width: int
    height: int
    inner_width: int
    inner_height: int
