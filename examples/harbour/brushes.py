"""Brushes: what Pillow lacks for painting light, clouds and edges."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

Point = tuple[float, float]
Colour = tuple[int, ...]
Stops = Iterable[tuple[float, Colour]]

SMOOTH = Image.Resampling.BICUBIC


def dice(seed: str) -> Random:
    """Chance that falls the same way every time: the same run draws the same pictures."""
    return Random(seed)  # noqa: S311


def noise(seed: str, size: tuple[int, int], cell: Point, octaves: int = 5) -> Image.Image:
    """Cloudy greyscale noise whose largest blots are ``cell`` pixels wide and high."""
    rng, total, weight = dice(seed), Image.new("L", size, 128), 0.0
    for octave in range(octaves):
        across, down = (max(2, round(size[i] / cell[i] * 2**octave)) + 1 for i in (0, 1))
        grid = Image.frombytes("L", (across, down), rng.randbytes(across * down))
        weight += 0.55**octave
        total = Image.blend(total, grid.resize(size, SMOOTH), 0.55**octave / weight)
    return ImageOps.autocontrast(total, cutoff=1)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))


def gradient(stops: Stops, size: tuple[int, int]) -> Image.Image:
    """Colours from top to bottom; a stop is (where between 0 and 1, colour)."""
    (first, colour), *rest = stops
    column = Image.new("RGB", (1, 256))
    for place, following in rest:
        for y in range(round(first * 255), round(place * 255) + 1):
            column.putpixel((0, y), mix(colour, following, (y / 255 - first) / (place - first)))
        first, colour = place, following
    return column.resize(size, SMOOTH)


def fade(stops: Iterable[Point], size: tuple[int, int]) -> Image.Image:
    """The same as a mask: a stop is (where between 0 and 1, opacity between 0 and 1)."""
    greys = ((place, (round(255 * opacity),) * 3) for place, opacity in stops)
    return gradient(greys, size).getchannel("R")


def curve(
    image: Image.Image, low: float, high: float, top: float = 1, power: float = 1
) -> Image.Image:
    """Stretch the greys between ``low`` and ``high`` over 0 to ``top``; high below low inverts."""
    shares = (min(1.0, max(0.0, (grey - low) / (high - low))) for grey in range(256))
    return image.point([round(255 * top * share**power) for share in shares])


def glow(across: float, down: float, power: float, top: float = 1) -> Image.Image:
    """A soft oval light as a mask; ``across`` and ``down`` are its radii."""
    disc = curve(Image.radial_gradient("L"), 181, 0, top, power)
    return disc.resize((round(across * 2), round(down * 2)), SMOOTH)


def lighten(image: Image.Image, colour: Colour, mask: Image.Image, at: Point = (0, 0)) -> None:
    """Add light to an opaque picture or to what is painted on a layer; ``at`` is the upper left."""
    left, top = round(at[0]), round(at[1])
    under = image.crop((left, top, left + mask.width, top + mask.height))
    dark = Image.new("RGB", mask.size)
    light = Image.composite(Image.new("RGB", mask.size, colour), dark, mask)
    lit = ImageChops.screen(under.convert("RGB"), light)
    if image.mode == "RGBA":
        lit.putalpha(under.getchannel("A"))
    image.paste(lit, (left, top))


def rim_light(layer: Image.Image, shift: tuple[int, int], colour: Colour, top: float) -> None:
    """Let the edges of a layer catch light that comes from against ``shift``."""
    alpha = layer.getchannel("A")
    edge = ImageChops.subtract(alpha, ImageChops.offset(alpha, *shift))
    edge = curve(edge.filter(ImageFilter.GaussianBlur(0.8)), 0, 255, top)
    lit = Image.new("RGB", layer.size, colour)
    lit.putalpha(alpha)
    layer.paste(lit, (0, 0), edge)


def lay(under: Image.Image, picture: Image.Image, left: int, top: int) -> None:
    """Put a transparent picture on another, wherever it hangs over the edge."""
    skip = max(0, -left), max(0, -top)
    if skip[0] < picture.width and skip[1] < picture.height:
        under.alpha_composite(picture, (max(0, left), max(0, top)), skip)


def bezier(*points: Point) -> list[Point]:
    """A curve from the first point to the last, drawn towards those between them."""

    def at(share: float, line: Sequence[Point]) -> Point:
        if len(line) == 1:
            return line[0]
        pairs = pairwise(line)
        return at(share, [(a + (c - a) * share, b + (d - b) * share) for (a, b), (c, d) in pairs])

    return [at(step / 16, points) for step in range(17)]


class Pen:
    """Draws on a transparent canvas that is ``fine`` times larger than what it will be seen at."""

    def __init__(self, size: Point, origin: Point, fine: float) -> None:
        self.image = Image.new("RGBA", (round(size[0] * fine), round(size[1] * fine)))
        self.origin, self.fine, self.draw = origin, fine, ImageDraw.Draw(self.image)

    def on(self, *points: Point) -> list[Point]:
        """Where points of the drawing are on the canvas."""
        return [
            ((x + self.origin[0]) * self.fine, (y + self.origin[1]) * self.fine) for x, y in points
        ]

    def fill(self, colour: Colour, *points: Point) -> None:
        self.draw.polygon(self.on(*points), fill=colour)

    def box(self, colour: Colour, left: float, top: float, right: float, foot: float) -> None:
        self.fill(colour, (left, top), (right, top), (right, foot), (left, foot))

    def line(self, colour: Colour, width: float, *points: Point) -> None:
        thickness = max(1, round(width * self.fine))
        self.draw.line(self.on(*points), fill=colour, width=thickness, joint="curve")

    def oval(self, colour: Colour, x: float, y: float, across: float, down: float) -> None:
        corners = self.on((x - across, y - down), (x + across, y + down))
        self.draw.ellipse((*corners[0], *corners[1]), fill=colour)
