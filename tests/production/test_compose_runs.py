"""The compose file started, where a Docker engine runs and its images can be had."""

import json
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet

from tests.prefect_crash.process_tree import ROOT

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(2400)]

API = "http://127.0.0.1:4200/api"
READY_S = 300.0
FILM, FILMS = "/tmp/new/film.yaml", "/tmp/films"  # noqa: S108  in a container of the test's
PASSWORD = secrets.token_urlsafe(12)
SETTINGS = {
    "DATABASE_PASSWORD": PASSWORD,
    "PREFECT_AUTH": f"shotgraph:{PASSWORD}",
    "PREFECT_ENCRYPTION_KEY": Fernet.generate_key().decode(),
    "STORE_USER": "shotgraph",
    "STORE_PASSWORD": PASSWORD,
    "SHOTGRAPH_DAILY_BUDGET_USD": "5",
    "SHOTGRAPH_VIEW_TOKEN": PASSWORD,
}


def compose(*words: str) -> subprocess.CompletedProcess[str]:
    """Run docker compose with the project's file, as a project of its own."""
    file = str(ROOT / "deployments" / "compose.yaml")
    command = ["docker", "compose", "--file", file, "--project-name", "shotgraph-test", *words]
    env = {**os.environ, **SETTINGS}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def started() -> Iterator[httpx.Client]:
    docker = shutil.which("docker")
    if (
        docker is None
        or subprocess.run([docker, "info"], capture_output=True, check=False).returncode
    ):
        pytest.skip("no Docker engine runs here")
    pulled = compose("pull", "--ignore-buildable")
    if pulled.returncode:
        pytest.skip(f"the images can't be had: {pulled.stderr[-200:]}")
    try:
        ran = compose("up", "--detach", "--build")
        assert ran.returncode == 0, ran.stderr[-2000:]
        with httpx.Client(base_url=API, auth=("shotgraph", PASSWORD), timeout=30) as client:
            yield client
    finally:
        compose("down", "--volumes", "--timeout", "5")


def test_its_workers_are_there_and_a_film_is_made(started: httpx.Client) -> None:
    def workers() -> list[dict[str, Any]]:
        reply = started.post("/work_pools/shotgraph/workers/filter", json={})
        found: list[dict[str, Any]] = reply.json() if reply.is_success else []
        return [one for one in found if one["status"] == "ONLINE"]

    give_up_at = time.monotonic() + READY_S
    while len(workers()) < 2:
        assert time.monotonic() < give_up_at, compose("logs", "--tail", "50").stdout
        time.sleep(2)

    inside = ("exec", "--no-TTY", "worker", "shotgraph")
    written = compose(*inside, "new", FILM)
    assert written.returncode == 0, written.stderr
    ran = compose(*inside, "run", FILM, "--rehearse", "--out", FILMS, "--json")
    assert ran.returncode == 0, ran.stderr[-2000:]
    report = json.loads(ran.stdout)
    # The store is a bucket of the file's own S3 server, and Prefect knows the run.
    assert (report["status"], report["cost_usd"]) == ("done", 0)
    assert started.get(f"/flow_runs/{report['run_id']}").json()["state"]["type"] == "COMPLETED"
