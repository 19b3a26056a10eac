"""The drawing: a rehearsal draws clips for free, in place of the model.

* scene: the parts of a job that the drawing needs
* kinds: the drawing of each kind of endpoint
* look: texture and palette, chosen by the words of the prompt
* filming: the clip, with the mark REHEARSAL
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from shotgraph.rehearsal.draw.filming import DrawnShot, film
from shotgraph.rehearsal.draw.kinds import (
    draw_any,
    draw_edit,
    draw_image_to_video,
    draw_reference,
    draw_reference_to_video,
)
from shotgraph.rehearsal.draw.scene import Scene, SceneClip

__all__ = ["Scene", "SceneClip", "draw"]


async def draw(scene: Scene, work: Path, path: Path, log: Callable[[str], None]) -> None:
    """Draw a scene to `path`, as an mp4.

    Args:
        scene: The scene to draw.
        work: A folder for temporary pictures.
        path: Path of the clip.
        log: Receives lines about the progress.

    Raises:
        MediaError: ffmpeg failed.
    """
    shot = await asyncio.to_thread(_shot, scene, work)
    await film(scene, shot, work, path, log)


def _shot(scene: Scene, work: Path) -> DrawnShot:
    match scene.kind:
        case "edit":
            return draw_edit(scene)
        case "reference":
            return draw_reference(scene)
        case "image_to_video":
            return draw_image_to_video(scene, work)
        case "reference_to_video":
            return draw_reference_to_video(scene, work)
        case _:
            return draw_any(scene, work)
