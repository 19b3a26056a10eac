"""Draw the stills of the examples: a desk lamp from three sides.

    python examples/draw_lamp.py [FOLDER]        (default: examples/stills)

Flat colours on purpose: a few kilobytes each, and enough for a model to know the lamp again.
"""

import sys
from pathlib import Path

from PIL import Image, ImageDraw

SIDE, SCALE = 720, 2
WALL, DESK, EDGE = (226, 214, 196), (150, 104, 72), (118, 80, 54)
SHADE, INSIDE, BRASS, DARK = (36, 92, 88), (255, 226, 150), (196, 152, 72), (60, 50, 44)

Draw = ImageDraw.ImageDraw
Point = tuple[float, float]


def room() -> Image.Image:
    picture = Image.new("RGB", (SIDE * SCALE, SIDE * SCALE), WALL)
    draw = ImageDraw.Draw(picture)
    box(draw, (0, 520, SIDE, SIDE), DESK)
    box(draw, (0, 520, SIDE, 528), EDGE)
    return picture


def front(draw: Draw) -> None:
    oval(draw, (270, 560, 450, 610), BRASS)
    line(draw, (360, 580), (360, 300), 14, BRASS)
    shape(draw, [(290, 180), (430, 180), (500, 320), (220, 320)], SHADE)
    oval(draw, (220, 290, 500, 350), INSIDE)
    oval(draw, (335, 300, 385, 340), (255, 250, 226))


def side(draw: Draw) -> None:
    oval(draw, (330, 560, 510, 610), BRASS)
    line(draw, (420, 580), (470, 400), 14, BRASS)
    line(draw, (470, 400), (330, 240), 14, BRASS)
    oval(draw, (455, 385, 485, 415), DARK)
    shape(draw, [(330, 190), (370, 260), (260, 390), (150, 290)], SHADE)
    shape(draw, [(150, 290), (260, 390), (240, 400), (140, 306)], INSIDE)


def above(draw: Draw) -> None:
    box(draw, (0, 0, SIDE, SIDE), DESK)
    for y in range(60, SIDE, 120):
        box(draw, (0, y, SIDE, y + 4), EDGE)
    oval(draw, (400, 400, 600, 600), BRASS)
    line(draw, (500, 500), (300, 300), 16, BRASS)
    oval(draw, (140, 140, 420, 420), SHADE)
    oval(draw, (230, 230, 330, 330), BRASS)


def box(draw: Draw, corners: tuple[int, int, int, int], colour: tuple[int, int, int]) -> None:
    draw.rectangle([corner * SCALE for corner in corners], colour)


def oval(draw: Draw, corners: tuple[int, int, int, int], colour: tuple[int, int, int]) -> None:
    draw.ellipse([corner * SCALE for corner in corners], colour)


def line(draw: Draw, start: Point, end: Point, width: int, colour: tuple[int, int, int]) -> None:
    points = [coordinate * SCALE for point in (start, end) for coordinate in point]
    draw.line(points, colour, width * SCALE)


def shape(draw: Draw, points: list[Point], colour: tuple[int, int, int]) -> None:
    draw.polygon([(x * SCALE, y * SCALE) for x, y in points], colour)


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "stills"
    folder.mkdir(parents=True, exist_ok=True)
    for view in (front, side, above):
        picture = room()
        view(ImageDraw.Draw(picture))
        small = picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS).quantize(48)
        small.save(folder / f"lamp-{view.__name__}.png", optimize=True)
        print(folder / f"lamp-{view.__name__}.png")
