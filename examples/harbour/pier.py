"""The jetty that we stand on: planks, two bollards, a coil of rope; near, and a little soft."""

import math
from itertools import pairwise
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from harbour.boats import FLEET, bow
from harbour.brushes import Pen, Point, bezier, curve, dice, fade, mix, noise, rim_light
from harbour.camera import FINE, HEIGHT, MARGIN, Camera, Strip, strip_pen
from harbour.land import EVENING

TOP = 520.0
EDGE = (-MARGIN, 612), (590, 770)
ROPE, IRON, NIGHT = (128, 98, 84), (44, 37, 48), (30, 22, 36)
NEAR = 1.0


def jetty() -> Strip:
    pen, rng = strip_pen(TOP, HEIGHT), dice("jetty")
    planks(pen, rng)
    coil(pen, rng, (118, 706))
    bollard(pen, (20, 650), 80)
    bollard(pen, (300, 712), 104)
    rim_light(pen.image, (-4, 5), EVENING, 0.8)
    return Strip(pen.image.filter(ImageFilter.GaussianBlur(1.3)), TOP, HEIGHT)


def planks(pen: Pen, rng: Random) -> None:
    """Planks across the jetty, and the beam along its edge."""
    pen.fill((14, 11, 20), *EDGE, (-MARGIN, 770))
    slope = (EDGE[1][1] - EDGE[0][1]) / (EDGE[1][0] - EDGE[0][0])
    x, width = float(EDGE[0][0]), 17.0
    while x < EDGE[1][0]:
        y, tone = EDGE[0][1] + (x - EDGE[0][0]) * slope, rng.uniform(-0.12, 0.12)
        colour = mix((74, 56, 66), (120, 92, 90) if tone > 0 else (30, 24, 36), abs(tone) * 2)
        back = 0.9 * width, 0.55 * width  # How far a plank leads away for each step towards us.
        corners = (x, y), (x + width - 1.3, y + (width - 1.3) * slope)
        pen.fill(
            colour,
            *corners,
            *((cx - back[0] * 14, cy + back[1] * 14) for cx, cy in reversed(corners)),
        )
        pen.oval((30, 24, 34), x + width * 0.3, y + 13, 1.2, 0.8)
        x, width = x + width, width * 1.04
    grain = curve(noise("wood", pen.image.size, (30, 170), 5), 120, 60, 0.4)
    dark = Image.new("RGB", pen.image.size, (22, 17, 30))
    dark.putalpha(pen.image.getchannel("A"))
    pen.image.paste(dark, (0, 0), grain)
    pen.image.paste(dark, (0, 0), fade(((0, 0), (0.45, 0.05), (1, 0.6)), pen.image.size))
    beam = EDGE[0], EDGE[1], (EDGE[1][0], EDGE[1][1] + 16), (EDGE[0][0], EDGE[0][1] + 7)
    pen.fill((54, 42, 52), *beam)
    pen.line((22, 18, 28), 1.2, beam[3], beam[2])


def bollard(pen: Pen, at: Point, size: float) -> None:
    x, y = at
    pen.oval((20, 16, 26), x - 0.12 * size, y + 0.03 * size, 0.56 * size, 0.13 * size)
    pen.oval(mix(IRON, (0, 0, 0), 0.3), x, y, 0.4 * size, 0.12 * size)
    neck, waist = y - 0.66 * size, 0.2 * size
    pen.fill(IRON, (x - 0.27 * size, y), (x - waist, neck), (x + waist, neck), (x + 0.27 * size, y))
    for share in range(8):  # The side towards the sun is a little lighter.
        left = x + (0.06 + share * 0.02) * size
        pen.box(
            mix(IRON, (150, 104, 92), share / 14),
            left,
            y - 0.62 * size,
            left + 0.025 * size,
            y - 0.02 * size,
        )
    for turn in range(4):
        low = y - (0.12 + turn * 0.075) * size
        wide = (0.285 - turn * 0.01) * size
        tilt = 0.03 * size * (-1) ** turn
        loop = bezier(
            (x - wide, low - 0.06 * size - tilt),
            (x, low + 0.09 * size),
            (x + wide, low - 0.06 * size),
        )
        pen.line(mix(ROPE, NIGHT, 0.8), 0.085 * size, *loop)
        pen.line(mix(ROPE, NIGHT, 0.4), 0.045 * size, *loop)
        pen.line(mix(ROPE, NIGHT, 0.1), 0.03 * size, *loop[9:])
    pen.oval(IRON, x, y - 0.74 * size, 0.37 * size, 0.15 * size)
    pen.oval(
        mix(IRON, (150, 110, 104), 0.35), x + 0.02 * size, y - 0.79 * size, 0.31 * size, 0.09 * size
    )


def coil(pen: Pen, rng: Random, at: Point) -> None:
    """A rope laid down in turns by hand, so that no turn is quite like another."""
    pen.oval((16, 12, 22), at[0] - 6, at[1] + 4, 58, 20)
    for turn in range(6, 0, -1):
        x, y = at[0] + rng.uniform(-3, 3), at[1] - 7 + turn + rng.uniform(-1, 1)
        across, down, wobble = turn * 8.6, turn * 2.9, rng.uniform(0, 6)
        angles = [step / 40 * 2 * math.pi for step in range(41)]
        points = [
            (
                x + (across + math.sin(2 * angle + wobble)) * math.cos(angle),
                y + down * math.sin(angle),
            )
            for angle in angles
        ]
        pen.line(mix(ROPE, NIGHT, 0.75), 7.5, *points)
        pen.line(mix(ROPE, NIGHT, rng.uniform(0.3, 0.45)), 4, *points)


def mooring_line(picture: Image.Image, camera: Camera, seconds: float) -> None:
    """The rope from the nearer bollard to the bow of the nearest boat; it sags and sways."""
    end = bow(FLEET[-1], camera, seconds)
    start = camera.place(322, 676, NEAR)
    sag = 58 + 5 * math.sin(1.9 * seconds + 1)
    middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + sag
    left, top = round(min(start[0], end[0])) - 6, round(min(start[1], end[1])) - 6
    size = round(abs(start[0] - end[0])) + 12, round(abs(start[1] - end[1]) + sag) + 12
    mask = Image.new("L", (size[0] * FINE, size[1] * FINE))
    draw = ImageDraw.Draw(mask)
    line = [((x - left) * FINE, (y - top) * FINE) for x, y in bezier(start, middle, end)]
    for i, (a, b) in enumerate(pairwise(line)):
        draw.line((a, b), fill=235, width=max(2, round(7 - i * 0.3)))
    mask = mask.reduce(FINE)
    lit = Image.new("L", mask.size)
    lit.paste(mask, (1, -1))
    picture.paste(EVENING, (left, top), curve(lit, 0, 255, 0.55))
    picture.paste((58, 46, 56), (left, top), mask)
