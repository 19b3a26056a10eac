"""reference_to_video: a shot out of pictures alone. Each has its time, one after the other."""

from math import ceil
from pathlib import Path

from shotgraph.media.source import Stream
from shotgraph.rehearsal.draw.camera import move_of
from shotgraph.rehearsal.draw.film import Shot
from shotgraph.rehearsal.draw.image_to_video import RATE, SHORT_SIDE_PX, dissolve, over_still
from shotgraph.rehearsal.draw.look import look_of
from shotgraph.rehearsal.draw.scene import Frame, Scene, frame_of
from shotgraph.rehearsal.draw.still import write_backdrop

_DISSOLVE_S = 0.25


def draw_reference_to_video(scene: Scene, work: Path) -> Shot:
    """Move over every picture in turn; without any, over a backdrop."""
    frame = frame_of(scene.aspect_ratio, SHORT_SIDE_PX)
    stills = scene.pictures or (_backdrop(scene, frame, work),)
    frames = int(scene.duration_s * RATE)
    each_s = scene.duration_s / len(stills)
    picture: Stream | None = None
    for number, path in enumerate(stills):
        length = ceil((each_s + _DISSOLVE_S) * RATE) + 1
        outward = bool(number % 2)
        move = move_of(scene.take, number, depth=0.16, outward=outward)
        filmed = over_still(path, frame, length, work / f"still-{number}.png", move)
        if picture is None:
            picture = filmed
        else:
            picture = dissolve(picture, filmed, seconds=_DISSOLVE_S, at=number * each_s)
    return Shot(picture=look_of(scene).paint(picture, frame), frame=frame, rate=RATE, frames=frames)


def _backdrop(scene: Scene, frame: Frame, work: Path) -> Path:
    path = work / "backdrop.png"
    write_backdrop(scene.prompt, frame, path)
    return path
