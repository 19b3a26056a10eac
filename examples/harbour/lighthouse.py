"""The harbour wall on the left and the lighthouse at its end, whose lamp turns."""

import math

from PIL import Image, ImageDraw, ImageFilter

from harbour.brushes import Pen, Point, bezier, dice, fade, glow, lighten, rim_light
from harbour.camera import FINE, HEIGHT, MARGIN, WIDTH, Camera, Strip, nearness, strip_pen
from harbour.land import EVENING, stones

X, FOOT, TOP = 286, 426, 292
WATERLINE = 452
IRON = (52, 42, 58)
BEAM = (255, 226, 170)
TURN_S = 6.0  # The lamp throws two opposite beams, and turns once in this time.


def mole() -> Strip:
    top = 240.0
    pen, rng = strip_pen(top, WATERLINE + 2), dice("mole")
    stones(pen, rng, (-MARGIN, 424, 332, WATERLINE))
    stones(pen, rng, (-MARGIN, 411, 238, 426))
    for step in range(4):
        stones(pen, rng, (238, 413 + step * 3, 243 + step * 5, 427))
    tower(pen)
    lantern(pen)
    angler(pen, 196)
    rim_light(pen.image, (-3, 2), EVENING, 0.85)
    return Strip(pen.image, top, WATERLINE)


def angler(pen: Pen, x: float) -> None:
    """Somebody sits on the wall with a rod."""
    y = 411.0
    pen.fill(IRON, (x - 3, y), (x - 2.4, y - 7), (x + 1, y - 8), (x + 2.4, y - 2), (x + 3, y))
    pen.oval(IRON, x - 0.2, y - 9.6, 1.8, 2)
    pen.line(IRON, 1.6, (x + 1, y - 1), (x + 5, y - 1.6), (x + 5.6, y + 4))
    pen.line(IRON, 1.1, (x, y - 6), (x + 4.4, y - 5))
    pen.line(IRON, 0.5, (x + 3, y - 4.6), (x + 24, y - 14))
    pen.box((70, 52, 56), x - 11, y - 4, x - 6, y)


def tower(pen: Pen) -> None:
    """White with two red bands; the sun is behind it, so most of it is in the shade."""

    def half(y: float) -> float:
        return 17 - 7 * (FOOT - y) / (FOOT - TOP)

    body = strip_pen(240, WATERLINE + 2)
    for high, low, colour in (
        (TOP, FOOT, (206, 180, 176)),
        (FOOT - 46, FOOT - 22, (142, 62, 62)),
        (FOOT - 100, FOOT - 74, (142, 62, 62)),
    ):
        a, b = half(high), half(low)
        body.fill(colour, (X - a, high), (X + a, high), (X + b, low), (X - b, low))
    for y in (FOOT - 60, FOOT - 112):
        body.box(IRON, X - 2, y - 4, X + 2, y + 3)
    body.box(IRON, X - 4.5, FOOT - 15, X + 4.5, FOOT)
    across = fade(((0, 0.6), (0.3, 0.74), (0.7, 0.5), (1, 0.08)), (8, 36 * FINE))
    shade = Image.new("L", body.image.size)
    column = across.transpose(Image.Transpose.ROTATE_90).resize((36 * FINE, body.image.height))
    shade.paste(column, (round((X + MARGIN - 18) * FINE), 0))
    alpha = body.image.getchannel("A")
    body.image.paste((58, 44, 80), (0, 0), shade)
    body.image.putalpha(alpha)
    pen.image.alpha_composite(body.image)


def lantern(pen: Pen) -> None:
    pen.box(IRON, X - 15, TOP - 3, X + 15, TOP + 1)
    for rail in range(-14, 15, 4):
        pen.line(IRON, 0.6, (X + rail, TOP - 3), (X + rail, TOP - 10))
    pen.line(IRON, 0.8, (X - 14, TOP - 10), (X + 14, TOP - 10))
    pen.box((255, 220, 160), X - 7, TOP - 19, X + 7, TOP - 3)
    for bar in (-7, -2.5, 2.5, 7):
        pen.line(IRON, 1, (X + bar, TOP - 20), (X + bar, TOP - 3))
    pen.fill(
        (88, 44, 52),
        (X - 10, TOP - 19),
        *bezier((X - 9, TOP - 19), (X, TOP - 42), (X + 9, TOP - 19)),
    )
    pen.line(IRON, 1, (X, TOP - 30), (X, TOP - 38))


def beams(picture: Image.Image, camera: Camera, seconds: float) -> None:
    """The two beams that sweep through the haze."""
    angle = turn(seconds)
    for side in (1, -1):
        beam(picture, lamp(camera), math.sin(angle) * side, math.cos(angle) * side)


def flash(picture: Image.Image, at: Point, seconds: float) -> None:
    """The glow of the lamp, much brighter while a beam meets the eye."""
    strength = abs(math.cos(turn(seconds))) ** 14
    for radius, power, top in ((15, 1.2, 0.8), (34 + 60 * strength, 2, 0.4 + 0.55 * strength)):
        lighten(picture, BEAM, glow(radius, radius, power, top), (at[0] - radius, at[1] - radius))


def lamp(camera: Camera) -> Point:
    return camera.place(X, TOP - 11, nearness(WATERLINE))


def turn(seconds: float) -> float:
    return 2 * math.pi * (seconds / TURN_S - 1 / 6)


def beam(picture: Image.Image, at: Point, sideways: float, towards: float) -> None:
    """One beam; it fades along its way, and widens more the more it comes towards us."""
    x, y = at
    mask = Image.new("L", (WIDTH // 4, HEIGHT // 4))
    draw = ImageDraw.Draw(mask)
    for part in range(16, 0, -1):
        reach = 460 * sideways * part / 16
        spread = (4 + (18 + 16 * towards) * abs(sideways)) * part / 16 + 1.2
        dip = reach * 0.02
        points = [(x, y - 2), (x + reach, y + dip - spread)]
        points += [(x + reach, y + dip + spread), (x, y + 2)]
        draw.polygon([(a / 4, b / 4) for a, b in points], fill=round(170 * (1 - part / 16) ** 1.3))
    soft = mask.filter(ImageFilter.GaussianBlur(1)).resize(picture.size, Image.Resampling.BICUBIC)
    lighten(picture, BEAM, soft)
