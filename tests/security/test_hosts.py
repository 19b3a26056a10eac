"""A film's URLs lead to the machine that runs it, to its network, or to a cloud's own addresses."""

from pathlib import Path

import pytest

from shotgraph.errors import Retryable, Terminal
from shotgraph.inputs.hosts import FalBases
from shotgraph.inputs.intake import fetch
from shotgraph.model.addresses import is_public
from shotgraph.store import open_store
from tests.figures import Count
from tests.money.clocks import SteppingClock
from tests.money.hosts import ADDRESSES, SPELLINGS
from tests.money.scripted import ScriptedServer

KIND = 15
NAMELESS = ("xn--", "...", "xn--.example.com", "[", "")


def test_no_address_that_is_not_public_is_let_through(count: Count) -> None:
    hostile = [address for addresses in ADDRESSES.values() for address in addresses]
    let_through = [address for address in hostile if is_public(address)]
    count(addresses=len(hostile), let_through=len(let_through))
    assert let_through == []


@pytest.mark.parametrize("is_port_allowed", [False, True])
async def test_no_url_reaches_this_machine(
    tmp_path: Path, count: Count, is_port_allowed: bool
) -> None:
    store, clock = open_store(str(tmp_path / "store")), SteppingClock()
    async with ScriptedServer() as canary:
        bases = FalBases(file_ports=(canary.port,)) if is_port_allowed else FalBases()
        hosts = [
            f"{scheme}{host}:{canary.port}/clip.mp4"
            for scheme in ("https://", "http://", "https://me@")
            for host in SPELLINGS
        ]
        urls = [*hosts, *(f"https://{host}/clip.mp4" for host in NAMELESS)]
        for url in urls:
            with pytest.raises((Terminal, Retryable)):
                await fetch(url, "video", bases=bases, store=store, clock=clock)
        count(urls=len(urls), connections=canary.connections)
        assert canary.connections == 0
