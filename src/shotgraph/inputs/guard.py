"""Guard the fetching of files: trusted certificates, allowed URLs, public addresses."""

import asyncio
import socket
import ssl
from collections.abc import Iterable
from functools import cache, lru_cache
from ipaddress import ip_address
from typing import Any

import httpcore
import httpx

from shotgraph.errors import Terminal
from shotgraph.inputs.hosts import FalBases
from shotgraph.model.addresses import is_literally_not_public, is_public, unwrapped


@cache
def trusted() -> ssl.SSLContext:
    """The trusted certificates, read only once: reading takes 36 ms and blocks the event loop.

    ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` replace the default certificates.
    """
    return httpx.create_ssl_context()


def is_one_of_ours(url: str, bases: FalBases) -> bool:
    """Whether a URL has the scheme, host and port of one of the configured bases."""
    # httpx reads it, because httpx connects: two parsers can find different hosts in a crafted URL.
    asked = httpx.URL(url)
    ours = (bases.queue_url, bases.run_url, bases.rest_url, bases.cdn_url, bases.api_url)
    return not asked.userinfo and _origin(asked) in map(_origin_of_base, ours)


@lru_cache(64)
def _origin_of_base(base: str) -> tuple[str, str, int | None]:
    return _origin(httpx.URL(base))


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


class NotAllowed(Terminal):
    """A URL leads to a host or port from which no file is fetched.

    Attributes:
        origin: Scheme, host and port, if a person can allow them as fal's file host; else empty.
    """

    code = "not_fetched"
    origin: str = ""

    @classmethod
    def at(cls, asked: httpx.URL, said: str) -> "NotAllowed":
        """Make the error for a URL that could be parsed."""
        error = cls(said)
        is_named = asked.scheme in ("http", "https") and asked.host and not asked.userinfo
        if is_named and not _is_metadata(asked.host):
            error.origin = f"{asked.scheme}://{asked.netloc.decode()}"
        return error


def _is_metadata(host: str) -> bool:
    """Whether a host is a cloud's metadata service, which has secrets and can't be allowed."""
    try:
        ip = unwrapped(ip_address(host))
    except ValueError:
        return "metadata" in host.lower()
    return ip.is_link_local or str(ip) in ("168.63.129.16", "100.100.100.200", "fd00:ec2::254")


def check_url(url: str, bases: FalBases) -> None:
    """Refuse a URL that isn't https, has a user name, or has a port that isn't allowed.

    Raises:
        NotAllowed: The URL is refused.
        Terminal: The text is no URL.
    """
    try:
        asked = httpx.URL(url)
        host, is_ours = asked.host, is_one_of_ours(url, bases)
        if (asked.port or 0) > 65535:
            raise ValueError
    except (httpx.InvalidURL, ValueError):
        raise Terminal("a file is not fetched: its address is not a URL") from None
    if is_ours:
        return
    if asked.scheme != "https" or not host or asked.userinfo:
        place = asked.netloc.decode("ascii", "replace")
        raise NotAllowed.at(
            asked,
            f"a file at {asked.scheme or 'no scheme'}://{place}… is not fetched; "
            "allowed: https URLs without a user name",
        )
    # Before the port: no setting allows such an address, so the message must not name one.
    if is_literally_not_public(host):
        raise NotAllowed.at(asked, _no_public(host))
    # Other ports seldom serve files, and often belong to a database or an administrator's page.
    port = asked.port or 443
    if port not in bases.file_ports:
        allowed = ",".join(str(allowed) for allowed in bases.file_ports)
        raise NotAllowed.at(
            asked,
            f"a file on {host} is not fetched: its URL names port {port}; allowed: {allowed}. If "
            f"the host is right, set SHOTGRAPH_URL_PORTS={allowed},{port} and run again",
        )


def _no_public(host: str) -> str:
    return f"a file on {host} is not fetched: the host has no public address"


class _PublicNetwork(httpcore.AsyncNetworkBackend):
    """Connects to public addresses only."""

    def __init__(self) -> None:
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except UnicodeError:
            raise Terminal(
                f"a file on {host} is not fetched: the name of the host is not valid"
            ) from None
        except OSError as error:
            raise httpcore.ConnectError(f"{host} is not known: {error.strerror}") from None
        addresses = [str(entry[4][0]) for entry in found]
        if not addresses or not all(is_public(address) for address in addresses):
            said = _no_public(host)
            if any(_is_metadata(address) for address in addresses):
                raise NotAllowed(said)
            raise NotAllowed.at(httpx.URL(scheme="https", host=host, port=port), said)
        return await self._inner.connect_tcp(
            addresses[0], port, timeout, local_address, socket_options
        )

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        raise httpcore.ConnectError("files are not fetched from sockets")

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


def fetching_client(url: str, bases: FalBases) -> httpx.AsyncClient:
    """Open a client for one file: without API key, proxies, redirects and compression."""
    transport = httpx.AsyncHTTPTransport(verify=trusted(), trust_env=False)
    if not is_one_of_ours(url, bases):
        transport._pool = httpcore.AsyncConnectionPool(
            ssl_context=trusted(),
            network_backend=_PublicNetwork(),
        )
    return httpx.AsyncClient(
        transport=transport,
        headers={"Accept-Encoding": "identity"},
        timeout=httpx.Timeout(60, connect=15),
        follow_redirects=False,
    )
