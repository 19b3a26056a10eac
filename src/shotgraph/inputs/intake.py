"""Files and URLs → assets in the store, so that a job's key can name their bytes."""

from collections.abc import AsyncIterator
from typing import TypeVar

from pydantic import BaseModel

from shotgraph.clock import Clock
from shotgraph.errors import MediaError
from shotgraph.inputs.fetch import fetch
from shotgraph.inputs.hosts import FalBases
from shotgraph.inputs.known_media import KnownUrls, noted_asset, url_record
from shotgraph.media.probe import probe
from shotgraph.model.fields import media_in, with_media
from shotgraph.model.references import Asset, LocalFile, MediaKind, MediaRef, RemoteUrl, one
from shotgraph.store import Store

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
