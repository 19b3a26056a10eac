"""A job with any media → jobs that fit the endpoint.

The cuts of a clip are found once, and kept in the store: another version of ffmpeg might find other
cuts, and then pieces would be bought again.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel

from shotgraph.endpoints.arguments import KLING_O1
from shotgraph.making.fit import (
    ImageFit,
    Piece,
    VideoFit,
    fit_image,
    fit_video,
    format_for,
    is_split,
)
from shotgraph.making.step_jobs import ConformClipArguments, ConformImageArguments, LocalJob
from shotgraph.media.concurrency import gather_all
from shotgraph.media.info import MediaInfo
from shotgraph.model.fields import media_in, with_media
from shotgraph.model.file_memory import MOST_FILES
from shotgraph.model.references import Asset, Sha256
from shotgraph.money.job import Job
from shotgraph.store import Store

if TYPE_CHECKING:
    from shotgraph.making.make import Maker


@dataclass(frozen=True)
class Fits:
    """How the media of one job are made to fit, by their hashes."""

    video: tuple[Asset, VideoFit] | None
    images: Mapping[Sha256, ImageFit]

    def changes(self) -> list[str]:
        """The changes, in words."""
        said = list(self.video[1].changes) if self.video is not None else []
        return said + [change for fit in self.images.values() for change in fit.changes]


async def find_fits(
    job: Job,
    infos: Mapping[Sha256, MediaInfo],
    cuts_in: Callable[[Asset, MediaInfo], Awaitable[list[int]]],
) -> Fits:
    """Find how a job's media are made to fit.

    Args:
        job: The job.
        infos: The properties of the media, by their hashes.
        cuts_in: Finds the cuts of a clip, as frame numbers at the rate that the model gets; called
            only for shots that are too long.

    Raises:
        MediaError: A medium can't be decoded.
    """
    limits, of_long = job.endpoint.limits, job.endpoint.long_video
    if limits is None:
        return Fits(None, {})
    video = None
    images: dict[Sha256, ImageFit] = {}
    for _, wanted, ref in media_in(job.arguments):
        assert isinstance(ref, Asset)  # noqa: S101  a job's media are assets
        info = infos[ref.sha256]
        if info.kind != wanted:
            continue  # the job's own check refuses the medium
        if wanted == "video":
            cuts = await cuts_in(ref, info) if is_split(info, of_long, limits.video) else []
            found = fit_video(info, of_long, cuts, limits.video)
            video = (ref, found) if found is not None else None
        elif wanted == "image" and (fit := fit_image(info, limits.image)) is not None:
            images[ref.sha256] = fit
    return Fits(video, images)


def clip_job(job: Job, video: Asset, fit: VideoFit, piece: Piece) -> LocalJob:
    """Make the local job that makes one piece of a video."""
    # An edit's sound is not sent: it is put back here, exactly. Other endpoints get the sound.
    keep_audio = bool(getattr(job.arguments, "keep_audio", False))
    keeps_sound = keep_audio and not job.endpoint.repaints
    return LocalJob(
        job.step,
        "conform_clip",
        ConformClipArguments(
            video=video,
            width=fit.target_format.width,
            height=fit.target_format.height,
            frame_rate=fit.target_format.frame_rate,
            first=piece.first,
            frames=piece.sent,
            retime=fit.retime,
            with_sound=True if keeps_sound else None,
        ),
    )


def image_job(job: Job, image: Asset, fit: ImageFit) -> LocalJob:
    """Make the local job that conforms an image to the limits."""
    canvas = fit.canvas
    return LocalJob(
        job.step,
        "conform_image",
        ConformImageArguments(
            image=image,
            width=canvas.width,
            height=canvas.height,
            inner_width=canvas.inner_width,
            inner_height=canvas.inner_height,
            most_bytes=(job.endpoint.limits or KLING_O1).image.max_bytes,
        ),
    )


def piece_jobs(job: Job, fits: Fits) -> list[Job]:
    """Make the jobs of the pieces, for their keys only.

    Their arguments still have the original media; no piece is made yet.
    """
    images = {
        asset.sha256: _named(asset, image_job(job, asset, fits.images[asset.sha256]))
        for asset in job.assets()
        if asset.sha256 in fits.images
    }
    if fits.video is None:
        return [replace(job, named=_with(job, images), part_of=job)]
    video, fit = fits.video
    silent = _without_sound(job)
    number = len(fit.pieces)
    return [
        replace(
            silent,
            step=job.step if number == 1 else f"{job.step} (piece {place} of {number})",
            named=_with(
                silent, {**images, video.sha256: _named(video, clip_job(job, video, fit, piece))}
            ),
            part_of=job,
        )
        for place, piece in enumerate(fit.pieces, start=1)
    ]


async def prepare(job: Job, fits: Fits, maker: "Maker") -> list[Job]:
    """Conform all media of a job, and make the jobs that use them: one for each piece.

    Raises:
        MediaError: A medium can't be conformed; nothing was sent.
    """
    images = {
        asset.sha256: (await maker.get(image_job(job, asset, fits.images[asset.sha256])))[0].asset
        for asset in job.assets()
        if asset.sha256 in fits.images
    }
    jobs = piece_jobs(job, fits)
    if fits.video is None:
        return [replace(one, arguments=_with(one, images)) for one in jobs]
    video, fit = fits.video
    made = await gather_all(*(maker.get(clip_job(job, video, fit, piece)) for piece in fit.pieces))
    return [
        replace(one, arguments=_with(one, {**images, video.sha256: result.asset}))
        for one, (result, _) in zip(jobs, made, strict=True)
    ]


def _with(job: Job, put: Mapping[Sha256, Asset]) -> BaseModel:
    return with_media(
        job.arguments, lambda ref: put.get(ref.sha256, ref) if isinstance(ref, Asset) else ref
    )


def _named(asset: Asset, made_by: LocalJob) -> Asset:
    return asset.model_copy(update={"sha256": Sha256(made_by.name)})


def _without_sound(job: Job) -> Job:
    """Remove the sound of an edit, so that `keep_audio` does not change the job's key."""
    if not job.endpoint.repaints:
        return job
    return replace(job, arguments=job.arguments.model_copy(update={"keep_audio": False}))


_RECIPE = 1


async def cuts_in(asset: Asset, info: MediaInfo, store: Store) -> list[int]:
    """Find the cuts of a clip in the store, as frame numbers at the rate that the model gets.

    Raises:
        MediaError: The clip can't be decoded.
    """
    known = await known_cuts(asset, info, store)
    if known is not None:
        return known
    found = await cuts_of(asset, await store.assets.file(asset), info)
    await store.records.put_if_absent(_record(asset, info), json.dumps(found).encode())
    # Another run may have been first; its record counts.
    standing = await known_cuts(asset, info, store)
    return found if standing is None else standing


async def known_cuts(asset: Asset, info: MediaInfo, store: Store) -> list[int] | None:
    """Read the recorded cuts; None if there are none."""
    found = await store.records.get(_record(asset, info))
    return None if found is None else [int(cut) for cut in json.loads(found)]


async def cuts_of(asset: Asset, path: Path, info: MediaInfo) -> list[int]:
    """Find the cuts of a file, without a record; a process searches each file once.

    Raises:
        MediaError: The file can't be decoded.
    """
    name = _record(asset, info)
    found = _found.get(name)
    if found is None:
        # Imported here: a plan of shots that fit does not need the libraries that read pictures.
        from shotgraph.media.smart.clip import read_clip
        from shotgraph.media.split import find_cuts

        clip = await asyncio.to_thread(read_clip, path)
        found = await find_cuts(clip, _rate(info))
        if len(_found) >= MOST_FILES:
            _found.pop(next(iter(_found)))
        _found[name] = found
    return found


_found: dict[str, list[int]] = {}
"""The cuts of shots by the names of their records; the bytes of a hash never change."""


def _rate(info: MediaInfo) -> Fraction:
    return format_for(info)[0].frame_rate


def _record(asset: Asset, info: MediaInfo) -> str:
    rate = _rate(info)
    return f"cuts/{_RECIPE}/{asset.sha256}/{rate.numerator}-{rate.denominator}.json"
