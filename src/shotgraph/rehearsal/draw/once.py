"""One drawing for all jobs of a shape, for tests that buy by the hundred.

Each job gets a copy that tells which request it is of: a box that players pass over, behind the
film, holds the request's id again and again, up to the weight of a short real clip.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shotgraph.rehearsal.draw.scene import Scene
from shotgraph.rehearsal.draw.still import size_of

LEAST_BYTES = 3 << 19


class DrawnOnce:
    """Draws the first job of each shape, and copies it for the others."""

    def __init__(self, draw: Callable[..., Any], folder: Path) -> None:
        self._draw = draw
        self._folder = folder
        self._drawn: dict[tuple[Any, ...], Path] = {}
        self._lock = asyncio.Lock()

    async def __call__(
        self, scene: Scene, work: Path, path: Path, log: Callable[[str], None]
    ) -> None:
        """Draw a scene to `path`, or copy the drawing of another."""
        shape = _shape(scene)
        async with self._lock:
            if shape not in self._drawn:
                drawn = self._folder / f"drawn-{len(self._drawn)}.mp4"
                await self._draw(scene, work, drawn, log)
                self._drawn[shape] = drawn
        await asyncio.to_thread(_copy, self._drawn[shape], path, work / "copy", scene.take)


def _shape(scene: Scene) -> tuple[Any, ...]:
    video = scene.video.info if scene.video else None
    start = size_of(scene.start_image) if scene.start_image else None
    chosen = (scene.duration_s, scene.aspect_ratio, scene.keep_audio)
    return scene.kind, chosen, video, start


def _copy(drawn: Path, path: Path, part: Path, take: str) -> None:
    film = drawn.read_bytes()
    mark = take.encode()
    marks = mark * max(1, (LEAST_BYTES - len(film)) // len(mark) + 1)
    box = (8 + len(marks)).to_bytes(4, "big") + b"free" + marks
    part.write_bytes(film + box)
    part.replace(path)
