"""One Prefect, one stand-in for fal, and one film that nothing happens to, for all these tests."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shotgraph.money.windows import Windows
from shotgraph.rehearsal import Options, RehearsalServer
from shotgraph.store import sha256_of_file
from tests.cli.command import Desk, plain_env
from tests.free_port import free_port

from .crash_films import CrashFilm
from .hosts import HOSTS, Host, open_prefect
from .stage import Studio

WINDOWS = Windows(send_s=3, reply_s=7, start_s=8, run_s=4, lag_s=0.5, skew_s=0.2, look_s=60)


@pytest.fixture(scope="package")
def studio(tmp_path_factory: pytest.TempPathFactory, shot: Path) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("through-prefect")
    port, storage = free_port(), folder / "results"
    (folder / "tmp").mkdir()
    windows = WINDOWS.model_dump()
    env = {
        **plain_env(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        **{f"SHOTGRAPH_WINDOWS__{name.upper()}": str(value) for name, value in windows.items()},
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "true",
        "PREFECT_LOCAL_STORAGE_PATH": str(storage),
    }
    at_fal = Options(queue_s=0, run_s=0, at_once=64, quick=True)
    with RehearsalServer(at_fal) as fal, open_prefect(env, port, folder / "prefect.log"):
        names = fal.bases.as_dict()
        env |= {f"SHOTGRAPH_FAL_{name.upper()}": url for name, url in names.items()}
        env |= {"FAL_KEY": fal.key}
        report = _undisturbed(CrashFilm("undisturbed", folder, shot), env)
        film = sha256_of_file(Path(report["output"]["path"]))
        yield Studio(fal, env, folder, storage, shot, film, report["cost_usd"])


@pytest.fixture(scope="package", params=HOSTS)
def host(request: pytest.FixtureRequest, studio: Studio) -> Iterator[Host]:
    """What carries the flow runs out."""
    opened = HOSTS[request.param](studio.env, studio.folder)
    yield opened
    opened.kill()


def _undisturbed(film: CrashFilm, env: dict[str, str]) -> dict[str, Any]:
    """Make a film by the command; every shape that the stand-in is asked for is drawn then."""
    (film.folder / "film.yaml").write_text(film.pipeline, encoding="utf-8")
    desk = Desk(film.folder, {**env, "SHOTGRAPH_STORE": film.store})
    ran = desk.run("run", "film.yaml", "--set", f"shot={film.shot}", "--json")
    assert ran.code == 0, ran.err
    return ran.json
