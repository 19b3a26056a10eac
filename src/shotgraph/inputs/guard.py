"""Guard the fetching of files: trusted certificates, allowed URLs, public addresses."""

import asyncio
import socket
import ssl
from collections.abc import Iterable
from functools import cache, lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import httpcore
import httpx

from shotgraph.errors import Terminal
from shotgraph.inputs.hosts import FalBases


@cache
def trusted() -> ssl.SSLContext:
    """The trusted certificates, read only once: reading takes 36 ms and blocks the event loop.

    ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` replace the default certificates.
    """
    return httpx.create_ssl_context()


_NAT64 = IPv6Network("64:ff9b::/96")
_UNICAST = IPv6Network("2000::/3")
"""The assigned public addresses of IPv6; others are local, wrapped IPv4, or unassigned."""
# IANA's special-purpose registries as of November 2026, and multicast. It is our own list because
# `is_global` differs between versions of Python. AS112 and AMT are public, and serve no files.
_REFUSED = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's wire server, reachable from all Azure machines
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
    )
)


def is_public(address: str) -> bool:
    """Whether an IP address is public, also if it is wrapped in another address."""
    ip = _unwrapped(ip_address(address.partition("%")[0]))
    if isinstance(ip, IPv6Address) and ip not in _UNICAST:
        return False
    return not any(ip in refused for refused in _REFUSED)


def _unwrapped(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return ip.ipv4_mapped
        if ip.sixtofour is not None:
            return ip.sixtofour
        if ip in _NAT64:
            return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip


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
        ip = _unwrapped(ip_address(host))
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
    # Other ports seldom serve files, and often belong to a database or an administrator's page.
    port = asked.port or 443
    if port not in bases.file_ports:
        allowed = ",".join(str(allowed) for allowed in bases.file_ports)
        raise NotAllowed.at(
            asked,
            f"a file on {host} is not fetched: its URL names port {port}; allowed: {allowed}. If "
            f"the host is right, set SHOTGRAPH_URL_PORTS={allowed},{port} and run again",
        )


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
            said = f"a file on {host} is not fetched: the host has no public address"
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
