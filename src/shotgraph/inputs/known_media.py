"""Known facts about files and URLs, without fetching: their assets, and their URLs on fal."""

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from shotgraph.clock import Clock
from shotgraph.foreign_text import is_signed
from shotgraph.inputs.hosts import FalBases
from shotgraph.model.references import Asset, LocalFile, MediaKind, MediaRef, RemoteUrl
from shotgraph.store import Store, sha256_of_file
from shotgraph.store.assets import size_of_file
from shotgraph.store.records import read_or_none

TRUSTED_FOR = timedelta(days=3)
"""How long a URL on fal is used. fal's pages differ: files stay forever, or at least 7 days."""


class _Seen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    at: datetime


class KnownUrls:
    """Records of URLs on fal: ``uploads/<file host>/<sha256>/``, named by their time."""

    def __init__(self, bases: FalBases, store: Store, clock: Clock) -> None:
        self._bases = bases
        self._records = store.records
        self._clock = clock

    async def note(self, asset: Asset, url: str) -> None:
        """Record that fal has the bytes of this asset under this URL.

        A signed URL is not recorded: each reader of the store could open it, and it expires sooner
        than a record. Its file is uploaded when a job needs it.
        """
        if is_signed(url):
            return
        seen = _Seen(url=url, at=self._clock.now())
        name = f"{self._folder(asset)}/{int(seen.at.timestamp() * 1000):015d}.json"
        await self._records.put_if_absent(name, seen.model_dump_json().encode())

    async def latest(self, asset: Asset) -> str | None:
        """The newest recorded URL; None if there is none, or it is older than `TRUSTED_FOR`."""
        names = await self._records.names(self._folder(asset))
        data = await self._records.get(names[-1]) if names else None
        seen = read_or_none(_Seen, data)
        if seen is None or self._clock.now() - seen.at > TRUSTED_FOR:
            return None
        return seen.url

    def _folder(self, asset: Asset) -> str:
        where = hashlib.sha256(self._bases.cdn_url.encode()).hexdigest()[:16]
        return f"uploads/{where}/{asset.sha256}"


def known_asset(ref: MediaRef, kind: MediaKind | None, store: Store) -> MediaRef:
    """Find the asset of a file or URL, without fetching or storing anything.

    Args:
        ref: The reference.
        kind: The wanted kind of medium; None to find the kind of a file by reading it.
        store: The store with the records of fetched URLs.

    Returns:
        The asset; or the reference itself if its bytes are not known yet.
    """
    if isinstance(ref, LocalFile):
        return _asset_of(ref.file, kind or _kind_of(ref.file))
    if isinstance(ref, RemoteUrl):
        return noted_asset(store.records.get_now(url_record(ref))) or ref
    return ref


def _asset_of(path: Path, kind: MediaKind) -> Asset:
    return Asset(
        sha256=sha256_of_file(path), kind=kind, size_bytes=size_of_file(path), content_type=""
    )


def _kind_of(path: Path) -> MediaKind:
    # Imported only if a file must be read: most plans don't need it.
    from shotgraph.media.probe import probe_now

    return probe_now(path).kind


def noted_asset(record: bytes | None) -> Asset | None:
    """Read the asset in a URL's record; None if it is damaged: the URL can be fetched again."""
    return read_or_none(Asset, record)


def url_record(ref: RemoteUrl) -> str:
    """The name of the record of a fal URL's asset."""
    return f"urls/{hashlib.sha256(ref.url.encode()).hexdigest()}.json"
