"""Assets → URLs that fal can read: uploaded once per content, by fal-client."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakValueDictionary

import fal_client
import httpx
from fal_client.auth import AuthCredentials
from fal_client.client import CDN_URL, REST_URL, USER_AGENT, AsyncCDNTokenManager

from shotgraph.clock import Clock
from shotgraph.errors import Retryable, Terminal
from shotgraph.failpoints import Failpoint, reach
from shotgraph.fal.connection import FalConnection
from shotgraph.fal.guard import check_url, fetching_client
from shotgraph.fal.known_urls import KnownUrls
from shotgraph.fal.replies import refusal
from shotgraph.fal.tls import trusted
from shotgraph.media_ref import Asset
from shotgraph.store import Store

_locks: WeakValueDictionary[tuple[str, str, int], asyncio.Lock] = WeakValueDictionary()

_SUFFIXES = {
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
    "audio/mp4": ".m4a",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
}


class Uploads:
    """Where at fal the bytes of each asset are."""

    def __init__(self, fal: FalConnection, store: Store, clock: Clock) -> None:
        self._fal = fal
        self._store = store
        self._known = KnownUrls(fal.bases, store, clock)

    async def url_of(self, asset: Asset, *, what: str) -> str:
        """Give a URL of an asset, uploading it if fal does not have it.

        Args:
            asset: The asset.
            what: What messages call the job that takes it.

        Raises:
            Retryable: It could not be uploaded this time; nothing was bought.
            Refused: fal refused the key.
        """
        # Two steps of one run that take the same clip upload it once.
        name = (self._store.location, asset.sha256, id(asyncio.get_running_loop()))
        async with _locks.setdefault(name, asyncio.Lock()):
            known = await self._known.latest(asset)
            if known is not None and await self._still_there(known):
                return known
            reach(Failpoint.UPLOAD_BEGUN)
            url = await self._upload(asset, what)
            reach(Failpoint.UPLOAD_DONE)
            await self.note(asset, url)
            reach(Failpoint.UPLOAD_NOTED)
            return url

    async def note(self, asset: Asset, url: str) -> None:
        """Keep in mind that fal has the bytes of this asset under this URL."""
        await self._known.note(asset, url)

    async def _still_there(self, url: str) -> bool:
        """Ask whether a file is still there: a job that can't read its input may be billed."""
        try:
            check_url(url, self._fal.bases)
            async with fetching_client(url, self._fal.bases) as client:
                return (await client.head(url)).status_code not in (404, 410)
        except (httpx.HTTPError, Terminal):
            return False

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
        super().__init__(verify=trusted())
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
