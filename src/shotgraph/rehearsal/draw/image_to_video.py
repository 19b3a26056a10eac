"""image_to_video: from a first frame, to a last one if there is one."""

from fractions import Fraction
from pathlib import Path

import ffmpeg

from shotgraph.media.info import Colour
from shotgraph.media.source import Stream, source
from shotgraph.rehearsal.draw.camera import Move, move_of
from shotgraph.rehearsal.draw.film import Shot
from shotgraph.rehearsal.draw.look import look_of
from shotgraph.rehearsal.draw.scene import Frame, Scene, frame_of
from shotgraph.rehearsal.draw.still import size_of, write_filling

RATE = Fraction(24)
SHORT_SIDE_PX = 720
_BT709 = Colour(range="tv", space="bt709")


def draw_image_to_video(scene: Scene, work: Path) -> Shot:
    """Push into the start image; with an end image, dissolve to it and arrive on it."""
    if scene.start_image is None:
        raise ValueError("image_to_video was given no start image")
    frame = _nearest(size_of(scene.start_image))
    frames = int(scene.duration_s * RATE)
    first = over_still(scene.start_image, frame, frames, work / "start.png", move_of(scene.take))
    if scene.end_image is not None:
        arriving = move_of(scene.take, 1, outward=True)
        last = over_still(scene.end_image, frame, frames, work / "end.png", arriving)
        first = dissolve(first, last, seconds=scene.duration_s * 0.6, at=scene.duration_s * 0.2)
    else:
        first = look_of(scene).tint(first)
    return Shot(picture=first, frame=frame, rate=RATE, frames=frames)


def dissolve(before: Stream, after: Stream, *, seconds: float, at: float) -> Stream:
    """Let one stream become the other, `seconds` long, from the second `at` on."""
    return ffmpeg.filter(
        [before, after], "xfade", transition="fade", duration=f"{seconds:.4f}", offset=f"{at:.4f}"
    )


def over_still(image: Path, frame: Frame, frames: int, path: Path, move: Move) -> Stream:
    """A move over an image; it is kept at `path` as ffmpeg takes it."""
    write_filling(image, Frame(2 * frame.width, 2 * frame.height), path)
    # Left to itself, ffmpeg makes BT.601 out of RGB, whatever the size.
    picture = source(path).filter("scale", out_color_matrix=_BT709.space, out_range=_BT709.range)
    return move.over_still(picture, frame, RATE, frames, _BT709)


def _nearest(size: Frame) -> Frame:
    ratio = size.width / size.height
    known = {"16:9": 16 / 9, "9:16": 9 / 16, "1:1": 1.0}
    # Shapes are alike when the one is so many times the other, not so much more.
    name = min(known, key=lambda name: max(ratio / known[name], known[name] / ratio))
    return frame_of(name, SHORT_SIDE_PX)
