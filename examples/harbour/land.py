"""The land around the harbour: hills in the haze, the houses on the quay, and its wall of stone."""

import math
from collections.abc import Sequence
from random import Random

from PIL import ImageFilter

from harbour.brushes import (
    Colour,
    Pen,
    Point,
    curve,
    dice,
    glow,
    gradient,
    lighten,
    mix,
    noise,
    rim_light,
)
from harbour.camera import FINE, HORIZON, MARGIN, WIDTH, Strip, strip_pen

EVENING = (255, 196, 140)  # The light on whatever faces the sun.
LAMPLIGHT = (255, 156, 66)
HAZE = (164, 112, 124)
IRON = (44, 37, 54)
EAST = WIDTH + MARGIN
QUAY, QUAY_FOOT = 433, 449

WALLS = ((92, 72, 88), (112, 85, 88), (78, 68, 94), (104, 77, 78), (126, 98, 98), (88, 80, 92))
ROOFS = ((56, 45, 64), (70, 47, 56), (62, 52, 60))
GLASS = ((255, 206, 120), (255, 184, 96), (255, 222, 158))


def hills(seed: str, heights: Sequence[float], rough: float, top: Colour, foot: Colour) -> Strip:
    """A range of hills whose ``heights`` are spread over the width; haze lies at its foot."""
    upper = HORIZON - max(heights) - 6 * rough
    pen = strip_pen(upper, HORIZON + 4)
    line = skyline(dice(seed), heights, rough)
    pen.fill((0, 0, 0), *line, (EAST, HORIZON + 4), (-MARGIN, HORIZON + 4))
    size = pen.image.size
    ground = gradient(((0, top), (1, foot)), size)
    woods = curve(noise(seed, size, (120, 30), 6), 90, 170, 0.9)
    ground.paste(gradient(((0, mix(top, (30, 24, 50), 0.5)), (1, foot)), size), (0, 0), woods)
    ground.putalpha(pen.image.getchannel("A").filter(ImageFilter.GaussianBlur(0.8)))
    rim_light(ground, (2, 3), EVENING, 0.45)
    return Strip(ground, upper, HORIZON + 1)


def skyline(rng: Random, heights: Sequence[float], rough: float) -> list[Point]:
    phases = [(rng.uniform(0, 6.3), rng.uniform(0.7, 1.4) * 2**n / 90) for n in range(7)]
    line: list[Point] = []
    for x in range(-MARGIN, EAST + 2, 2):
        place = (x + MARGIN) / (EAST + MARGIN + 2) * (len(heights) - 1)
        i, share = int(place), (1 - math.cos(place % 1 * math.pi)) / 2
        height = heights[i] + (heights[i + 1] - heights[i]) * share
        bumps = sum(math.sin(phase + x * pace) / 1.7**n for n, (phase, pace) in enumerate(phases))
        line.append((x, HORIZON + 3 - max(0.0, height + bumps * rough * min(1, height / 12))))
    return line


def village() -> Strip:
    """The quay on the right: houses in two rows, a church among trees, and street lamps."""
    top = 262.0
    pen, rng = strip_pen(top, QUAY_FOOT + 2), dice("village")
    lights = houses(pen, rng) + street(pen, rng)
    rim_light(pen.image, (2, 3), EVENING, 0.6)
    halo = glow(10 * FINE, 10 * FINE, 1.7, 0.5)
    for x, y in lights:
        lighten(pen.image, LAMPLIGHT, halo, pen.on((x - 10, y - 10))[0])
    return Strip(pen.image, top, QUAY_FOOT)


def houses(pen: Pen, rng: Random) -> list[Point]:
    """All the houses, the farthest first; returns where their lit windows are."""
    lights: list[Point] = []
    trees(pen, rng, 420, 1.0)
    for left, foot in (
        (1016, 404),
        (1068, 392),
        (1122, 398),
        (1166, 376),
        (1222, 384),
        (1290, 366),
    ):
        size = rng.uniform(32, 42), rng.uniform(26, 34)
        lights += house(pen, rng, (left, foot), size, haze=0.5)
    church(pen)
    trees(pen, rng, 150, 0.35)
    x = 806.0
    while x < EAST:
        size = rng.uniform(34, 54), rng.uniform(34, 60) * min(1, 0.62 + (x - 806) / 300)
        lights += house(pen, rng, (x, QUAY + 1), size, haze=0.12)
        x += size[0] + rng.choice((0, 0, 0, 7))
    return lights


def street(pen: Pen, rng: Random) -> list[Point]:
    """The quay with its lamps; returns where they are."""
    stones(pen, rng, (740, QUAY, EAST, QUAY_FOOT))
    posts = range(770, EAST, 92)
    for x in posts:
        pen.line(IRON, 1.2, (x, QUAY + 1), (x, 409), (x + 4, 407))
        pen.box((255, 236, 190), x + 3, 407.5, x + 7, 410.5)
    pen.line(IRON, 1.6, (748, QUAY), (748, 405))
    pen.box((150, 255, 206), 746, 402, 750, 406)  # The green light of the entrance.
    return [(x + 5, 409) for x in posts]


def trees(pen: Pen, rng: Random, count: int, reach: float) -> None:
    """Round crowns up the slope behind the houses, paler the higher they stand."""
    crowns = []
    for _ in range(count):
        x = rng.uniform(835, EAST)
        crowns.append((432 - (x - 800) * 0.17 * reach * rng.random() - 8, x))
    for y, x in sorted(crowns):
        size, shade = rng.uniform(4, 9), rng.randrange(-8, 10)
        colour = mix((58 + shade, 50 + shade, 70 + shade), HAZE, min(0.6, (440 - y) / 170))
        for _ in range(4):
            where = x + rng.uniform(-size, size), y + rng.uniform(-size, size) * 0.6
            pen.oval(mix(colour, EVENING, rng.uniform(0, 0.08)), *where, size * 0.7, size * 0.6)


def church(pen: Pen) -> None:
    pen.fill((104, 78, 96), (961, 344), (973, 282), (985, 344))
    pen.box((112, 84, 98), 963, 342, 983, 430)
    pen.fill((120, 90, 100), (973, 344), (973, 282), (985, 344))
    pen.box((255, 200, 120), 971.5, 352, 974.5, 359)
    pen.line((70, 52, 70), 0.6, (973, 283), (973, 275))


def house(pen: Pen, rng: Random, at: Point, size: Point, haze: float) -> list[Point]:
    """One house with its roof and chimney; returns where its lit windows are."""
    (left, foot), (width, height) = at, size
    wall, roof = (mix(rng.choice(paints), HAZE, haze) for paints in (WALLS, ROOFS))
    dark = mix(wall, (36, 30, 52), 0.4)
    eaves, peak = foot - height, width * rng.uniform(0.3, 0.42)
    pen.box(wall, left, eaves, left + width, foot)
    pen.box(dark, left, foot - 3, left + width, foot)
    chimney = left + width * rng.choice((0.14, 0.76))
    pen.box(mix(wall, roof, 0.5), chimney, eaves - peak - 4, chimney + 5, eaves)
    if rng.random() < 0.45:
        gable = (
            (left - 1, eaves),
            (left + width / 2, eaves - peak * 1.25),
            (left + width + 1, eaves),
        )
        pen.fill(wall, *gable)
        pen.line(roof, 2, *gable)
    else:
        slope = (left + width - 4, eaves - peak), (left + 4, eaves - peak)
        pen.fill(roof, (left - 2, eaves), (left + width + 2, eaves), *slope)
    return windows(pen, rng, (left, eaves), size, (dark, mix((58, 58, 88), HAZE, haze)))


def windows(
    pen: Pen, rng: Random, at: Point, size: Point, paint: tuple[Colour, Colour]
) -> list[Point]:
    """The windows of a wall, in a frame and a glass of these colours; returns the lit ones."""
    (left, top), (width, height), (frame, unlit) = at, size, paint
    floors, columns = max(1, int((height - 2) / 16)), max(2, round(width / 13))
    lit = []
    for place in range(floors * columns):
        x = left + width * (place % columns + 0.5) / columns
        y = top + height * (place // columns + 0.5) / floors
        bright = rng.random() < 0.45
        glass = rng.choice(GLASS) if bright else unlit
        pen.box(frame, x - 3.4, y - 4.6, x + 3.4, y + 5)
        pen.box(glass, x - 2.5, y - 3.8, x + 2.5, y + 4)
        pen.line(frame, 0.6, (x, y - 4), (x, y + 4))
        lit += [(x, y)] if bright else []
    return lit


def stones(pen: Pen, rng: Random, wall: tuple[float, float, float, float]) -> None:
    """A wall of cut stones, darker towards the water and wet where the tide has been."""
    left, top, right, foot = wall
    pen.box((60, 50, 66), left, top, right, foot)
    y, course = top + 2.0, 3.6
    while y < foot:
        x = left - rng.uniform(0, 10)
        while x < right:
            length, tone = rng.uniform(6, 14), rng.randrange(-10, 11)
            grey = mix((92, 75, 84), (44, 38, 52), (y - top) / (foot - top))
            colour = tuple(c + tone for c in grey)
            pen.box(
                colour, max(left, x), y, min(right, x + length - 0.5), min(foot, y + course - 0.4)
            )
            x += length
        y += course
    pen.box((112, 90, 94), left - 2, top - 1.5, right + 1, top + 1.5)
