"""Gulls that cross the sky."""

import math
from dataclasses import dataclass

from PIL import Image

from harbour.brushes import Pen, bezier, lay

FINE = 4
FAR_WING, NEAR_WING, BREAST, TIP = (136, 112, 134), (204, 176, 176), (222, 194, 186), (52, 44, 64)


@dataclass(frozen=True)
class Gull:
    """Where a gull is at first, where to it flies in pixels a second, and its wing span."""

    x: float
    y: float
    across: float
    up: float
    span: float
    phase: float


FLOCK = (
    Gull(742, 168, -56, 5, 66, 0.0),
    Gull(836, 214, -50, 7, 46, 1.9),
    Gull(688, 250, -44, 2, 32, 3.1),
    Gull(905, 140, -47, 3, 36, 4.4),
    Gull(120, 236, 30, 6, 30, 2.5),
    Gull(172, 262, 28, 5, 24, 0.8),
)


def fly(picture: Image.Image, seconds: float) -> None:
    for gull in FLOCK:
        x = gull.x + gull.across * seconds
        y = gull.y - gull.up * seconds + 5 * math.sin(1.3 * seconds + gull.phase)
        left, top = math.floor(x - gull.span), math.floor(y - gull.span)
        lay(picture, draw(gull, seconds, (x - left, y - top)), left, top)


def draw(gull: Gull, seconds: float, centre: tuple[float, float]) -> Image.Image:
    """A gull from a little below: wings bent at the wrist, which beat and then glide."""
    pen = Pen((gull.span * 2, gull.span * 2), centre, FINE)
    beating = max(0.0, math.sin(0.9 * seconds + gull.phase * 2.1)) ** 0.5
    beat = 0.2 + 0.75 * beating * math.sin(8.6 * seconds + gull.phase)
    unit, head = gull.span / 2, math.copysign(1, gull.across)
    lift = (0.1 + 0.5 * beat) * unit
    for side, colour in ((-head, FAR_WING), (head, NEAR_WING)):
        reach = side * unit
        tip = (1 - 0.2 * abs(beat)) * reach, 0.12 * unit - 0.5 * lift
        front = bezier(
            (0, -0.05 * unit), (0.3 * reach, -1.7 * lift), (0.55 * reach, -1.7 * lift), tip
        )
        back = bezier(
            tip,
            (0.6 * reach, 0.12 * unit - 1.4 * lift),
            (0.3 * reach, 0.24 * unit - lift),
            (0, 0.08 * unit),
        )
        pen.fill(colour, *front, *back)
        pen.fill(TIP, *front[13:], *back[:4])
    beak, tail = (0.36 * head * unit, 0.01 * unit), (-0.46 * head * unit, 0.02 * unit)
    upper = bezier(beak, (0.3 * head * unit, -0.13 * unit), (0.1 * head * unit, -0.06 * unit), tail)
    belly = bezier(tail, (-0.1 * head * unit, 0.16 * unit), (0.2 * head * unit, 0.14 * unit), beak)
    pen.fill(BREAST, *upper, *belly)
    return pen.image.reduce(FINE)
