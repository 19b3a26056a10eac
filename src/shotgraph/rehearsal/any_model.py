"""The model behind any other endpoint: checks nothing, and makes a film, a picture and a tone."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from shotgraph.rehearsal.draw.any_endpoint import write_picture, write_tone
from shotgraph.rehearsal.draw.scene import Scene
from shotgraph.rehearsal.job import Job, Outcome
from shotgraph.rehearsal.shelf import Shelf, Shelved

ANY_JOB_USD: Final = Decimal("0.05")
"""What a rehearsal's book charges for such a job, whatever it would cost at fal."""
_DURATION_S = 3


class AnyModel:
    """Every endpoint that `shotgraph.endpoints` does not have."""

    def __init__(self, shelf: Shelf, folder: Path, draw: Callable[..., Awaitable[None]]) -> None:
        self._shelf = shelf
        self._folder = folder
        self._draw = draw

    async def answer(self, job: Job) -> Outcome:
        """Do a job: its reply has ``video``, ``image``, ``images[0]`` and ``audio``.

        Raises:
            MediaError: ffmpeg could not draw it.
        """
        scene = _scene(job)
        video = self._reserve(job, "output.mp4", "video/mp4")
        picture = self._reserve(job, "output.png", "image/png")
        tone = self._reserve(job, "output.wav", "audio/wav")
        with TemporaryDirectory(dir=self._folder, prefix="job-") as work:
            job.log(f"Drawing for {job.endpoint_id}")
            await self._draw(scene, Path(work), video.path, job.log)
            await asyncio.to_thread(write_picture, scene, Path(work), picture.path)
            await asyncio.to_thread(write_tone, scene, tone.path)
        job.log("Done")
        image = self._file(picture)
        body = {
            "video": self._file(video),
            "image": image,
            "images": [image],
            "audio": self._file(tone),
            "seed": 1,
        }
        return Outcome(status_code=200, body=body, units=1, usd=ANY_JOB_USD)

    def _reserve(self, job: Job, name: str, content_type: str) -> Shelved:
        return self._shelf.reserve(name, content_type, endpoint_id=job.endpoint_id)

    def _file(self, shelved: Shelved) -> dict[str, Any]:
        return {
            "url": self._shelf.url(shelved),
            "content_type": shelved.content_type,
            "file_name": shelved.file_name,
            "file_size": shelved.size_bytes,
        }


def _scene(job: Job) -> Scene:
    given = job.input if isinstance(job.input, dict) else {}
    words = next((given[name] for name in ("prompt", "text", "lyrics") if name in given), "")
    return Scene(
        kind="fal",
        take=job.request_id,
        prompt=f"{job.endpoint_id}: {words}",
        duration_s=_DURATION_S,
        aspect_ratio="16:9",
        keep_audio=False,
        video=None,
        start_image=None,
        end_image=None,
        pictures=(),
    )
