"""What the lens and the film add: bloom, softer colours, darker corners, grain."""

from PIL import Image, ImageChops, ImageEnhance, ImageFilter

from harbour.brushes import SMOOTH, curve, dice
from harbour.camera import HEIGHT, WIDTH

SPARE = 96  # The grain is this much larger than the picture, and cut out elsewhere every time.
GRAIN = 1.5  # Its standard deviation, in steps of 255.


class Film:
    def __init__(self) -> None:
        size = WIDTH // 2, HEIGHT // 2
        corners = curve(Image.radial_gradient("L"), 300, 110, 0.34).resize(size, SMOOTH)
        light = corners.point([255 - round(255 * 0.34) + grey for grey in range(256)])
        self.vignette = light.resize((WIDTH, HEIGHT), SMOOTH).convert("RGB")
        self.rng = dice("film")
        self.grain = self.emulsion()

    def emulsion(self) -> Image.Image:
        """Grain around the middle grey: the mean of four even chances is nearly normal."""
        size = WIDTH + SPARE, HEIGHT + SPARE
        sheets = [
            Image.frombytes("L", size, self.rng.randbytes(size[0] * size[1])) for _ in range(4)
        ]
        pairs = Image.blend(sheets[0], sheets[1], 0.5), Image.blend(sheets[2], sheets[3], 0.5)
        even = Image.blend(*pairs, 0.5).filter(ImageFilter.GaussianBlur(0.7))
        deviation = 18.0  # Of this mean after the blur, as measured.
        return even.point([round(128 + (grey - 127.5) * GRAIN / deviation) for grey in range(256)])

    def expose(self, picture: Image.Image) -> Image.Image:
        bright = picture.reduce(4).point(
            [max(0, round((grey - 150) * 1.1)) for grey in range(256)] * 3
        )
        bloom = bright.filter(ImageFilter.GaussianBlur(7)).resize(picture.size, SMOOTH)
        picture = ImageChops.screen(
            picture, bloom.point([round(grey * 0.4) for grey in range(256)] * 3)
        )
        picture = ImageEnhance.Color(picture).enhance(0.9)
        picture = ImageChops.multiply(picture, self.vignette)
        left, top = self.rng.randrange(SPARE), self.rng.randrange(SPARE)
        grain = self.grain.crop((left, top, left + WIDTH, top + HEIGHT))
        return ImageChops.add(picture, Image.merge("RGB", (grain,) * 3), 1, -128)
