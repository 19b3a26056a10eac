"""Fetch the input files of a job as fal does: by URL, within limits.

Kling's limits come from `shotgraph.endpoints`. The error for a file outside the limits has fal's
type and text.
"""

import asyncio
import base64
import binascii
import secrets
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import httpx

from shotgraph.endpoints import IMAGE_INPUT, VIDEO_INPUT, ImageLimits, VideoLimits
from shotgraph.endpoints.arguments import KLING_O1, InputLimits
from shotgraph.errors import MediaError
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import probe
from shotgraph.rehearsal.accepted_job import Complaint, ModelError
from shotgraph.rehearsal.options import is_loopback
from shotgraph.rehearsal.shelf import Shelf
from shotgraph.rehearsal.wanted import Given

_FETCH_TIMEOUT_S = 30
_MAX_BYTES = {"video": VIDEO_INPUT.max_bytes, "image": IMAGE_INPUT.max_bytes}


class InputFiles:
    """Fetches files from the server's own CDN, from this machine, or out of a data URL.

    Any other host counts as unreachable: a rehearsal stays offline.
    """

    def __init__(self, shelf: Shelf, folder: Path) -> None:
        self._shelf = shelf
        self._folder = folder

    async def fetch(self, given: Given) -> Path:
        """Fetch the file of a URL.

        Raises:
            ModelError: file_download_error or file_too_large.
        """
        shelved = self._shelf.find_url(given.url)
        if shelved is not None:
            _check_size(given, shelved.size_bytes)
            return shelved.path
        path = self._folder / secrets.token_hex(8)
        if given.url.startswith("data:"):
            path.write_bytes(_inline(given))
        elif is_loopback(given.url):
            await self._download(given, path)
        else:
            raise _unreachable(given, "this server fetches only from its own machine")
        return path

    async def _download(self, given: Given, path: Path) -> None:
        identity = {"accept-encoding": "identity"}
        try:
            async with (
                asyncio.timeout(_FETCH_TIMEOUT_S),
                httpx.AsyncClient(trust_env=False, headers=identity) as client,
                client.stream("GET", given.url) as reply,
            ):
                if reply.status_code != 200:
                    raise _unreachable(given, f"HTTP {reply.status_code}")
                await _keep(reply, given, path)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _unreachable(given, type(error).__name__) from error
        except TimeoutError as error:
            raise _unreachable(given, f"not there after {_FETCH_TIMEOUT_S} s") from error


async def _keep(reply: httpx.Response, given: Given, path: Path) -> None:
    kept = bytearray()
    async for chunk in reply.aiter_raw():
        kept += chunk
        _check_size(given, len(kept))
    path.write_bytes(kept)


def _inline(given: Given) -> bytes:
    head, comma, data = given.url.partition(",")
    if not comma:
        raise _unreachable(given, "a data URI without data")
    if not head.endswith(";base64"):
        content = unquote_to_bytes(data)
    else:
        _check_size(given, len(data) * 3 // 4 - data.count("=", -2))
        try:
            content = base64.b64decode(data, validate=True)
        except binascii.Error as error:
            raise _unreachable(given, "a data URI that is not base64") from error
    _check_size(given, len(content))
    return content


def _check_size(given: Given, size_bytes: int) -> None:
    most = _MAX_BYTES[given.kind]
    if size_bytes > most:
        raise ModelError(
            Complaint(
                given.loc,
                "file_too_large",
                f"File size exceeds the maximum allowed size of {most} bytes",
                {"max_size": most},
                given.url[:200],
            )
        )


def _unreachable(given: Given, why: str) -> ModelError:
    return ModelError(
        Complaint(
            given.loc,
            "file_download_error",
            f"Failed to download the file: {why}. Please check the URL and try again.",
            None,
            given.url[:200],
        )
    )


_IMAGE_FORMATS = ("png", "jpeg", "webp")


async def check_input(given: Given, path: Path, limits: InputLimits | None = KLING_O1) -> MediaInfo:
    """Check a fetched file against the limits.

    Args:
        given: The job's reference to the file.
        path: The fetched file.
        limits: The limits of the endpoint; None if it has no limits.

    Raises:
        ModelError: The file can't be used; the error names every limit that the file exceeds.
    """
    try:
        info = await probe(path)
    except MediaError as error:
        raise ModelError(_unreadable(given)) from error
    if info.kind != given.kind:
        raise ModelError(_unreadable(given))
    if limits is None:
        return info
    if info.kind == "video":
        passed = list(_of_video(given, info, limits.video))
    else:
        passed = list(_of_image(given, info, limits.image))
    if passed:
        raise ModelError(*passed)
    return info


def _unreadable(given: Given) -> Complaint:
    if given.kind == "video":
        return _complaint(
            given,
            "unsupported_video_format",
            f"Unsupported video format. Supported: {', '.join(VIDEO_INPUT.containers)}",
            supported_formats=list(VIDEO_INPUT.containers),
        )
    return _complaint(
        given,
        "image_load_error",
        "Failed to load the image. Please ensure the image file is not corrupted "
        f"and is in one of these formats: {', '.join(_IMAGE_FORMATS)}",
    )


def _of_video(given: Given, info: MediaInfo, limits: VideoLimits) -> Iterator[Complaint]:
    rate = info.frame_rate or Fraction(0)
    if info.container not in limits.containers:
        yield _unreadable(given)
        return
    yield from _sides(given, info, limits.min_side_px, limits.max_side_px)
    provided = {"provided_duration": float(info.duration)}
    if info.duration > limits.max_duration:
        most = float(limits.max_duration)
        text = f"Video duration exceeds the maximum allowed: {most:g} seconds"
        yield _complaint(given, "video_duration_too_long", text, max_duration=most, **provided)
    if info.duration < limits.min_duration:
        least = float(limits.min_duration)
        text = f"Video duration is below the minimum required: {least:g} seconds"
        yield _complaint(given, "video_duration_too_short", text, min_duration=least, **provided)
    if rate < limits.min_frame_rate:
        bound = float(limits.min_frame_rate)
        text = f"Frame rate should be greater than or equal to {bound:g}"
        yield _complaint(given, "greater_than_equal", text, ge=bound)
    if rate > limits.max_frame_rate:
        bound = float(limits.max_frame_rate)
        text = f"Frame rate should be less than or equal to {bound:g}"
        yield _complaint(given, "less_than_equal", text, le=bound)


def _of_image(given: Given, info: MediaInfo, limits: ImageLimits) -> Iterator[Complaint]:
    yield from _sides(given, info, limits.min_side_px, None)
    ratio = Fraction(info.width, info.height)
    if not limits.min_ratio <= ratio <= limits.max_ratio:
        bounds = f"{float(limits.min_ratio):.2f} and {float(limits.max_ratio):.2f}"
        text = f"Image aspect ratio must be between {bounds}, got {float(ratio):.2f}"
        yield _complaint(given, "value_error", text)


def _sides(given: Given, info: MediaInfo, least: int, most: int | None) -> Iterator[Complaint]:
    seen = f"{info.width}x{info.height}"
    if min(info.width, info.height) < least:
        text = f"Dimensions are too small: {seen}; the minimum is {least}x{least}"
        yield _complaint(given, "image_too_small", text, min_width=least, min_height=least)
    if most is not None and max(info.width, info.height) > most:
        text = f"Dimensions are too large: {seen}; the maximum is {most}x{most}"
        yield _complaint(given, "image_too_large", text, max_width=most, max_height=most)


def _complaint(given: Given, kind: str, text: str, **ctx: Any) -> Complaint:
    return Complaint(given.loc, kind, text, ctx or None, given.url[:200])
