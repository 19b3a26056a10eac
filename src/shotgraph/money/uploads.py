"""Upload assets to fal: once for each content, with fal-client."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakValueDictionary

import fal_client
import httpx
from fal_client.auth import AuthCredentials
from fal_client.client import CDN_URL, USER_AGENT, AsyncCDNTokenManager, CDNToken

from shotgraph.clock import Clock
from shotgraph.errors import Retryable, ShotgraphError, Terminal
from shotgraph.failpoints import Failpoint, reach
from shotgraph.inputs.guard import check_url, fetching_client, trusted
from shotgraph.inputs.hosts import FalBases
from shotgraph.inputs.known_media import KnownUrls
from shotgraph.model.references import SUFFIXES, Asset
from shotgraph.money.connection import FalConnection
from shotgraph.money.failures import refusal
from shotgraph.money.replies import NoReply, ask, exchange
from shotgraph.money.reply_models import MultipartReply, TokenReply, UploadReply
from shotgraph.money.status import Once
from shotgraph.store import Store

UPLOAD_S = 900.0
"""How long one request of an upload may take: 200 MB at 2 Mbit a second."""
STILL_THERE_S = 20.0
"""How long a file host may take to say that it has a file; after that, the file is sent again."""

_locks: WeakValueDictionary[tuple[str, str, int], asyncio.Lock] = WeakValueDictionary()


class Uploads:
    """The URLs at fal of each asset."""

    def __init__(self, fal: FalConnection, store: Store, clock: Clock) -> None:
        self._fal = fal
        self._store = store
        self._known = KnownUrls(fal.bases, store, clock)

    async def url_of(self, asset: Asset, *, what: str) -> str:
        """Return a URL of an asset; upload it if fal does not have it.

        Args:
            asset: The asset.
            what: The job's name in messages.

        Raises:
            Retryable: The asset could not be uploaded this time; nothing was bought.
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
        """Record that fal has the bytes of this asset under this URL."""
        await self._known.note(asset, url)

    async def _still_there(self, url: str) -> bool:
        """Ask whether a file still exists: a job that can't read its input may be billed."""
        try:
            check_url(url, self._fal.bases)
            async with fetching_client(url, self._fal.bases) as client:
                reply = await ask(client, "HEAD", url, deadline_s=STILL_THERE_S)
        except ShotgraphError:
            return False
        return reply.code not in (404, 410)

    async def _upload(self, asset: Asset, what: str) -> str:
        file = await self._store.assets.file(asset)
        what = f"{what}: the upload of a {asset.kind} of {asset.size_bytes / 1e6:.1f} MB"
        with self._store.scratch() as room:
            # The name tells fal-client the content type, and fal the file's suffix.
            suffix = SUFFIXES.get(asset.content_type, "")
            named = room / f"{asset.sha256[:16]}{suffix}"
            named.symlink_to(file.absolute())
            try:
                url: str = await _Client(self._fal).upload_file(
                    named, repository="fal_v3", fallback_repository=[]
                )
            except NoReply as error:
                refused = (
                    refusal(error.reply, what, buys=False) if error.reply is not None else None
                )
                raise refused or Retryable(
                    f"{what} failed ({error.message}); nothing was bought"
                ) from None
            except OSError as error:
                raise Retryable(f"{what} failed ({error}); nothing was bought") from None
        return url


class _Tokens(AsyncCDNTokenManager):
    """fal-client's tokens for the file host, requested from the configured REST address."""

    def __init__(self, fal: FalConnection) -> None:
        super().__init__(AuthCredentials("Key", fal.key.get_secret_value()))
        self._fal = fal
        self._fresh: CDNToken | None = None
        self._asking = asyncio.Lock()

    async def get_token(self) -> CDNToken:
        """Return a valid token; ask fal for a new one if there is none."""
        async with self._asking:
            if self._fresh is None or self._fresh.is_expired():
                self._fresh = await self._ask_for_one()
            return self._fresh

    async def _ask_for_one(self) -> CDNToken:
        url = f"{self._fal.bases.rest_url}/storage/auth/token"
        params = {"storage_type": "fal-cdn-v3"}
        async with self._fal.client() as client:
            reply = await ask(client, "POST", url, params=params, json={})
        token = reply.fitting(TokenReply)
        return CDNToken(token.token, token.token_type, token.base_url, token.expires_at)


class _Client(fal_client.AsyncClient):
    """fal-client's uploads to the configured addresses; each request is sent once.

    fal-client 1.0.3 takes its storage hosts from module constants only.
    """

    def __init__(self, fal: FalConnection) -> None:
        super().__init__(key=fal.key.get_secret_value())
        self._bases = fal.bases
        self._tokens = _Tokens(fal)

    @property
    async def _token_manager(self) -> Any:
        return self._tokens

    @asynccontextmanager
    async def _cdn_client(self) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(verify=trusted(), timeout=self.default_timeout) as sending:

            async def answer(request: httpx.Request) -> httpx.Response:
                return await _sent(sending, request, self._bases)

            async with httpx.AsyncClient(
                transport=Once(answer),
                headers={"User-Agent": USER_AGENT},
                timeout=self.default_timeout,
            ) as client:
                yield client


async def _sent(
    sending: httpx.AsyncClient, request: httpx.Request, bases: FalBases
) -> httpx.Response:
    """Send one request of an upload to the file host; return the part that fal-client reads."""
    url = str(request.url)
    if url.startswith(f"{CDN_URL}/"):
        # fal-client sends this to fal's public file host; send it to the configured host.
        request.url = httpx.URL(bases.cdn_url + url.removeprefix(CDN_URL))
        request.headers["Host"] = request.url.netloc.decode("ascii")
    elif not bases.has_file(url):
        # The host of this URL would get the clip and the token.
        raise Terminal(
            f"a part of an upload was not sent to {request.url.host}, which is not fal's file host"
        )
    request.headers["Accept-Encoding"] = "identity"
    deadline = asyncio.get_running_loop().time() + UPLOAD_S
    reply = await exchange(sending, request, deadline)
    if not reply.is_success:
        raise reply.unusable()
    path = request.url.path
    if path.endswith("/files/upload"):
        return httpx.Response(200, json=reply.fitting(UploadReply).model_dump())
    if path.endswith("/files/upload/multipart"):
        return httpx.Response(200, json=reply.fitting(MultipartReply).model_dump(by_alias=True))
    if request.method == "PUT" and "etag" not in reply.headers:
        raise reply.unusable()
    return httpx.Response(200, headers={"etag": reply.headers.get("etag", "")})
