"""Moored boats: their looks, and how the swell moves them."""

import math
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from harbour.brushes import Colour, Pen, Point, bezier, curve, gradient, mix, rim_light
from harbour.camera import FINE, Camera, Seen, nearness
from harbour.land import EVENING, LAMPLIGHT

RIGGING, SPAR, WOOD = (44, 36, 50), (104, 82, 84), (92, 62, 54)
CABIN, TRIM = (170, 152, 150), (116, 98, 104)
GLASS = (255, 204, 122)
NETS, BUOYS = (148, 70, 44), (168, 84, 44)
# A boat is drawn 100 units long, bow to the left, on a sheet of this size; its waterline is
# at ORIGIN on the sheet.
SHEET, ORIGIN = (124, 124), (62, 106)


@dataclass(frozen=True)
class Boat:
    """Where a boat lies, how long it is, what it looks like, and its place in the swell."""

    x: float
    y: float
    length: float
    hull: Colour
    sails: bool
    phase: float
    bow_right: bool = False

    def motion(self, seconds: float) -> tuple[float, float, float]:
        """Surge and heave in pixels, pitch in radians."""
        surge = 0.006 * self.length * math.sin(0.9 * seconds + self.phase)
        heave = 0.009 * self.length * math.sin(1.9 * seconds + 1.7 * self.phase)
        return surge, heave, 0.016 * math.sin(1.55 * seconds + 2.3 * self.phase)


FLEET = (
    Boat(612, 462, 92, (66, 84, 104), sails=True, phase=2.1),
    Boat(706, 456, 74, (120, 62, 58), sails=False, phase=0.6, bow_right=True),
    Boat(1082, 474, 112, (74, 96, 92), sails=False, phase=4.0),
    Boat(1212, 500, 132, (150, 134, 132), sails=True, phase=5.2, bow_right=True),
    Boat(858, 556, 296, (48, 74, 106), sails=False, phase=1.0),
)


class Moored:
    """A boat with its picture, ready to be shown at any moment of the shot."""

    def __init__(self, boat: Boat) -> None:
        self.boat, self.picture = boat, paint(boat)

    def at(self, camera: Camera, seconds: float) -> Seen:
        """What is seen of it above the water."""
        boat, near = self.boat, nearness(self.boat.y)
        zoom = camera.zoom(near)
        surge, heave, pitch = boat.motion(seconds)
        x, waterline = camera.place(boat.x + surge, boat.y, near)
        unit = boat.length / 100
        left, top = round(x - ORIGIN[0] * unit), round(waterline - ORIGIN[1] * unit)
        keel = (x - left) * FINE, (waterline + heave - top) * FINE
        cos, sin = math.cos(pitch) / zoom, math.sin(pitch) / zoom
        centre = ORIGIN[0] * unit * FINE, ORIGIN[1] * unit * FINE
        across = cos, sin, centre[0] - cos * keel[0] - sin * keel[1]
        down = -sin, cos, centre[1] + sin * keel[0] - cos * keel[1]
        seen = self.picture.transform(
            self.picture.size, Image.Transform.AFFINE, across + down, Image.Resampling.BICUBIC
        )
        sink(seen, (waterline - top) * FINE, seconds, unit)
        return Seen(seen.reduce(FINE), left, top, waterline)


def sink(picture: Image.Image, waterline: float, seconds: float, unit: float) -> None:
    """Cut off what is under water, along small waves."""
    width, height = picture.size
    line = []
    for x in range(0, width + 6, 6):
        lap = math.sin(x / (6 * unit) + 2.6 * seconds) + math.sin(x / (2.6 * unit) - 3.3 * seconds)
        line.append((x, waterline + 0.42 * unit * lap))
    above = Image.new("L", picture.size, 255)
    ImageDraw.Draw(above).polygon([*line, (width, height), (0, height)], fill=0)
    picture.putalpha(ImageChops.multiply(picture.getchannel("A"), above))


def bow(boat: Boat, camera: Camera, seconds: float) -> Point:
    """Where the mooring line of a boat with its bow to the left is made fast."""
    surge, heave, pitch = boat.motion(seconds)
    unit = boat.length / 100
    x, y = boat.x + surge - (48 + 14 * pitch) * unit, boat.y + heave - (14.5 - 48 * pitch) * unit
    return camera.place(x, y, nearness(boat.y))


def paint(boat: Boat) -> Image.Image:
    pen = Pen(SHEET, ORIGIN, FINE * boat.length / 100)
    dark = mix(boat.hull, (20, 18, 34), 0.4)
    sheer = bezier((-52, -17), (-30, -8), (10, -6.5), (49, -10.5))
    bottom = bezier((46, 6), (0, 8), (-42, 6))
    pen.fill(dark, *bezier((-50, -16.4), (-26, -11.5), (10, -10), (48.5, -11.5)), *reversed(sheer))
    rig_sloop(pen) if boat.sails else rig_trawler(pen)
    pen.fill(boat.hull, *sheer, *bottom)
    pen.fill(dark, *bezier((-45.5, -2.4), (-20, 0), (48, -4)), *bottom)
    pen.line((206, 188, 178), 0.7, *[(x, y + 0.8) for x, y in sheer])
    pen.line(mix(dark, (10, 8, 20), 0.5), 0.7, *[(x + 0.6, y + 3.4) for x, y in sheer])
    pen.fill((104, 46, 44), (-45.5, -0.4), (47.6, -1.2), *bottom)
    for x in (-24, -6, 12, 30):
        pen.line(RIGGING, 0.25, (x, -8), (x, -5))
        pen.oval((36, 30, 40), x, -3.4, 1.3, 2.2)
    pen.line(RIGGING, 0.4, (-43, -12.2), (-34, -9.8))  # The name on the bow, too far to read.
    picture = in_evening_light(pen.image, boat.length / 100)
    return ImageOps.mirror(picture) if boat.bow_right else picture


def rig_trawler(pen: Pen) -> None:
    pen.line(RIGGING, 1.2, (-20, -6), (-20, -62))
    pen.line(RIGGING, 0.9, (-20, -14), (8, -46))
    pen.line(RIGGING, 1.0, (40, -8), (40, -40))
    stays = [((-20, -60), (-51, -17)), ((-20, -60), (40, -39)), ((-20, -56), (8, -46))]
    stays += [((40, -39), (49, -11)), ((-20, -48), (-14, -8)), ((-20, -48), (-27, -9))]
    for start, end in stays:
        pen.line(RIGGING, 0.35, start, end)
    for i, colour in enumerate(((196, 92, 70), (206, 186, 160), (80, 98, 120), (196, 92, 70))):
        x, y = -6.0 + i * 11, -60 + (14 + i * 11) * 0.35  # Small flags on the long stay.
        pen.fill(colour, (x - 1.7, y - 0.6), (x + 1.7, y + 0.6), (x + 0.4, y + 4.6))
    wheelhouse(pen)
    for left, radius, colour in ((-12, 2.6, NETS), (-8, 3.0, BUOYS), (-3, 3.0, (66, 84, 76))):
        pen.oval(colour, left, -9.4, radius, radius)
    pen.box((82, 70, 74), -35, -14, -28, -8)
    pen.oval((255, 240, 204), -20, -63, 0.8, 0.8)


def wheelhouse(pen: Pen) -> None:
    """Three lit windows, and the skipper in the first."""
    pen.fill(CABIN, (4, -7), (6.5, -27), (31, -27), (31, -7))
    pen.fill(mix(CABIN, RIGGING, 0.35), (25, -7), (25, -27), (31, -27), (31, -7))
    pen.fill(TRIM, (31, -7), (31, -17), (36, -17), (36, -7))
    pen.fill(WOOD, (3.5, -27), (5, -29.5), (33, -29.5), (33, -27))
    pen.line(RIGGING, 0.6, (22, -29), (22, -38), (25, -38))
    pen.line(RIGGING, 0.4, (9, -29), (9, -36))
    pen.box(TRIM, 12, -33, 18, -29.5)
    for left in (8.2, 14.4, 20.6):
        pen.box((92, 74, 78), left - 0.6, -24.6, left + 5, -17)
        pen.box(GLASS, left, -24, left + 4.4, -17.6)
    pen.fill((86, 64, 60), (12, -24), (14, -21.4), (13.6, -17.6), (10.4, -17.6), (10, -21.4))
    pen.oval(BUOYS, 28, -12, 2.2, 2.2)
    pen.oval(TRIM, 28, -12, 1.1, 1.1)


def rig_sloop(pen: Pen) -> None:
    pen.line(SPAR, 1, (-6, -8), (-6, -98))
    pen.line(SPAR, 1, (-6, -19), (36, -18))
    pen.fill((150, 128, 128), (-5, -20), *bezier((-5, -24), (14, -22), (35, -20)), (35, -18.6))
    stays = [((-6, -97), (-50, -16)), ((-6, -97), (48, -11)), ((-6, -72), (-14, -70))]
    stays += [((-6, -72), (2, -70)), ((-14, -70), (-6, -96)), ((-14, -70), (-8, -9))]
    for start, end in stays:
        pen.line(RIGGING, 0.3, start, end)
    roof = bezier((-24, -9), (-16, -17), (14, -15), (18, -8))
    pen.fill((180, 162, 158), *roof, (18, -6), (-24, -6))
    for x in (-12, -4, 4):
        pen.oval(GLASS if x < 0 else WOOD, x, -11.5, 2, 1.1)


def in_evening_light(picture: Image.Image, unit: float) -> Image.Image:
    """Dusk from above, the glow of the water from below, lit windows, the sun on the edges."""
    plain, alpha = picture.convert("RGB"), picture.getchannel("A")
    deck = ORIGIN[1] / SHEET[1]
    air = (
        (0, (150, 120, 148)),
        (deck - 0.1, (146, 118, 146)),
        (deck, (208, 152, 134)),
        (1, (208, 152, 134)),
    )
    shaded = ImageChops.multiply(plain, gradient(air, plain.size))
    windows = curve(plain.getchannel("R"), 246, 255)
    shaded.paste(plain, (0, 0), windows)
    dark = Image.new("RGB", plain.size)
    halo = Image.composite(Image.new("RGB", plain.size, LAMPLIGHT), dark, windows)
    lit = ImageChops.screen(shaded, halo.filter(ImageFilter.GaussianBlur(2.4 * unit)))
    lit.putalpha(alpha)
    edge = max(1, round(unit * 0.8))
    rim_light(lit, (edge, edge), EVENING, 0.7)
    return lit
