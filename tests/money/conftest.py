"""A rehearsal for the whole session, emptied before each test; a store, a clock and a clip."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from shotgraph.errors import ShotgraphError
from shotgraph.model.references import Asset
from shotgraph.money.buy import buy
from shotgraph.money.connection import FalConnection
from shotgraph.money.session import Session
from shotgraph.money.windows import Windows
from shotgraph.rehearsal import Options, RehearsalServer
from shotgraph.store import Store, open_store
from tests.crash.one_run import job_of
from tests.crash.order import Shot
from tests.media.coded_clips import Sound, write_clip
from tests.money.clocks import SteppingClock
from tests.money.connected import connected_to
from tests.money.scripted import ScriptedServer, bases_at
from tests.money.stand_in import StandIn
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


@pytest.fixture
async def scripted_fal(clip: Any) -> AsyncIterator[StandIn]:
    answer = StandIn(clip.read_bytes())
    async with ScriptedServer(answer) as listening:
        answer.root = listening.root
        yield answer


@pytest.fixture
def run_at(scripted_fal: StandIn, session: Callable[..., Session]) -> Callable[..., Any]:
    """Buy one job; gives how this run came by it, or the error, and what the ledger says."""
    key = SecretStr("canary-id:canary-secret")

    async def once(**bases: str) -> tuple[str | ShotgraphError, str]:
        at = bases_at(scripted_fal.root).model_copy(update=bases)
        bought = replace(session(), fal=FalConnection(at, key, "scripted"))
        job = job_of(Shot(prompt="a sea"), bought.fal.backend)
        try:
            how: str | ShotgraphError = (await buy(bought, job)).how
        except ShotgraphError as error:
            how = error
        return how, (await bought.ledger.latest(job.key)).state

    return once


@pytest.fixture
def run(run_at: Callable[..., Any]) -> Callable[[], Any]:
    """The same, with a fal whose bases are all at one place."""
    return run_at
