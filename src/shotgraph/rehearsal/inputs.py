"""Getting the files that a job names, as fal gets them: by URL, within limits."""

import asyncio
import base64
import binascii
import secrets
from pathlib import Path
from urllib.parse import unquote_to_bytes

import httpx

from shotgraph.endpoints import IMAGE_INPUT, VIDEO_INPUT
from shotgraph.rehearsal.loopback import is_loopback
from shotgraph.rehearsal.model_error import Complaint, ModelError
from shotgraph.rehearsal.shelf import Shelf
from shotgraph.rehearsal.wanted import Given

_FETCH_TIMEOUT_S = 30
_MAX_BYTES = {"video": VIDEO_INPUT.max_bytes, "image": IMAGE_INPUT.max_bytes}


class Inputs:
    """Fetches what is on the server's own CDN, on this machine, or in the URL itself.

    Any other host is refused as one that can't be reached: a rehearsal stays offline.
    """

    def __init__(self, shelf: Shelf, folder: Path) -> None:
        self._shelf = shelf
        self._folder = folder

    async def fetch(self, given: Given) -> Path:
        """The file of a URL.

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
