from collections.abc import Iterator
from pathlib import Path

import pytest

from shotgraph.rehearsal import Options, RehearsalServer
from tests.cli.command import plain_env
from tests.free_port import free_port

from .shop import Shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One server on SQLite and one worker for a file of tests."""
    folder = tmp_path_factory.mktemp("shop")
    port = free_port()
    with RehearsalServer(Options(queue_s=0, run_s=0, at_once=16, quick=True)) as fal:
        names = fal.bases.as_dict()
        env = {
            **plain_env(folder / "home"),
            **{f"SHOTGRAPH_FAL_{name.upper()}": url for name, url in names.items()},
            "FAL_KEY": fal.key,
            "SHOTGRAPH_STORE": str(folder / "store"),
            "XDG_DATA_HOME": str(folder / "data"),
            "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
            "PREFECT_WORKER_QUERY_SECONDS": "2",
            "PREFECT_RUNNER_POLL_FREQUENCY": "2",
            "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "true",
            "PREFECT_LOCAL_STORAGE_PATH": str(folder / "results"),
        }
        opened = Shop(Path(folder), env, port, fal)
        opened.open_server()
        try:
            yield opened
        finally:
            opened.close()
