"""Any other endpoint: one still that says what was asked for, as a film and as a picture, and a
tone. A rehearsal does not know what such an endpoint makes, so it makes one of each."""

import math
import wave
from array import array
from hashlib import sha256
from pathlib import Path

from PIL import Image

from shotgraph.media.source import source
from shotgraph.rehearsal.draw.film import Shot, timed
from shotgraph.rehearsal.draw.image_to_video import RATE
from shotgraph.rehearsal.draw.label import write_label
from shotgraph.rehearsal.draw.scene import Frame, Scene
from shotgraph.rehearsal.draw.still import write_backdrop

FRAME = Frame(1280, 720)
PICTURE = Frame(640, 360)
TONE_S = 2
_TONE_HZ = 24_000
_MARGIN_PX = 16


def draw_any(scene: Scene, work: Path) -> Shot:
    """Hold a backdrop for as long as is asked for."""
    frames = int(scene.duration_s * RATE)
    write_backdrop(scene.prompt, FRAME, work / "backdrop.png")
    picture = source(work / "backdrop.png").filter("format", "yuv420p")
    held = picture.filter("loop", loop=frames - 1, size=1)
    return Shot(picture=timed(held, RATE), frame=FRAME, rate=RATE, frames=frames)


def write_picture(scene: Scene, work: Path, path: Path) -> None:
    """Write the backdrop as a PNG, with the mark on it."""
    write_backdrop(scene.prompt, PICTURE, work / "picture.png")
    write_label(scene, PICTURE, work / "mark.png")
    with Image.open(work / "picture.png") as picture, Image.open(work / "mark.png") as mark:
        marked = picture.convert("RGB")
        marked.paste(mark, (_MARGIN_PX, PICTURE.height - mark.height - _MARGIN_PX))
    marked.save(path, "PNG")


def write_tone(scene: Scene, path: Path) -> None:
    """Write a wav of one pitch, by the take."""
    pitch_hz = 220 + sha256(scene.take.encode()).digest()[0] * 2
    step = 2 * math.pi * pitch_hz / _TONE_HZ
    samples = array("h", (int(6000 * math.sin(n * step)) for n in range(TONE_S * _TONE_HZ)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_TONE_HZ)
        file.writeframes(samples.tobytes())
