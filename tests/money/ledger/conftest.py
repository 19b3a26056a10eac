"""A store in a folder, its ledger, and a stand-in for fal with sessions on that store."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from shotgraph.money.attempts import Ledger
from shotgraph.money.connection import FalConnection
from shotgraph.money.session import Session
from shotgraph.money.windows import Windows
from shotgraph.rehearsal import RehearsalServer
from shotgraph.store import Store, open_store
from tests.money.clocks import ImpatientClock
from tests.money.connected import connected_to
from tests.rehearsal.client import Client

Connect = Callable[..., Session]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "store"))


@pytest.fixture
def folder(store: Store) -> Path:
    assert store.folder is not None
    return store.folder


@pytest.fixture
def ledger(store: Store) -> Ledger:
    return Ledger(store.records)


@pytest.fixture
async def server(stand_in: RehearsalServer) -> AsyncIterator[Client]:
    async with Client.emptied(stand_in) as client:
        yield client


@pytest.fixture
def fal(server: Client) -> FalConnection:
    return connected_to(server)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def connect(fal: FalConnection, store: Store, said: list[str]) -> Connect:
    """Open a session on the store; its fields can be chosen."""

    def session(**fields: object) -> Session:
        given = {
            "fal": fal,
            "store": store,
            "clock": ImpatientClock(),
            "say": said.append,
            "windows": Windows(look_s=0),
            **fields,
        }
        return Session(**given)  # type: ignore[arg-type]

    return session
