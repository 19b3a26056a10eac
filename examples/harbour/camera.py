"""The camera: what of the scene is in the picture at a moment of the shot.

The scene is measured in pixels of the picture at the middle of the shot. What stands on the
water at height y is as near as (y - HORIZON) says, so that its size, its parallax and its
reflection belong together.
"""

import math
from dataclasses import dataclass

from PIL import Image

from harbour.brushes import Pen, Point

WIDTH, HEIGHT = 1280, 720
HORIZON = 410
SEA = HEIGHT - HORIZON
FINE, MARGIN = 2, 72  # A strip is painted FINE times larger, and MARGIN wider on both sides.
PAN, PUSH = 104, 0.03  # How far the nearest things move, in pixels, and how much they grow.


def nearness(y: float) -> float:
    """0 at the horizon, 1 where the water meets the lower edge of the picture."""
    return (y - HORIZON) / SEA


@dataclass(frozen=True)
class Strip:
    """A part of the scene, painted once; it begins at ``top`` and meets the water at ``foot``."""

    image: Image.Image
    top: float
    foot: float


@dataclass(frozen=True)
class Seen:
    """What is seen of a thing: its picture, where that begins, and where it meets the water."""

    image: Image.Image
    left: int
    top: int
    waterline: float


def strip_pen(top: float, foot: float) -> Pen:
    return Pen((WIDTH + 2 * MARGIN, foot - top), (MARGIN, -top), FINE)


@dataclass(frozen=True)
class Camera:
    """A slow drift to the right and forward; ``time`` runs from 0 to 1 over the shot."""

    time: float

    def zoom(self, near: float) -> float:
        return 1 + PUSH * near * self.time

    def drift(self, near: float) -> float:
        return PAN * near * (0.5 - self.time)

    def place(self, x: float, y: float, near: float) -> Point:
        """Where a point of the scene is in the picture."""
        zoom = self.zoom(near)
        across = WIDTH / 2 + (x - WIDTH / 2) * zoom + self.drift(near)
        return across, HORIZON + (y - HORIZON) * zoom

    def view(self, strip: Strip, near: float) -> Seen:
        """The part of a strip that is in the picture, as wide as the picture."""
        fine, zoom = strip.image.width / (WIDTH + 2 * MARGIN), self.zoom(near)
        last = strip.top + strip.image.height / fine
        top, foot = (HORIZON + (y - HORIZON) * zoom for y in (strip.top, last))
        rows = math.ceil(top), math.floor(foot)
        left = MARGIN + WIDTH / 2 - (WIDTH / 2 + self.drift(near)) / zoom
        upper, lower = (HORIZON + (row - HORIZON) / zoom - strip.top for row in rows)
        box = (
            left * fine,
            upper * fine,
            (left + WIDTH / zoom) * fine,
            min(lower * fine, strip.image.height),
        )
        image = strip.image.resize((WIDTH, rows[1] - rows[0]), Image.Resampling.BILINEAR, box)
        return Seen(image, 0, rows[0], self.place(0, strip.foot, near)[1])
