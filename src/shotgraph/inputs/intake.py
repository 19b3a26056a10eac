"""Files and URLs → assets in the store, so that a job's content key can contain their hashes.

A file from a URL is limited in size and time, and checked before it is stored.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeVar

import httpx
from pydantic import BaseModel

from shotgraph.clock import Clock
from shotgraph.errors import MediaError, Retryable, ShotgraphError, Terminal
from shotgraph.failpoints import Failpoint, reach
from shotgraph.foreign_text import one_line
from shotgraph.inputs.guard import check_url, fetching_client
from shotgraph.inputs.hosts import FalBases
from shotgraph.inputs.known_media import KnownUrls, noted_asset, url_record
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import probe
from shotgraph.model.fields import media_in, with_media
from shotgraph.model.references import Asset, LocalFile, MediaKind, MediaRef, RemoteUrl, one
from shotgraph.store import Store
from shotgraph.store.assets import object_name
from shotgraph.store.disk import on_disk_of

Arguments = TypeVar("Arguments", bound=BaseModel)


class Intake:
    """Takes the media in a job's arguments into a store."""

    def __init__(self, bases: FalBases, store: Store, clock: Clock) -> None:
        self._bases = bases
        self._store = store
        self._clock = clock

    async def take_in(self, arguments: Arguments) -> Arguments:
        """Replace all files and URLs in the arguments by assets.

        Raises:
            MediaError: A file can't be read, or is not of the kind that its field needs.
            Retryable: A URL could not be fetched this time.
            Terminal: A URL is refused or gone, or its file was replaced at fal; or a part of a
                file's path was replaced by a link after the path was checked.
        """
        taken = {ref: asset async for ref, asset in self._each(arguments)}
        return with_media(arguments, lambda ref: taken.get(ref, ref))

    async def _each(self, arguments: BaseModel) -> AsyncIterator[tuple[MediaRef, Asset]]:
        for _, kind, ref in media_in(arguments):
            if isinstance(ref, LocalFile):
                yield ref, await self._file(ref, kind)
            elif isinstance(ref, RemoteUrl):
                yield ref, await self._url(ref, kind)

    async def _file(self, ref: LocalFile, kind: MediaKind | None) -> Asset:
        info = await probe(ref.file)
        if kind is not None and info.kind != kind:
            raise MediaError(f"{ref.file} holds {one(info.kind)}, and {one(kind)} is wanted")
        return await self._store.assets.add(ref.file, info.kind, info, is_checked=True)

    async def _url(self, ref: RemoteUrl, kind: MediaKind | None) -> Asset:
        asset = await self._asset_at(ref, kind)
        if self._bases.has_file(ref.url):
            # fal has this file already, so jobs use its URL, and it isn't uploaded again.
            at_fal = KnownUrls(self._bases, self._store, self._clock)
            if await at_fal.latest(asset) is None:
                await at_fal.note(asset, ref.url)
        return asset

    async def _asset_at(self, ref: RemoteUrl, kind: MediaKind | None) -> Asset:
        known = noted_asset(await self._store.records.get(url_record(ref)))
        size_bytes = self._store.assets.size_bytes
        if known is not None and await size_bytes(known.sha256) == known.size_bytes:
            return known
        asset, _ = await fetch(
            ref.url, kind, bases=self._bases, store=self._store, clock=self._clock
        )
        if known is not None and asset.sha256 != known.sha256:
            raise _other_file(ref, known, asset)
        if self._bases.has_file(ref.url):
            # Only for fal's own files: the bytes of a URL on fal never change.
            await self._store.records.put_if_absent(
                url_record(ref), asset.model_dump_json().encode()
            )
        return asset


def _other_file(ref: RemoteUrl, known: Asset, found: Asset) -> Terminal:
    """Make the error of a URL whose file was lost from the store, and is another one at fal now."""
    return Terminal(
        f"the file at {one_line(ref.url)} is not the one that was there: the store has lost that "
        f"one ({known.size_bytes} bytes, sha256 {known.sha256}), and the host now has another "
        f"({found.size_bytes} bytes, sha256 {found.sha256}). Nothing was bought. If the new file "
        "is meant, download it and name its path in place of the URL; else put the old one back "
        f"into the store from a copy, as {object_name(known.sha256)}; and run again"
    )


MAX_BYTES = 2 * 1000 * 1000 * 1000
DEADLINE_S = 900.0
MAX_REDIRECTS = 3


class NotThere(Terminal):
    """A host has no file at a URL: not yet, no longer, or never."""

    code = "file_not_there"


async def fetch(
    url: str, kind: MediaKind | None, *, bases: FalBases, store: Store, clock: Clock
) -> tuple[Asset, MediaInfo]:
    """Fetch a file into the store.

    Args:
        url: The URL of the file.
        kind: The needed kind of medium; None for any kind.
        bases: fal's addresses.
        store: The store for the file.
        clock: The clock for the deadline.

    Raises:
        Retryable: The file could not be fetched this time, or was cut short.
        Terminal: The URL is refused or gone, or the file is too large.
        MediaError: The file can't be read, or is not of the needed kind.
    """
    with store.scratch() as room:
        path = room / "fetched"
        await _download(url, path, bases=bases, clock=clock)
        reach(Failpoint.FETCHED)
        try:
            info = await probe(path)
        except MediaError as error:
            # The copy is deleted here, so the message names the host instead of the path.
            said = error.message.replace(str(path), f"the file from {_host(url)}")
            raise MediaError(said) from None
        if kind is not None and info.kind != kind:
            raise MediaError(f"the file from {_host(url)} holds {one(info.kind)}, not {one(kind)}")
        return await store.assets.add(path, info.kind, info), info


async def _download(url: str, path: Path, *, bases: FalBases, clock: Clock) -> None:
    deadline = clock.monotonic() + DEADLINE_S
    try:
        # `_keep` checks the deadline only between two chunks; this also ends a silent connection.
        async with asyncio.timeout(DEADLINE_S):
            for _ in range(MAX_REDIRECTS + 1):
                check_url(url, bases)
                async with (
                    fetching_client(url, bases) as client,
                    client.stream("GET", url) as response,
                ):
                    if response.is_redirect:
                        url = _redirected(url, response.headers.get("location", ""))
                        continue
                    _check_reply(response, url)
                    await _keep(response, path, deadline=deadline, clock=clock)
                    return
    except ShotgraphError:
        raise
    except Exception as error:  # a bad address or header can cause errors in every layer below
        raise Retryable(
            f"the file on {_host(url)} could not be fetched this time ({type(error).__name__})"
        ) from None
    raise Terminal(f"the file on {_host(url)} is not fetched: more than {MAX_REDIRECTS} redirects")


def _redirected(url: str, location: str) -> str:
    try:
        return str(httpx.URL(url).join(location))
    except (httpx.InvalidURL, ValueError):
        raise Terminal(
            f"the file on {_host(url)} is not fetched: the redirect is not a URL"
        ) from None


def _check_reply(response: httpx.Response, url: str) -> None:
    code = response.status_code
    if response.is_success:
        return
    if code == 429 or code >= 500:
        raise Retryable(f"the file on {_host(url)} could not be fetched this time (HTTP {code})")
    raise NotThere(
        f"the file on {_host(url)} can't be fetched (HTTP {code}); the file may have expired"
    )


async def _keep(response: httpx.Response, path: Path, *, deadline: float, clock: Clock) -> None:
    announced = response.headers.get("content-length", "")
    expected = int(announced) if re.fullmatch(r"[0-9]{1,18}", announced) else None
    if expected is not None and expected > MAX_BYTES:
        raise Terminal(f"a file of {expected} bytes is not fetched; at most {MAX_BYTES}")
    size = 0
    try:
        with on_disk_of(path.parent), path.open("wb") as file:
            # Chunks as they arrive: a fixed size would have to be waited for, past the deadline.
            async for chunk in response.aiter_raw():
                size += len(chunk)
                if size > MAX_BYTES:
                    raise Terminal(f"a file of over {MAX_BYTES} bytes is not fetched")
                if clock.monotonic() > deadline:
                    raise Retryable(
                        f"a file arrived too slowly: {size} bytes in {DEADLINE_S:.0f} s"
                    )
                file.write(chunk)
                reach(Failpoint.FETCH_HALF)
    except OSError as error:  # from the disk; errors of the connection are httpx's
        raise Retryable(
            f"a file could not be kept in {path.parent} ({error.strerror}): make room there, and "
            "run again; all purchases are on record, and shotgraph fetches the file again"
        ) from None
    if expected is not None and size != expected:
        raise Retryable(f"a file arrived incomplete: {size} of {expected} bytes")


def _host(url: str) -> str:
    try:
        return httpx.URL(url).host or "an unnamed host"
    except (httpx.InvalidURL, ValueError):
        return "an unnamed host"
