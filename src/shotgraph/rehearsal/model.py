"""The model of a rehearsal: it checks its input, and draws a clip."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from shotgraph.endpoints import ENDPOINTS, Endpoint
from shotgraph.media.info import MediaInfo
from shotgraph.rehearsal.accepted_job import (
    AcceptedJob,
    Complaint,
    JobOutcome,
    ModelError,
    request_error,
)
from shotgraph.rehearsal.draw import SceneClip, draw
from shotgraph.rehearsal.draw.filming import DrawnOnce
from shotgraph.rehearsal.draw.kinds import write_picture, write_tone
from shotgraph.rehearsal.draw.scene import Scene
from shotgraph.rehearsal.fal_replies import KLING_APPS, app_of
from shotgraph.rehearsal.faults import Fault
from shotgraph.rehearsal.input_files import InputFiles, check_input
from shotgraph.rehearsal.shelf import Shelf, Shelved
from shotgraph.rehearsal.spoil import Spoilt, spoil
from shotgraph.rehearsal.wanted import Given, Wanted, read_wanted

ANY_JOB_USD: Final = Decimal("0.05")
"""The charge of such a job in a rehearsal, whatever its price at fal."""
_DURATION_S = 3


class AnyModel:
    """The model of every endpoint outside `shotgraph.endpoints`."""

    def __init__(self, shelf: Shelf, folder: Path, draw: Callable[..., Awaitable[None]]) -> None:
        self._shelf = shelf
        self._folder = folder
        self._draw = draw

    async def answer(self, job: AcceptedJob) -> JobOutcome:
        """Run a job; its reply has ``video``, ``image``, ``images[0]`` and ``audio``.

        Raises:
            MediaError: ffmpeg could not draw the clip.
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
        image = _file(self._shelf, picture)
        body = {
            "video": _file(self._shelf, video),
            "image": image,
            "images": [image],
            "audio": _file(self._shelf, tone),
            "seed": 1,
        }
        return JobOutcome(status_code=200, body=body, units=1, usd=ANY_JOB_USD)

    def _reserve(self, job: AcceptedJob, name: str, content_type: str) -> Shelved:
        return self._shelf.reserve(name, content_type, endpoint_id=job.endpoint_id)


def _file(shelf: Shelf, shelved: Shelved) -> dict[str, Any]:
    return {
        "url": shelf.url(shelved),
        "content_type": shelved.content_type,
        "file_name": shelved.file_name,
        "file_size": shelved.size_bytes,
    }


def _scene(job: AcceptedJob) -> Scene:
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


class Model:
    """The model of every endpoint; it draws with ffmpeg."""

    def __init__(self, shelf: Shelf, folder: Path, *, quick: bool = False) -> None:
        self._shelf = shelf
        self._folder = folder
        self._draw = DrawnOnce(draw, folder) if quick else draw
        self._any = AnyModel(shelf, folder, self._draw)

    async def answer(self, job: AcceptedJob, spoilt: Spoilt | None = None) -> JobOutcome:
        """Run a job.

        Args:
            job: The job.
            spoilt: The fault that the clip gets; None for a good clip.

        Raises:
            ModelError: The model refuses the input.
            MediaError: ffmpeg could not draw the clip.
        """
        endpoint = ENDPOINTS.get(job.endpoint_id)
        if endpoint is None and app_of(job.endpoint_id) not in KLING_APPS:
            return await self._any.answer(job)
        if endpoint is None:
            path = job.endpoint_id.removeprefix(app_of(job.endpoint_id))
            return request_error(404, "bad_request", f"Path {path or '/'} not found")
        wanted = read_wanted(endpoint, job.input)
        with TemporaryDirectory(dir=self._folder, prefix="job-") as work:
            scene = await self._scene(job, endpoint, wanted, Path(work))
            output = self._shelf.reserve("output.mp4", "video/mp4", endpoint_id=endpoint.id)
            job.log(f"Drawing {scene.kind}, {wanted.duration_s} s chosen")
            drawn = output.path if spoilt is None else Path(work) / "good.mp4"
            await self._draw(scene, Path(work), drawn, job.log)
            if spoilt is not None:
                await spoil(drawn, output.path, spoilt)
        job.log("Done")
        return self._delivered(endpoint, scene, output)

    async def failed(self, job: AcceptedJob, fault: Fault) -> JobOutcome:
        """Return the outcome of a job that fails because of a fault."""
        if fault.kind == "fail":
            complaint = Complaint(("body",), fault.error_type, fault.message, None, job.input)
            error = ModelError(complaint, status_code=fault.status, retryable=fault.retryable)
            outcome = error.outcome()
        else:
            outcome = request_error(fault.status, fault.error_type, fault.message)
        if not fault.charged:
            return outcome
        done = await self.answer(job)
        return replace(outcome, units=done.units, usd=done.usd)

    async def _scene(
        self, job: AcceptedJob, endpoint: Endpoint, wanted: Wanted, work: Path
    ) -> Scene:
        inputs = InputFiles(self._shelf, work)
        files: dict[Given, tuple[Path, MediaInfo]] = {}
        for given in wanted.media:
            job.log(f"Fetching {'.'.join(str(segment) for segment in given.loc[1:])}")
            path = await inputs.fetch(given)
            files[given] = path, await check_input(given, path, endpoint.limits)
        return Scene(
            kind=endpoint.kind,
            take=job.request_id,
            prompt=wanted.prompt,
            duration_s=wanted.duration_s,
            aspect_ratio=wanted.aspect_ratio,
            keep_audio=wanted.keep_audio,
            video=SceneClip(*files[wanted.video]) if wanted.video else None,
            start_image=_path(files, wanted.start_image),
            end_image=_path(files, wanted.end_image),
            pictures=tuple(files[given][0] for given in wanted.pictures),
        )

    def _delivered(self, endpoint: Endpoint, scene: Scene, output: Shelved) -> JobOutcome:
        seconds = scene.billed_seconds(endpoint.price)
        return JobOutcome(
            status_code=200,
            body={"video": _file(self._shelf, output)},
            units=ceil(seconds),
            usd=endpoint.price.cost_usd(seconds),
        )


def _path(files: Mapping[Given, tuple[Path, MediaInfo]], given: Given | None) -> Path | None:
    return files[given][0] if given is not None else None
