"""A film's folder runs code in what ``deploy --serve`` starts there: itself, and each run."""

import os
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.command import COMMAND, plain_env
from tests.figures import Count
from tests.free_port import free_port
from tests.locked_database import AsksAgainNow
from tests.prefect_crash.hosts import open_prefect, until_known
from tests.prefect_crash.process_tree import running

from .folders import SETTINGS, put_film, put_modules, put_settings, was_run

KIND = 24
ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
READY_S, BETWEEN_S = 400, 0.5


@pytest.mark.skipif(os.environ.get("SHOTGRAPH_SECURITY_SAMPLE") == "1", reason="half a minute")
def test_a_served_run_takes_nothing_from_the_folder(
    tmp_path: Path, shot: Path, count: Count
) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    put_film(folder, shot)
    port = free_port()
    env = {
        **plain_env(tmp_path / "prefect"),
        "SHOTGRAPH_STORE": str(tmp_path / "store"),
        "FAL_KEY": "key-of:the-user",
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
    }
    serve = ("/bin/sh", "-c", 'cd "$0" && exec "$@"', folder, COMMAND, "deploy", "film.yaml")
    with open_prefect(env, port, tmp_path / "prefect.log"):
        for file in SETTINGS:
            put_settings(folder, file)
        put_modules(folder)
        with running(*serve, "--serve", env=env, log=tmp_path / "serve.log") as serving:
            until_known("deployments/name/film/given", serving, env)
            state = _run_it(env["PREFECT_API_URL"])
            said = serving.said()
    count(folders=1, programs_run=int(was_run(folder)))
    assert not was_run(folder)
    assert "were ignored" in said
    assert state == "COMPLETED", said


def _run_it(api_url: str) -> str:
    """Start a run of the deployment, and wait for its end."""
    with httpx.Client(base_url=api_url, timeout=300, transport=AsksAgainNow()) as client:
        deployment = client.get("/deployments/name/film/given").raise_for_status().json()
        started: dict[str, Any] = (
            client.post(f"/deployments/{deployment['id']}/create_flow_run", json={})
            .raise_for_status()
            .json()
        )
        give_up_at = time.monotonic() + READY_S
        while time.monotonic() < give_up_at:
            run = client.get(f"/flow_runs/{started['id']}").raise_for_status().json()
            if run["state_type"] in ENDED:
                return str(run["state_type"])
            time.sleep(BETWEEN_S)
    return "not ended"
