"""A rehearsal for the whole session, emptied before each test; a store, a clock and a clip."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from shotgraph.model.references import Asset
from shotgraph.money.connection import FalConnection
from shotgraph.money.session import Session
from shotgraph.money.windows import Windows
from shotgraph.rehearsal import Options, RehearsalServer
from shotgraph.store import Store, open_store
from tests.media.coded_clips import Sound, write_clip
from tests.money.clocks import SteppingClock
from tests.money.connected import connected_to
from tests.rehearsal.client import Client


@pytest.fixture(scope="session")
def running() -> Iterator[RehearsalServer]:
    with RehearsalServer(Options(queue_s=0, run_s=0, at_once=4, quick=True)) as server:
        yield server


@pytest.fixture
async def server(running: RehearsalServer) -> AsyncIterator[Client]:
    async with Client.emptied(running) as client:
        yield client


@pytest.fixture
def fal(server: Client) -> FalConnection:
    return connected_to(server)


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "store"))


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def session(
    fal: FalConnection, store: Store, clock: SteppingClock, said: list[str]
) -> Callable[..., Session]:
    def make(**fields: object) -> Session:
        given = {"windows": Windows(look_s=0), **fields}
        return Session(fal=fal, store=store, clock=clock, say=said.append, **given)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """3 s of 720 x 720 at 24 frames a second, every frame numbered, with a tone."""
    path = tmp_path_factory.mktemp("clips") / "numbered.mp4"
    return write_clip(path, clip=7, frames=72, rate=24, size=(720, 720), sound=Sound())


@pytest.fixture
async def asset(store: Store, clip: Path) -> Asset:
    return await store.assets.add(clip, "video")
