"""The sky: dusk from blue to gold, a low sun, and clouds that it lights from below."""

from itertools import pairwise

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from harbour.brushes import Point, curve, fade, glow, gradient, lighten, noise
from harbour.camera import HORIZON, MARGIN, WIDTH, Camera, Strip

SUN = (498, 346)

AIR = (
    (0, (38, 48, 90)),
    (0.3, (86, 82, 130)),
    (0.52, (150, 106, 140)),
    (0.7, (212, 136, 128)),
    (0.85, (243, 168, 114)),
    (1, (253, 204, 138)),
)
SHADE = ((0, (50, 50, 88)), (0.55, (110, 80, 116)), (0.85, (196, 118, 110)), (1, (226, 150, 116)))
SHINE = ((0, (150, 118, 150)), (0.5, (248, 158, 130)), (0.8, (255, 206, 140)), (1, (255, 222, 160)))


class Sky:
    """The air, two sheets of cloud that drift past each other, and the sun that shines through."""

    def __init__(self) -> None:
        self.sun = [
            ((255, 150, 70), glow(230, 60, 1.6, 0.5)),
            ((255, 206, 130), glow(74, 74, 1.5, 0.75)),
            ((255, 236, 186), sun_disc()),
        ]
        self.air = Strip(paint_air(), 0, HORIZON)
        self.sheets = [
            (Strip(paint_clouds("cirrus", (620, 34), (146, 232), tilt=34), 0, HORIZON), 7),
            (Strip(paint_clouds("banks", (430, 100), (132, 196), tilt=-8), 0, HORIZON), 15),
        ]

    def draw(self, camera: Camera) -> Image.Image:
        picture = camera.view(self.air, 0).image
        for sheet, speed in self.sheets:
            clouds = camera.view(sheet, speed / 100).image
            picture.paste(clouds, (0, 0), clouds)
        x, y = camera.place(*SUN, 0)
        for colour, mask in self.sun:
            lighten(picture, colour, mask, (x - mask.width / 2, y - mask.height / 2))
        return picture


def paint_air() -> Image.Image:
    air = gradient(AIR, (WIDTH + 2 * MARGIN, HORIZON + 10))
    x, y = SUN[0] + MARGIN, SUN[1]
    for radius, colour, top in ((760, (255, 120, 60), 0.4), (340, (255, 176, 90), 0.6)):
        lighten(air, colour, glow(radius * 1.2, radius, 2, top), (x - radius * 1.2, y - radius))
    return air


def sun_disc() -> Image.Image:
    disc = Image.new("L", (240, 240))
    ImageDraw.Draw(disc).ellipse((40, 40, 200, 200), fill=215)
    return disc.resize((60, 60), Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(0.9))


def paint_clouds(seed: str, cell: Point, solid: Point, tilt: float) -> Image.Image:
    """One sheet of cloud, seen from below: it flattens towards the horizon.

    Where the noise is between the two greys ``solid``, cloud thickens from none to full. An edge
    that is thicker than what lies under it faces the sun, and shines.
    """
    size = width, height = WIDTH + 2 * MARGIN, HORIZON + 10
    sheet = noise(seed, (width, 1000), cell, 6)
    steps = [(y, 60 + 860 * (1 - (1 - y / height) ** 0.6)) for y in range(0, height + 1, 10)]
    mesh = [
        ((0, y, width, low), (0, a - tilt, 0, b - tilt, width, b + tilt, width, a + tilt))
        for (y, a), (low, b) in pairwise(steps)
    ]
    sheet = sheet.transform(size, Image.Transform.MESH, mesh, Image.Resampling.BICUBIC)
    body = ImageChops.multiply(
        curve(sheet, *solid, 0.9), fade(((0, 0.8), (0.8, 1), (1, 0.35)), size)
    )
    under = ImageChops.offset(sheet.filter(ImageFilter.GaussianBlur(2)), 0, -6)
    shine = ImageChops.multiply(curve(ImageChops.subtract(sheet, under, 1, 128), 128, 172), body)
    clouds = gradient(SHADE, size)
    clouds.paste(gradient(SHINE, size), (0, 0), shine)
    clouds.putalpha(body)
    return clouds
