"""What a person finds running: Prefect with its UI, a film that is deployed, a stand-in for fal."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from shotgraph.rehearsal import Options, RehearsalServer
from tests.cli.command import COMMAND, plain_env
from tests.free_port import free_port
from tests.locked_database import AsksAgainNow
from tests.prefect_crash.hosts import open_prefect, until_known
from tests.prefect_crash.process_tree import running

from .films import write_film

DEPLOYMENT = "film/harbour-at-dusk"


@dataclass(frozen=True)
class Site:
    """All of it.

    Attributes:
        ui: The address of Prefect's UI.
        api: The address of its API.
        fal: The stand-in; nothing but the block that a person saves says where it is.
        films: The folder for films.
    """

    ui: str
    api: str
    fal: RehearsalServer
    films: Path

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask Prefect's API."""
        with httpx.Client(timeout=300, transport=AsksAgainNow()) as client:
            reply = client.request(method, f"{self.api}/{path}", json=body)
        assert reply.is_success, reply.text
        return reply.json()

    def jobs(self) -> list[dict[str, Any]]:
        """Read what was bought, in the stand-in's book."""
        control = self.fal.bases.queue_url.removesuffix("/queue") + "/_rehearsal"
        headers = {"Authorization": f"Key {self.fal.key}"}
        book = httpx.get(f"{control}/book", headers=headers, timeout=300).json()
        jobs: list[dict[str, Any]] = book["jobs"]
        return jobs


@contextmanager
def open_site(folder: Path, *, quick: bool) -> Iterator[Site]:
    """Start everything, until the block is left.

    Args:
        folder: An empty one.
        quick: Whether clips may share their drawings; pictures for people are drawn each.
    """
    port = free_port()
    here = f"http://127.0.0.1:{port}"
    env = {
        **plain_env(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "SHOTGRAPH_STORE": str(folder / "store"),
        "PREFECT_API_URL": f"{here}/api",
        # The UI takes port 4200 for granted.
        "PREFECT_SERVER_UI_API_URL": f"{here}/api",
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
    }
    (folder / "tmp").mkdir()
    film, films = write_film(folder / "film"), folder / "films"
    at_fal = Options(queue_s=0.5, run_s=1, at_once=8, quick=quick)
    serve = (COMMAND, "deploy", film, "--serve", "--out", films)
    with (
        RehearsalServer(at_fal) as fal,
        open_prefect(env, port, folder / "prefect.log"),
        running(*serve, env=env, log=folder / "serve.log") as serving,
    ):
        until_known(f"deployments/name/{DEPLOYMENT}", serving, env)
        yield Site(here, f"{here}/api", fal, films)
