"""The sea: what still water would mirror, broken by ripples, and the path of the sun on it."""

import math
from collections.abc import Iterator
from itertools import pairwise

from PIL import Image, ImageChops, ImageOps

from harbour.brushes import curve, fade, glow, gradient, lighten, noise
from harbour.camera import HORIZON, SEA, WIDTH, Camera, Seen
from harbour.sky import SUN

SIZE = (WIDTH, SEA)
STILL = (WIDTH, round(SEA * 1.25))  # Ripples also show what still water would mirror farther down.
DEEP = ((0, (130, 96, 112)), (0.3, (50, 60, 92)), (1, (14, 26, 50)))
BILINEAR = Image.Resampling.BILINEAR


def mirrored(seen: Seen) -> Seen:
    """What still water shows of a thing; measured from the upper edge of the sea."""
    flipped = seen.image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    top = round(2 * seen.waterline) - seen.top - flipped.height - HORIZON
    return Seen(flipped, seen.left, top, seen.waterline - HORIZON)


class Waves:
    """Two sheets of noise, laid on the sea in perspective, that drift across each other."""

    def __init__(self) -> None:
        self.sheets = (
            noise("swell", (4700, 1700), (130, 15), 4),
            noise("ripple", (4700, 1700), (46, 6), 4),
        )

    def at(self, camera: Camera, seconds: float) -> tuple[Image.Image, Image.Image]:
        """Swell and ripples: their heights as greys."""
        swell = self.laid(self.sheets[0], camera, 60 + 12 * seconds, -24 * seconds)
        ripple = self.laid(self.sheets[1], camera, -40 - 16 * seconds, 210 - 17 * seconds)
        return swell, ripple

    def laid(self, sheet: Image.Image, camera: Camera, along: float, towards: float) -> Image.Image:
        rows = list(self.rows(sheet.width / 2 + along, 1400 + towards, camera))
        mesh = [
            (
                (0, y, WIDTH, low),
                (left, depth, left_low, depth_low, right_low, depth_low, right, depth),
            )
            for (y, left, right, depth), (low, left_low, right_low, depth_low) in pairwise(rows)
        ]
        return sheet.transform(SIZE, Image.Transform.MESH, mesh, BILINEAR)

    def rows(
        self, middle: float, depth: float, camera: Camera
    ) -> Iterator[tuple[int, float, float, float]]:
        """Rows of the sea, denser towards the horizon, and the part of a sheet that each shows."""
        for y in sorted({round(SEA * (i / 40) ** 1.6) for i in range(41)}):
            near = (y + 10) / (SEA + 10)
            scale = near**-0.35
            centre = middle - camera.drift(near) * scale
            yield (
                y,
                centre - WIDTH / 2 * scale,
                centre + WIDTH / 2 * scale,
                depth + 320 * math.log(near),
            )


class Sea:
    def __init__(self) -> None:
        self.waves = Waves()
        self.deep = gradient(DEEP, SIZE)
        self.depth = fade(((0, 0), (0.25, 0.3), (1, 0.78)), SIZE)
        self.fading = fade(((0, 1), (0.35, 0.92), (1, 0.5)), SIZE)

    def draw(self, still: Image.Image, camera: Camera, seconds: float) -> Image.Image:
        """The sea's part of the picture, made from what still water would show."""
        swell, ripple = self.waves.at(camera, seconds)
        waves = curve(Image.blend(swell, ripple, 0.5), 55, 200)
        water = broken(still, swell, ripple)
        trough = ImageChops.multiply(curve(waves, 178, 66), self.depth)
        water.paste(self.deep, (0, 0), trough)
        crest = ImageChops.subtract(waves, ImageChops.offset(waves, 0, -2), 1, 128)
        lighten(
            water, (255, 184, 160), ImageChops.multiply(curve(crest, 134, 196, 0.5), self.depth)
        )
        path = sun_path(camera.place(*SUN, 0)[0])
        glints = curve(ImageChops.add(waves, path, 1, -128), 125, 215)
        glints = ImageChops.multiply(glints, curve(path, 0, 110))
        lighten(water, (255, 176, 84), ImageChops.multiply(glints, self.fading))
        return water


def broken(still: Image.Image, swell: Image.Image, ripple: Image.Image) -> Image.Image:
    """Smear what still water shows, and let waves pull parts of it nearer, farther and aside."""
    small = still.resize((WIDTH, STILL[1] // 5), Image.Resampling.BOX)
    water = Image.blend(still, small.resize(STILL, Image.Resampling.BICUBIC), 0.55)
    aside = 9 / WIDTH
    for mask, stretch, form in (
        (ImageOps.mirror(ripple), 1.13, (1 - aside, 0, 0)),
        (ImageOps.flip(swell), 0.9, (1 - aside, 0, aside * WIDTH)),
        (ImageOps.mirror(swell), 1.07, (1 - aside, 0, aside * WIDTH)),
        (ripple, 0.96, (1 - aside, 0, 0)),
    ):
        pulled = water.transform(
            STILL, Image.Transform.AFFINE, (*form, 0, 1 / stretch, 0), BILINEAR
        )
        water.paste(pulled, (0, 0), curve(mask, 95, 160).resize(STILL))
    return water.crop((0, 0, *SIZE))


def touching(mirror: Seen, rows: int) -> Image.Image:
    """The part of a mirror image next to the thing: no ripple can move it away from there."""
    image = mirror.image
    solid = Image.new("L", image.size)
    solid.paste(
        fade(((0, 0.9), (1, 0)), (image.width, rows)), (0, round(mirror.waterline) - mirror.top)
    )
    kept = image.copy()
    kept.putalpha(ImageChops.multiply(image.getchannel("A"), solid))
    return kept


def sun_path(middle: float) -> Image.Image:
    """Where waves can send the sun to us: a way that widens as it nears."""
    path = Image.new("L", SIZE)
    beam = glow(64, 64, 1).crop((0, 64, 128, 65))
    for y in range(0, SEA, 2):
        reach = 22 + 0.3 * y
        path.paste(beam.resize((round(reach * 2), 2), BILINEAR), (round(middle - reach), y))
    return path
