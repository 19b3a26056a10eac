"""Where a file may be fetched from: the public network, and the hosts that were configured."""

import asyncio
import ipaddress
import socket
from typing import Any

import httpcore
import httpx
import pytest

from shotgraph.errors import Retryable, Terminal
from shotgraph.inputs.guard import check_url, fetching_client, is_one_of_ours
from shotgraph.inputs.hosts import FalBases
from shotgraph.inputs.intake import fetch
from shotgraph.model.addresses import is_public
from shotgraph.store import Store
from tests.money.clocks import SteppingClock
from tests.money.hosts import ADDRESSES, PUBLIC, SPELLINGS
from tests.money.scripted import ScriptedServer, reply

HOSTILE = [(why, address) for why, addresses in ADDRESSES.items() for address in addresses]


def test_there_are_many_ways_to_be_hostile() -> None:
    assert len({address for _, address in HOSTILE}) + len(set(SPELLINGS)) >= 80


@pytest.mark.parametrize(("why", "address"), HOSTILE)
def test_what_is_not_public_is_refused(why: str, address: str) -> None:
    assert not is_public(address), why


@pytest.mark.parametrize("constants", ["_IPv4Constants", "_IPv6Constants"])
def test_what_this_python_knows_to_be_private_is_refused(constants: str) -> None:
    known = getattr(ipaddress, constants)._private_networks
    assert len(known) >= 9
    wrapped = [ipaddress.ip_network(name) for name in ("::ffff:0:0/96", "2002::/16")]
    for network in known:
        if network not in wrapped:  # those are judged by what is in them
            assert not is_public(str(network[0])), network
            assert not is_public(str(network[-1])), network


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public_is_let_through(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", SPELLINGS)
async def test_no_spelling_reaches_this_machine(
    host: str, store: Store, clock: SteppingClock
) -> None:
    async with ScriptedServer() as canary:
        url = f"https://{host}:{canary.port}/clip.mp4"
        bases = FalBases(file_ports=(canary.port,))
        # A host that the resolver does not read is not reached either, and may be tried again.
        with pytest.raises((Terminal, Retryable)):
            await fetch(url, "video", bases=bases, store=store, clock=clock)
        assert canary.connections == 0


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "localhost", "[::1]"])
async def test_what_the_resolver_reads_as_this_machine_is_refused_for_good(
    host: str, store: Store, clock: SteppingClock
) -> None:
    with pytest.raises(Terminal, match="no public address"):
        await fetch(f"https://{host}/", "video", bases=FalBases(), store=store, clock=clock)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/clip.mp4",
        "ftp://example.com/clip.mp4",
        "file:///etc/passwd",
        "data:video/mp4;base64,AAAA",
        "https://user:word@example.com/clip.mp4",
        "https://user@example.com/clip.mp4",
        "https:///clip.mp4",
        "//example.com/clip.mp4",
        "clip.mp4",
        "",
        "https://0177.0.0.1/clip.mp4",
        "https://example.com\t/clip.mp4",
        "https://example.com:port/clip.mp4",
        "https://①②⑦.0.0.1/",
        "http://127.0.0.1:9\\@example.com/queue",
        "x" * 70_000,
    ],
)
def test_what_is_no_plain_https_url_is_refused(url: str) -> None:
    with pytest.raises(Terminal, match="is not fetched"):
        check_url(url, FalBases(queue_url="http://127.0.0.1:9/queue"))


@pytest.mark.parametrize("port", [22, 80, 3306, 6379, 8080, 8443, 9200])
def test_another_port_is_refused_unless_it_is_named(port: int) -> None:
    url = f"https://films.example.com:{port}/clip.mp4"
    with pytest.raises(Terminal, match=f"SHOTGRAPH_URL_PORTS=443,{port} and run again"):
        check_url(url, FalBases())
    check_url(url, FalBases(file_ports=(443, port)))
    check_url("https://films.example.com:443/clip.mp4", FalBases())


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "10.0.0.7", "2130706433", "localhost"])
def test_no_setting_is_named_for_an_address_that_none_allows(host: str) -> None:
    with pytest.raises(Terminal, match="no public address") as refused:
        check_url(f"https://{host}:8942/clip.mp4", FalBases())
    assert "SHOTGRAPH_URL_PORTS" not in str(refused.value)


@pytest.mark.parametrize("url", ["https://xn--/", "https://.../", "https://xn--.example.com/"])
async def test_a_host_without_a_name_is_refused_for_good(
    url: str, store: Store, clock: SteppingClock
) -> None:
    with pytest.raises(Terminal, match="is not fetched"):
        await fetch(url, "video", bases=FalBases(), store=store, clock=clock)


def test_a_url_with_a_secret_is_not_repeated() -> None:
    with pytest.raises(Terminal) as caught:
        check_url("http://example.com/clip.mp4?signature=canary", FalBases())
    assert "canary" not in str(caught.value)


OURS = FalBases(queue_url="http://127.0.0.1:9/queue", cdn_url="https://files.example.com/cdn")


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("http://127.0.0.1:9/anything", True),
        ("https://files.example.com:443/x", True),
        ("https://v3.fal.media/x", False),
        ("https://rest.fal.ai/x", True),
        ("https://127.0.0.1:9/x", False),
        ("http://127.0.0.1:10/x", False),
        ("http://127.0.0.1/x", False),
        ("http://me@127.0.0.1:9/x", False),
        ("http://127.0.0.1:9@example.com/x", False),
        ("http://127.0.0.1:9\\@example.com/x", False),
        ("http://127.0.0.1:9.example.com/x", False),
    ],
)
def test_only_the_very_host_and_port_of_a_base_are_ours(url: str, ours: bool) -> None:
    try:
        assert is_one_of_ours(url, OURS) is ours
    except httpx.InvalidURL:
        assert not ours


class Resolver:
    """Answers one name with other addresses each time; everything else stays real."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    async def __call__(self, host: str, port: int, **_: Any) -> list[Any]:
        found = self.answers.pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]


class Wire:
    """Stands where the network begins: keeps what would be connected to."""

    def __init__(self) -> None:
        self.connected: list[str] = []

    async def connect_tcp(self, host: str, *_: Any) -> httpcore.AsyncNetworkStream:
        self.connected.append(host)
        raise httpcore.ConnectError("nothing leaves this machine")


async def connected_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    wire = Wire()
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", Resolver(*answers))
    async with fetching_client("https://films.example.com/x", FalBases()) as client:
        client._transport._pool._network_backend._inner = wire  # type: ignore[attr-defined]
        with pytest.raises((httpx.ConnectError, Terminal)):
            await client.get("https://films.example.com/x")
    return wire.connected


async def test_what_was_checked_is_what_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    rebinding = (["8.8.8.8"], ["127.0.0.1"])
    assert await connected_to(monkeypatch, *rebinding) == ["8.8.8.8"]


@pytest.mark.parametrize("found", [["8.8.8.8", "10.0.0.1"], ["10.0.0.1", "8.8.8.8"], []])
async def test_a_name_with_one_private_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, found: list[str]
) -> None:
    assert await connected_to(monkeypatch, found) == []


async def test_a_file_is_asked_for_without_key_proxy_or_compression(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with ScriptedServer() as proxy, ScriptedServer(lambda _: reply(200)) as listening:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.root)
        url = f"{listening.root}/cdn/x"
        async with fetching_client(url, listening.bases) as client:
            await client.get(url)
        assert proxy.connections == 0
    (asked,) = listening.heard
    assert asked.header("authorization") is None
    assert asked.header("accept-encoding") == "identity"
