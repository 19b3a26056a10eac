"""The automation for dead runs leaves alone a run whose process ended in order."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.prefect_crash.process_tree import ROOT

from .films import QUICK, write_film
from .shop import Shop

pytestmark = pytest.mark.prefect

TAG = {"prefect.resource.id": "prefect.tag.shotgraph", "prefect.resource.role": "tag"}
HEARTBEAT, ENDS = "prefect.flow-run.heartbeat", "shotgraph.process-ends"


def automate(shop: Shop) -> None:
    script = ROOT / "deployments" / "automations.py"
    command = [sys.executable, str(script), "--heartbeat-s", "1", "--restart-after-s", "3600"]
    made = subprocess.run(command, env=shop.env, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr


def run_without_process(shop: Shop) -> str:
    """Create a run that Prefect takes for running; no process carries it out."""
    flow = shop.ask("POST", "flows/", {"name": "film"}).json()
    body = {"flow_id": flow["id"], "tags": ["shotgraph"], "state": {"type": "RUNNING"}}
    return str(shop.ask("POST", "flow_runs/", body).json()["id"])


def emit(shop: Shop, name: str, *run_ids: str) -> None:
    """Emit an event of each run, which follows no other event."""
    events = [
        {
            "occurred": datetime.now(UTC).isoformat(),
            "event": name,
            "id": str(uuid4()),
            "resource": {"prefect.resource.id": f"prefect.flow-run.{run_id}"},
            "related": [TAG],
            "payload": {},
        }
        for run_id in run_ids
    ]
    assert shop.ask("POST", "events", events).is_success


def state_of(shop: Shop, run_id: str) -> str:
    return str(shop.ask("GET", f"flow_runs/{run_id}").json()["state"]["type"])


def test_only_a_run_that_says_no_more_is_dead(shop: Shop) -> None:
    automate(shop)
    ended, silent = run_without_process(shop), run_without_process(shop)
    emit(shop, HEARTBEAT, ended, silent)
    # The events of both states are missing, as after a restart of the server.
    emit(shop, ENDS, ended)
    shop.until(lambda: state_of(shop, silent) == "CRASHED", "a dead run")
    assert state_of(shop, ended) == "RUNNING"


def test_a_run_says_that_its_process_ends(shop: Shop, shot: Path) -> None:
    file = write_film(shop.folder / "says-its-end", QUICK.format(name="says-its-end"), shot)
    deployed = shop.deploy(file)
    run_id = shop.begin(deployed)
    shop.ended(run_id)
    body = {"filter": {"event": {"name": [ENDS]}}}
    found: list[dict[str, Any]] = []

    def has_come() -> bool:
        found[:] = shop.ask("POST", "events/filter", body).json()["events"]
        return any(one["resource"]["prefect.resource.id"].endswith(run_id) for one in found)

    shop.until(has_come, ENDS)
    assert TAG in found[0]["related"]
    assert found[0]["follows"] is None
