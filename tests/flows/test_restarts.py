"""A run that always crashes is left alone; what stops at a budget is told of."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.flow_engine import run_flow_async
from prefect.states import AwaitingRetry, Crashed, Running

from shotgraph.flows import film
from shotgraph.flows.this_run import MOST_CRASHES
from tests.rehearsal.client import Client
from tests.through_prefect import PrefectServer

pytestmark = pytest.mark.usefixtures("prefect_server")

PIPELINE = """\
name: dusk
params:
  shot: {type: video}
steps:
  dusk: {edit: {video: $shot, prompt: Repaint it at dusk}}
output: $dusk
"""


async def run_after_crashes(crashes: int, parameters: dict[str, Any]) -> Any:
    """Carry a run out that has crashed so often."""
    async with get_client() as prefect:
        run = await prefect.create_flow_run(film, parameters=parameters)
        for _ in range(crashes):
            crash: tuple[State[Any], ...] = (Running(), Crashed(), AwaitingRetry())
            for state in crash:
                await prefect.set_flow_run_state(run.id, state, force=True)
        run = await prefect.read_flow_run(run.id)
    return await run_flow_async(film, flow_run=run, parameters=parameters, return_type="state")


@pytest.mark.slow
async def test_one_that_always_crashes_is_left_alone(
    at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    given = {"pipeline": PIPELINE, "params": {"shot": str(shot)}, "out": str(tmp_path)}
    state = await run_after_crashes(MOST_CRASHES, given)
    assert state.is_failed()
    assert f"crashed {MOST_CRASHES} times" in state.message
    assert await at_fal.jobs() == []
    state = await run_after_crashes(MOST_CRASHES - 1, given)
    assert state.is_completed()
    assert len(await at_fal.jobs()) == 1


async def test_a_run_that_a_budget_stops_is_told_of(
    prefect_server: PrefectServer, at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    state = await film(
        PIPELINE, {"shot": str(shot)}, max_usd=0.01, out=str(tmp_path), return_state=True
    )
    assert state.is_failed()
    run_id = state.state_details.flow_run_id
    of_it = {
        "filter": {
            "event": {"name": ["shotgraph.over-budget"]},
            "resource": {"id": [f"prefect.flow-run.{run_id}"]},
        }
    }
    async with asyncio.timeout(300), httpx.AsyncClient(timeout=300) as http:
        while True:
            found = await http.post(f"{prefect_server.api_url}/events/filter", json=of_it)
            events = found.raise_for_status().json()["events"]
            if events:
                break
            await asyncio.sleep(0.2)
    (event,) = events
    assert "0.01" in event["payload"]["message"]
