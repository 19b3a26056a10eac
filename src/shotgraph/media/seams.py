"""Compare both sides of a cut: brightness, colour, likeness; and find the grade that matches them.

Colour differences are CIEDE2000 (CIE 142, 2001) between the mean colours of two pictures, in CIELAB
under D65: a difference of 1 is just visible side by side, 2 at a cut, and 10 to everybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import atan2, cos, degrees, exp, hypot, radians, sin, sqrt
from statistics import fmean, pstdev
from typing import TypeAlias

from PIL import Image

from shotgraph.media.grade import BLACK, CHROMA_LEVELS, GREY, LEVELS, Grade, Turn

_SMALL = (32, 18)
CONTINUES = 0.8
"""The least likeness of two pictures, from -1 to 1, if one shot continues the other. Pictures of
different scenes have at most 0.5; of one scene from different places, 0.7."""
_FLAT = 0.01  # a share of the range; a picture with less contrast shows nothing
_LEAST_GAIN, _MOST_GAIN = 0.6, 1.6

Lab: TypeAlias = tuple[float, float, float]


@dataclass(frozen=True)
class Side:
    """The picture on one side of a cut, scaled down.

    Attributes:
        luma: The brightness of each pixel, 0 to 1, by BT.709.
        lab: The mean colour.
    """

    luma: tuple[float, ...]
    lab: Lab


@dataclass(frozen=True)
class Coded:
    """A picture as a film codes it, in BT.709, scaled down.

    It keeps colours that a screen can't show exactly, because a grade changes the coded values and
    not the shown values.

    Attributes:
        luma: The Y of each pixel; 0 to 1 is black to white.
        blue: The Cb of each pixel; -0.5 to 0.5.
        red: The Cr of each pixel; -0.5 to 0.5.
    """

    luma: tuple[float, ...]
    blue: tuple[float, ...]
    red: tuple[float, ...]

    @classmethod
    def of(cls, planes: Sequence[Image.Image]) -> "Coded":
        """Make it from the planes Y, Cb and Cr, 8 bit, in limited range."""
        small = [plane.resize(_SMALL, Image.Resampling.BOX).tobytes() for plane in planes]
        luma = tuple((value - BLACK) / LEVELS for value in small[0])
        blue, red = (tuple((value - GREY) / CHROMA_LEVELS for value in one) for one in small[1:])
        return cls(luma, blue, red)


def side_of(picture: Image.Image) -> Side:
    """Make a side of a cut from a shown picture, in RGB."""
    small = picture.convert("RGB").resize(_SMALL, Image.Resampling.BOX)
    data = small.tobytes()
    pixels = [tuple(value / 255 for value in data[at : at + 3]) for at in range(0, len(data), 3)]
    luma = tuple(0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in pixels)
    labs = [_lab(r, g, b) for r, g, b in pixels]
    return Side(
        luma,
        (
            fmean(one[0] for one in labs),
            fmean(one[1] for one in labs),
            fmean(one[2] for one in labs),
        ),
    )


def likeness(before: Side, after: Side) -> float:
    """The correlation of two pictures' brightness, -1 to 1; 0 if one picture is flat.

    Mean brightness and contrast make no difference.
    """
    if min(pstdev(before.luma), pstdev(after.luma)) < _FLAT:
        return 0.0
    return _correlation(before.luma, after.luma)


def continues(before: Side, after: Side) -> bool:
    """Whether both pictures show the same scene, so that there is no hard cut between them."""
    return likeness(before, after) >= CONTINUES


def grade_of(before: Coded, after: Coded) -> Grade:
    """The grade that makes the second picture look like the first."""
    return Grade(
        _turn(before.luma, after.luma),
        _turn(before.blue, after.blue),
        _turn(before.red, after.red),
    )


def _turn(before: Sequence[float], after: Sequence[float]) -> Turn:
    spread = pstdev(after)
    gain = pstdev(before) / spread if spread > _FLAT else 1.0
    return Turn(min(max(gain, _LEAST_GAIN), _MOST_GAIN), fmean(after), fmean(before))


def colour_difference(before: Side, after: Side) -> float:
    """CIEDE2000 between the mean colours."""
    return delta_e_2000(before.lab, after.lab)


def luma_step(before: Side, after: Side) -> float:
    """How much brighter the second picture is, of 255."""
    return 255 * (fmean(after.luma) - fmean(before.luma))


def _correlation(one: Sequence[float], other: Sequence[float]) -> float:
    mean_one, mean_other = fmean(one), fmean(other)
    left, right = [each - mean_one for each in one], [each - mean_other for each in other]
    both = sum(a * b for a, b in zip(left, right, strict=True))
    return both / sqrt(sum(a * a for a in left) * sum(b * b for b in right))


def _lab(red: float, green: float, blue: float) -> Lab:
    """CIELAB of sRGB (IEC 61966-2-1), D65."""
    r, g, b = (_linear(value) for value in (red, green, blue))
    x = (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047
    y = 0.2126729 * r + 0.7151522 * g + 0.0721750 * b
    z = (0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883
    fx, fy, fz = _bent(x), _bent(y), _bent(z)
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _bent(value: float) -> float:
    return float(value ** (1 / 3)) if value > (6 / 29) ** 3 else value * (29 / 6) ** 2 / 3 + 4 / 29


def delta_e_2000(one: Lab, other: Lab) -> float:
    """CIEDE2000, by the formulas of Sharma, Wu and Dalal (2005)."""
    l1, a1, b1 = one
    l2, a2, b2 = other
    mean_c = (hypot(a1, b1) + hypot(a2, b2)) / 2
    stretch = 1 + 0.5 * (1 - sqrt(mean_c**7 / (mean_c**7 + 25.0**7)))
    c1, c2 = hypot(a1 * stretch, b1), hypot(a2 * stretch, b2)
    h1, h2 = (_hue(a * stretch, b) for a, b in ((a1, b1), (a2, b2)))
    step = 0.0 if not c1 * c2 else (h2 - h1 + 180) % 360 - 180
    step_h = 2 * sqrt(c1 * c2) * sin(radians(step / 2))
    middle_l, middle_c = (l1 + l2) / 2, (c1 + c2) / 2
    middle_h = h1 + h2 if not c1 * c2 else (h1 + step / 2) % 360
    t = (
        1
        - 0.17 * cos(radians(middle_h - 30))
        + 0.24 * cos(radians(2 * middle_h))
        + 0.32 * cos(radians(3 * middle_h + 6))
        - 0.20 * cos(radians(4 * middle_h - 63))
    )
    s_l = 1 + 0.015 * (middle_l - 50) ** 2 / sqrt(20 + (middle_l - 50) ** 2)
    s_c, s_h = 1 + 0.045 * middle_c, 1 + 0.015 * middle_c * t
    turn = 30 * exp(-(((middle_h - 275) / 25) ** 2))
    r_t = -2 * sqrt(middle_c**7 / (middle_c**7 + 25.0**7)) * sin(radians(2 * turn))
    light, c, h = (l2 - l1) / s_l, (c2 - c1) / s_c, step_h / s_h
    return sqrt(max(0.0, light * light + c * c + h * h + r_t * c * h))


def _hue(a: float, b: float) -> float:
    return degrees(atan2(b, a)) % 360 if a or b else 0.0
