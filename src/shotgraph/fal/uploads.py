"""Assets → URLs that fal can read: uploaded once per content, by fal-client."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import fal_client
import httpx
from fal_client.auth import AuthCredentials
from fal_client.client import CDN_URL, REST_URL, USER_AGENT, AsyncCDNTokenManager
from pydantic import BaseModel, ConfigDict

from shotgraph.clock import Clock
from shotgraph.errors import Retryable
from shotgraph.failpoints import Failpoint, reach
from shotgraph.fal.connection import FalConnection
from shotgraph.fal.guard import check_url, fetching_client
from shotgraph.fal.replies import refusal
from shotgraph.media_ref import Asset
from shotgraph.store import Store

TRUSTED_FOR = timedelta(days=3)
"""fal's pages disagree on how long a file stays: for ever, or at least 7 days."""

_SUFFIXES = {
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
    "audio/mp4": ".m4a",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
}


class _Upload(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    at: datetime


class Uploads:
    """Where at fal the bytes of each asset are."""

    def __init__(self, fal: FalConnection, store: Store, clock: Clock) -> None:
        self._fal = fal
        self._store = store
        self._clock = clock
        self._locks: dict[str, asyncio.Lock] = {}

    async def url_of(self, asset: Asset, *, what: str) -> str:
        """Give a URL of an asset, uploading it if fal does not have it.

        Args:
            asset: The asset.
            what: What messages call the job that takes it.

        Raises:
            Retryable: It could not be uploaded this time; nothing was bought.
            Refused: fal refused the key.
        """
        async with self._locks.setdefault(asset.sha256, asyncio.Lock()):
            known = await self._known(asset)
            if known is not None:
                return known
            reach(Failpoint.UPLOAD_BEGUN)
            url = await self._upload(asset, what)
            reach(Failpoint.UPLOAD_DONE)
            await self.note(asset, url)
            reach(Failpoint.UPLOAD_NOTED)
            return url

    async def note(self, asset: Asset, url: str) -> None:
        """Keep in mind that fal has the bytes of this asset under this URL."""
        record = _Upload(url=url, at=self._clock.now())
        name = f"{self._folder(asset)}/{int(record.at.timestamp() * 1000):015d}.json"
        await self._store.records.put_if_absent(name, record.model_dump_json().encode())

    async def _known(self, asset: Asset) -> str | None:
        names = await self._store.records.names(self._folder(asset))
        data = await self._store.records.get(names[-1]) if names else None
        try:
            upload = _Upload.model_validate_json(data) if data else None
        except ValueError:
            return None
        if upload is None or self._clock.now() - upload.at > TRUSTED_FOR:
            return None
        return upload.url if await self._still_there(upload.url) else None

    async def _still_there(self, url: str) -> bool:
        """Ask whether a file is still there: a job that can't read its input may be billed."""
        check_url(url, self._fal.bases)
        try:
            async with fetching_client(url, self._fal.bases) as client:
                return (await client.head(url)).status_code not in (404, 410)
        except httpx.HTTPError:
            return False

    def _folder(self, asset: Asset) -> str:
        where = hashlib.sha256(self._fal.bases.cdn_url.encode()).hexdigest()[:16]
        return f"uploads/{where}/{asset.sha256}"

    async def _upload(self, asset: Asset, what: str) -> str:
        file = await self._store.assets.file(asset)
        what = f"{what}: the upload of a {asset.kind} of {asset.size_bytes / 1e6:.1f} MB"
        with self._store.scratch() as room:
            # The name tells fal-client the content type, and fal the file's suffix.
            suffix = _SUFFIXES.get(asset.content_type, "")
            named = room / f"{asset.sha256[:16]}{suffix}"
            named.symlink_to(file.absolute())
            try:
                url: str = await _Client(self._fal).upload_file(
                    named, repository="fal_v3", fallback_repository=[]
                )
            except (fal_client.client.FalClientHTTPError, httpx.HTTPStatusError) as error:
                refused = refusal(error.response, what)
                raise refused or Retryable(
                    f"{what} failed (HTTP {error.response.status_code}); nothing was bought"
                ) from None
            except (httpx.HTTPError, KeyError, ValueError) as error:
                raise Retryable(
                    f"{what} failed ({type(error).__name__}); nothing was bought"
                ) from None
        return url


class _Rebased(httpx.AsyncHTTPTransport):
    """Sends what fal-client addresses to fal's public file host to the one configured."""

    def __init__(self, cdn_url: str) -> None:
        super().__init__()
        self._cdn_url = cdn_url

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = str(request.url)
        if url.startswith(f"{CDN_URL}/"):
            request.url = httpx.URL(self._cdn_url + url.removeprefix(CDN_URL))
            request.headers["Host"] = request.url.netloc.decode("ascii")
        return await super().handle_async_request(request)


class _Client(fal_client.AsyncClient):
    """fal-client's uploads, at the configured bases.

    fal-client 1.0.3 takes its storage hosts from module constants only.
    """

    def __init__(self, fal: FalConnection) -> None:
        super().__init__(key=fal.key.get_secret_value())
        self._bases = fal.bases
        self._tokens = AsyncCDNTokenManager(AuthCredentials("Key", fal.key.get_secret_value()))
        self._tokens._url = self._tokens._url.replace(REST_URL, fal.bases.rest_url, 1)

    @property
    async def _token_manager(self) -> Any:
        return self._tokens

    @asynccontextmanager
    async def _cdn_client(self) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(
            transport=_Rebased(self._bases.cdn_url),
            headers={"User-Agent": USER_AGENT},
            timeout=self.default_timeout,
        ) as client:
            yield client
