"""What the tests of blocks, tasks, flows and the command share: one Prefect, one stand-in for fal.

Prefect takes some ten seconds to start, so it is started once, and only where a test asks for it.
"""

import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import httpx
import pytest

from shotgraph.money.known_prices import current_prices
from shotgraph.rehearsal import Options, RehearsalServer
from tests.media.coded_clips import Sound, write_clip
from tests.rehearsal.client import Client

START_S = 600  # on a machine that is busy with other work too


@dataclass(frozen=True)
class PrefectServer:
    """A running Prefect.

    Attributes:
        api_url: Where it is.
        database: Its SQLite file.
        home: Where this process keeps results, below ``storage``.
        block_types: The slugs that it knew when it had just started.
    """

    api_url: str
    database: Path
    home: Path
    block_types: frozenset[str]


@pytest.fixture(scope="session")
def prefect_server(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[PrefectServer]:
    import prefect
    from prefect import settings
    from prefect.testing.utilities import prefect_test_harness

    home = tmp_path_factory.mktemp("prefect")
    # Half of a start is the making of the database: pytest's cache keeps an empty one.
    cache: pytest.Cache | None = getattr(pytestconfig, "cache", None)  # none without its plugin
    kept_in = cache.mkdir("prefect") if cache is not None else home
    made_before = kept_in / f"{prefect.__version__}.db"
    folder = tmp_path_factory.mktemp("database")
    if made_before.exists():
        shutil.copyfile(made_before, folder / "prefect-test.db")
    ours = {
        settings.PREFECT_HOME: home,
        settings.PREFECT_LOCAL_STORAGE_PATH: home / "storage",
        settings.PREFECT_SERVER_ANALYTICS_ENABLED: False,
    }
    with (
        patch("prefect.testing.utilities.mkdtemp", lambda: str(folder)),
        settings.temporary_settings(ours),
        prefect_test_harness(server_startup_timeout=START_S),
    ):
        where = str(settings.PREFECT_SERVER_DATABASE_CONNECTION_URL.value())
        database = Path(where.removeprefix("sqlite+aiosqlite:///"))
        api_url = str(settings.PREFECT_API_URL.value())
        asked = httpx.post(f"{api_url}/block_types/filter", json={}, timeout=START_S)
        known = asked.raise_for_status().json()
        slugs = frozenset(str(block_type["slug"]) for block_type in known)
        if not made_before.exists():
            _keep(database, made_before)
        yield PrefectServer(api_url, database, home, slugs)


def _keep(database: Path, kept: Path) -> None:
    """Copy the database of a running server; of two workers that do it, either copy is whole."""
    part = kept.with_suffix(f".{os.getpid()}")
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(part)) as copy:
        source.backup(copy)
    part.replace(kept)


@pytest.fixture(scope="session")
def stand_in() -> Iterator[RehearsalServer]:
    """A server that stands in for fal, as far as the project knows: not a rehearsal of its own."""
    with RehearsalServer(Options(queue_s=0, run_s=0, at_once=4, quick=True)) as server:
        yield server


@pytest.fixture
def fal_env(
    stand_in: RehearsalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The environment of a run that has a key, and a store of its own."""
    names = stand_in.bases.as_dict()
    given = {f"SHOTGRAPH_FAL_{name.upper()}": url for name, url in names.items()}
    given |= {"FAL_KEY": stand_in.key, "SHOTGRAPH_STORE": str(tmp_path / "store")}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    # A busy machine answers late; without the answer a run would take the table's prices.
    monkeypatch.setattr(current_prices, "__kwdefaults__", {"ask_s": 300.0})
    return given


@pytest.fixture
async def at_fal(stand_in: RehearsalServer, fal_env: dict[str, str]) -> AsyncIterator[Client]:
    """What a test asks the stand-in, which is empty at its start."""
    async with Client.emptied(stand_in) as client:
        yield client


@pytest.fixture(scope="session")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """4 s of 720 x 720 at 24 frames a second, every frame numbered, with a tone."""
    path = tmp_path_factory.mktemp("shots") / "shot.mp4"
    return write_clip(path, clip=9, frames=96, rate=24, size=(720, 720), sound=Sound())
