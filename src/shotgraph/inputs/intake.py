"""Files and URLs → assets in the store, so that a job's key can name their bytes.

What a URL gives is bounded, and looked at before it counts.
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
from shotgraph.inputs.guard import check_url, fetching_client
from shotgraph.inputs.hosts import FalBases
from shotgraph.inputs.known_media import KnownUrls, noted_asset, url_record
from shotgraph.media.info import MediaInfo
from shotgraph.media.probe import probe
from shotgraph.model.fields import media_in, with_media
from shotgraph.model.references import Asset, LocalFile, MediaKind, MediaRef, RemoteUrl, one
from shotgraph.store import Store
from shotgraph.store.disk import on_disk_of

Arguments = TypeVar("Arguments", bound=BaseModel)


class Intake:
    """Takes the media that arguments name into a store."""

    def __init__(self, bases: FalBases, store: Store, clock: Clock) -> None:
        self._bases = bases
        self._store = store
        self._clock = clock

    async def take_in(self, arguments: Arguments) -> Arguments:
        """Replace every file and URL in some arguments by an asset.

        Raises:
            MediaError: A file is not of the kind that its field takes.
            Retryable: A URL could not be fetched this time.
            Terminal: A URL is refused, or gone; or a link has taken a place in a file's path since
                that was checked.
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
            # What fal has already is passed on as it is, and not uploaded again.
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
        if self._bases.has_file(ref.url):
            # Only fal's own files are kept in mind: a name there never gets other bytes.
            await self._store.records.put_if_absent(
                url_record(ref), asset.model_dump_json().encode()
            )
        return asset


MAX_BYTES = 2 * 1000 * 1000 * 1000
DEADLINE_S = 900.0
MAX_REDIRECTS = 3


class NotThere(Terminal):
    """A host has no file at a URL, or not yet, or no longer."""

    code = "file_not_there"


async def fetch(
    url: str, kind: MediaKind | None, *, bases: FalBases, store: Store, clock: Clock
) -> tuple[Asset, MediaInfo]:
    """Fetch a file into the store.

    Args:
        url: Where it is.
        kind: What it must be; None for any kind of medium.
        bases: Where fal is.
        store: Where it is kept.
        clock: For the deadline.

    Raises:
        Retryable: It could not be fetched this time, or came cut short.
        Terminal: The URL is refused, gone, or too large.
        MediaError: It is not what it should be.
    """
    with store.scratch() as room:
        path = room / "fetched"
        await _download(url, path, bases=bases, clock=clock)
        reach(Failpoint.FETCHED)
        try:
            info = await probe(path)
        except MediaError as error:
            # The copy is gone by the time that somebody reads of it.
            said = error.message.replace(str(path), f"the file from {_host(url)}")
            raise MediaError(said) from None
        if kind is not None and info.kind != kind:
            raise MediaError(f"the file from {_host(url)} holds {one(info.kind)}, not {one(kind)}")
        return await store.assets.add(path, info.kind, info), info


async def _download(url: str, path: Path, *, bases: FalBases, clock: Clock) -> None:
    deadline = clock.monotonic() + DEADLINE_S
    try:
        # The clock is looked at between two chunks; this also ends what sends none.
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
    except Exception as error:  # an address or a header can break every layer below
        raise Retryable(
            f"the file on {_host(url)} could not be fetched this time ({type(error).__name__})"
        ) from None
    raise Terminal(f"the file on {_host(url)} is not fetched: more than {MAX_REDIRECTS} redirects")


def _redirected(url: str, location: str) -> str:
    try:
        return str(httpx.URL(url).join(location))
    except (httpx.InvalidURL, ValueError):
        raise Terminal(
            f"the file on {_host(url)} is not fetched: it is redirected to no URL"
        ) from None


def _check_reply(response: httpx.Response, url: str) -> None:
    code = response.status_code
    if response.is_success:
        return
    if code == 429 or code >= 500:
        raise Retryable(f"the file on {_host(url)} could not be fetched this time (HTTP {code})")
    raise NotThere(f"the file on {_host(url)} can't be had (HTTP {code}); it may have expired")


async def _keep(response: httpx.Response, path: Path, *, deadline: float, clock: Clock) -> None:
    announced = response.headers.get("content-length", "")
    expected = int(announced) if re.fullmatch(r"[0-9]{1,18}", announced) else None
    if expected is not None and expected > MAX_BYTES:
        raise Terminal(f"a file of {expected} bytes is not fetched; at most {MAX_BYTES}")
    size = 0
    try:
        with on_disk_of(path.parent), path.open("wb") as file:
            # As it comes: chunks of a size of our own would be waited for, past any deadline.
            async for chunk in response.aiter_raw():
                size += len(chunk)
                if size > MAX_BYTES:
                    raise Terminal(f"a file of over {MAX_BYTES} bytes is not fetched")
                if clock.monotonic() > deadline:
                    raise Retryable(f"a file came too slowly: {size} bytes in {DEADLINE_S:.0f} s")
                file.write(chunk)
                reach(Failpoint.FETCH_HALF)
    except OSError as error:  # the connection's errors are httpx's
        raise Retryable(
            f"a file could not be kept in {path.parent} ({error.strerror}): make room there, and "
            "run again; what was bought is on record, and is fetched again"
        ) from None
    if expected is not None and size != expected:
        raise Retryable(f"a file came cut short: {size} of {expected} bytes")


def _host(url: str) -> str:
    try:
        return httpx.URL(url).host or "an unnamed host"
    except (httpx.InvalidURL, ValueError):
        return "an unnamed host"
