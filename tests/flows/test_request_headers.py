"""The headers of a submission: what it is for, and which endpoint may draw."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from prefect import flow

from shotgraph.errors import Refused
from shotgraph.tasks import edit
from tests.flows.pipelines import run
from tests.rehearsal.client import Client

pytestmark = pytest.mark.usefixtures("prefect_server")

FILM = """\
name: one-shot
params:
  shot: {type: video}
  words: {type: text}
steps:
  dusk: {edit: {video: $shot, prompt: $words}}
output: $dusk
"""
NO_FALLBACK = {"x-app-fal-disable-fallback", "x-fal-disable-fallbacks"}


@pytest.fixture
async def refusing(at_fal: Client) -> Client:
    """Accepts a job and ends it at once, so that nothing has to be drawn."""
    await at_fal.fault("fail", status=422, error_type="content_policy_violation")
    return at_fal


async def sent(server: Client) -> list[dict[str, Any]]:
    return [job["headers"] for job in await server.jobs()]


@pytest.mark.slow
async def test_fal_is_told_the_key_the_film_and_the_run(
    refusing: Client, shot: Path, tmp_path: Path
) -> None:
    report = await run(FILM, shot, tmp_path, params={"shot": str(shot), "words": "tagged"})
    (headers,) = await sent(refusing)
    tags = dict(pair.split("=", 1) for pair in headers["x-fal-tags"].split(","))
    keys = [folder.name for folder in (tmp_path / "store").glob("attempts/*")]
    assert tags == {
        "shotgraph.key": keys[0],
        "shotgraph.film": "one-shot",
        "shotgraph.run": report["run_id"],
    }
    assert headers["x-fal-request-timeout"] == headers["x-fal-request-start-timeout"] == "3600"
    assert headers.keys() >= NO_FALLBACK
    assert "authorization" not in headers


@pytest.mark.slow
async def test_a_run_may_allow_another_endpoint_to_draw(
    refusing: Client, shot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = {"shot": str(shot), "words": "allowed by the run"}
    await run(FILM, shot, tmp_path, params=allowed, allow_fallback=True)
    monkeypatch.setenv("SHOTGRAPH_FAL_FALLBACK", "true")
    await run(FILM, shot, tmp_path, params={**allowed, "words": "allowed by the environment"})
    both = await sent(refusing)
    assert len(both) == 2
    assert not any(headers.keys() & NO_FALLBACK for headers in both)


async def test_tasks_in_peoples_own_flows_are_told_apart_by_the_flow(
    refusing: Client, shot: Path
) -> None:
    @flow(name="Grüße, from=us")
    async def own() -> None:
        with suppress(Refused):
            await edit(str(shot), prompt="in an own flow")

    await own()
    (headers,) = await sent(refusing)
    tags = dict(pair.split("=", 1) for pair in headers["x-fal-tags"].split(","))
    assert tags["shotgraph.film"] == "Gr-e-from-us"
    assert len(tags["shotgraph.run"]) == 36
