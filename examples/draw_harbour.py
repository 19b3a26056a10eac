"""Draw the opening shot of the examples: a harbour at dusk, five seconds, with its sound.

    python examples/draw_harbour.py [TARGET]        (default: examples/clips/harbour.mp4)

Everything is painted with Pillow, part by part in the folder ``harbour``, and encoded with PyAV;
nothing is downloaded. Chance is seeded: the same run draws the same pictures.
"""

import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.video.reformatter import ColorRange, Colorspace
from harbour.boats import FLEET, Moored
from harbour.brushes import lay
from harbour.camera import HEIGHT, HORIZON, WIDTH, Camera, Seen, nearness
from harbour.film import Film
from harbour.gulls import fly
from harbour.land import hills, village
from harbour.lighthouse import WATERLINE, beams, flash, lamp, mole
from harbour.pier import NEAR, jetty, mooring_line
from harbour.sea import STILL, Sea, mirrored, touching
from harbour.sky import Sky
from harbour.sound import RATE, harbour_sound
from PIL import Image

SECONDS, FPS = 5, 24
# The count of threads shapes the bits: one thread, and every machine writes the same ones.
X264 = {"preset": "slow", "crf": "24.5", "x264-params": "aq-mode=3", "threads": "1"}
BT709 = 1  # In the tables of ITU-T H.273, for primaries, transfer and matrix alike.
FAR_HILLS = 14, 24, 32, 18, 8, 5, 10, 24, 30, 22
NEAR_HILLS = 44, 30, 14, 0, 0, 0, 14, 60, 108, 138


class Harbour:
    """The scene, painted once, and shown frame by frame."""

    def __init__(self) -> None:
        self.sky, self.sea, self.film = Sky(), Sea(), Film()
        self.land = [
            hills("far", FAR_HILLS, 3, (198, 138, 136), (244, 180, 136)),
            hills("near", NEAR_HILLS, 5, (116, 86, 112), (190, 128, 124)),
            village(),
            mole(),
        ]
        self.boats = [Moored(boat) for boat in FLEET]
        self.jetty = jetty()

    def frame(self, number: int) -> Image.Image:
        seconds = number / FPS
        camera = Camera(seconds / SECONDS)
        sky = self.sky.draw(camera).convert("RGBA")
        land = [camera.view(strip, nearness(strip.foot)) for strip in self.land]
        boats = [boat.at(camera, seconds) for boat in self.boats]

        picture = Image.new("RGBA", (WIDTH, HEIGHT))
        picture.paste(sky, (0, 0))
        picture.paste(self.water(sky, land, boats, camera, seconds), (0, HORIZON))
        for seen in land + boats:
            lay(picture, seen.image, seen.left, seen.top)
        fly(picture, seconds)
        jetty = camera.view(self.jetty, NEAR)
        lay(picture, jetty.image, jetty.left, jetty.top)
        exposed = picture.convert("RGB")
        beams(exposed, camera, seconds)
        flash(exposed, lamp(camera), seconds)
        mooring_line(exposed, camera, seconds)
        return self.film.expose(exposed)

    def water(
        self, sky: Image.Image, land: list[Seen], boats: list[Seen], camera: Camera, seconds: float
    ) -> Image.Image:
        """The sea with the mirror images of everything that stands in it."""
        mirrors = [mirrored(seen) for seen in land + boats]
        still = mirrored(Seen(sky, 0, 0, HORIZON)).image.crop((0, 0, *STILL))
        for mirror in mirrors:
            lay(still, mirror.image, mirror.left, mirror.top)
        bright = still.convert("RGB")
        x, y = lamp(camera)
        flash(bright, (x, 2 * WATERLINE - y - HORIZON), seconds)
        sea = self.sea.draw(bright, camera, seconds).convert("RGBA")
        for mirror in mirrors[2:]:  # All but the hills.
            lay(sea, touching(mirror, 9 + mirror.image.height // 16), mirror.left, mirror.top)
        return sea

    def frames(self) -> Iterator[Image.Image]:
        return (self.frame(number) for number in range(SECONDS * FPS))


def encode(target: Path) -> None:
    """Write the shot: H.264 in the colours of HD television, AAC, and the index at the front."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(target), "w", options={"movflags": "+faststart"}) as film:
        video = film.add_stream("libx264", FPS, options=X264)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.time_base = video.codec_context.time_base = Fraction(1, FPS)
        context = video.codec_context
        context.color_primaries = context.color_trc = context.colorspace = BT709
        context.color_range = ColorRange.MPEG
        sound = film.add_stream("aac", RATE, layout="stereo", bit_rate=96_000)
        film.mux(sound.encode(sound_frame()))
        film.mux(sound.encode(None))
        for number, image in enumerate(Harbour().frames()):
            frame = av.VideoFrame.from_image(image).reformat(  # type: ignore[no-untyped-call]
                format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
            )
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            film.mux(video.encode(frame))
            show_progress(number + 1)
        film.mux(video.encode(None))


def sound_frame() -> av.AudioFrame:
    samples = harbour_sound(SECONDS)
    frame = av.AudioFrame(format="s16", layout="stereo", samples=len(samples) // 2)
    frame.planes[0].update(samples.tobytes())
    frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
    return frame


def show_progress(done: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done} of {SECONDS * FPS} frames", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    clip = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "clips/harbour.mp4"
    encode(clip)
    print(clip)
