"""One Prefect and one stand-in for fal for all these tests; each host in turn."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from shotgraph.rehearsal import Options, RehearsalServer
from tests.cli.command import plain_env
from tests.free_port import free_port
from tests.locked_database import AsksAgain
from tests.prefect_crash.hosts import HOSTS, Host
from tests.prefect_crash.prefect_api import PrefectApi
from tests.prefect_crash.process_tree import ROOT
from tests.rehearsal.client import Client

from .house import House, Server


@dataclass(frozen=True)
class Street:
    """What runs for all tests."""

    fal: RehearsalServer
    server: Server
    env: dict[str, str]
    folder: Path


@pytest.fixture(scope="package")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    folder = tmp_path_factory.mktemp("people")
    port = free_port()
    (folder / "tmp").mkdir()
    env = {
        **plain_env(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        # A worker runs a flow in a folder of its own, and has to find the flows of these tests.
        "PYTHONPATH": str(ROOT),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_UI_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "true",
        "PREFECT_LOCAL_STORAGE_PATH": str(folder / "results"),
    }
    at_fal = Options(queue_s=0, run_s=0, at_once=64, quick=True)
    with RehearsalServer(at_fal) as fal:
        names = fal.bases.as_dict()
        env |= {f"SHOTGRAPH_FAL_{name.upper()}": url for name, url in names.items()}
        env |= {"FAL_KEY": fal.key}
        server = Server(env, port, folder / "prefect.log")
        try:
            yield Street(fal, server, env, folder)
        finally:
            server.kill()


@pytest.fixture(scope="package", params=HOSTS)
def host(request: pytest.FixtureRequest, street: Street) -> Iterator[Host]:
    opened = HOSTS[request.param](street.env, street.folder)
    yield opened
    opened.kill()


@pytest.fixture
async def house(street: Street, host: Host, shot: Path) -> AsyncIterator[House]:
    async with (
        Client.of(street.fal) as fal,
        httpx.AsyncClient(timeout=300, transport=AsksAgain()) as http,
    ):
        prefect = PrefectApi(street.env["PREFECT_API_URL"], street.folder / "results", http)
        yield House(street.server, host, prefect, fal, street.folder, shot)
        await fal.lift()
