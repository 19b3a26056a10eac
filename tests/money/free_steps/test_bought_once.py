"""Any endpoint goes through the same purchase as every other: once, whatever happens."""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shotgraph import failpoints
from shotgraph.endpoints import ENDPOINTS
from shotgraph.errors import Ambiguous, OverBudget, Refused
from shotgraph.failpoints import Failpoint, Injected
from shotgraph.making.shots import draw as draw_job
from shotgraph.money.budget import Budget
from shotgraph.money.job import Job
from shotgraph.money.session import Session
from shotgraph.rehearsal.model import ANY_JOB_USD
from tests.money.free_steps.conftest import ENDPOINT, Draw
from tests.rehearsal.client import PICTURES, Client


async def counts(server: Client) -> dict[str, int]:
    found: dict[str, int] = (await server.book())["counts"]
    return found


async def test_it_is_bought_once_and_then_there(server: Client, draw: Draw) -> None:
    first = await draw(output="audio.url")
    assert (first.how, first.result.asset.kind, first.result.info.container) == (
        "ran",
        "audio",
        "wav",
    )
    assert first.result.cost_usd == ANY_JOB_USD
    again = await draw(output="audio.url")
    assert (again.how, again.result) == ("cached", first.result)
    other = await draw(output="audio.url", take=2)
    assert other.how == "ran"
    assert other.result.asset.sha256 != first.result.asset.sha256
    (job, second) = await server.jobs()
    assert job["endpoint_id"] == second["endpoint_id"] == ENDPOINT
    assert job["input"] == {"prompt": "calm sea"}
    assert job["charged_usd"] == float(ANY_JOB_USD)


@pytest.mark.parametrize(
    "place",
    [
        Failpoint.OUTCOME_THERE,
        Failpoint.RESULT_READ,
        Failpoint.ENDED_THERE,
        Failpoint.FETCHED,
        Failpoint.RESULT_PUT,
    ],
)
async def test_a_run_that_died_is_taken_up(
    server: Client, draw: Draw, place: Failpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failpoints, "_passed", Counter())
    monkeypatch.setenv("SHOTGRAPH_FAILPOINT", f"{place}:raise")
    with pytest.raises(Injected):
        await draw(output="audio")
    monkeypatch.delenv("SHOTGRAPH_FAILPOINT")
    taken_up = await draw(output="audio")
    assert taken_up.how == "resumed"
    assert (await counts(server))["submits"] == 1


async def test_a_lost_answer_is_looked_for_and_not_sent_again(server: Client, draw: Draw) -> None:
    await server.fault("drop", times=1)
    await server.fault("hold")
    with pytest.raises(Ambiguous, match="Buying again is safe from"):
        await draw()
    await server.lift()
    (job,) = await server.jobs()
    await server.http.get(f"{server.bases.queue_url}/fal-ai/some/requests/{job['request_id']}")
    async with server.http.stream(
        "GET", f"{server.bases.queue_url}/fal-ai/some/requests/{job['request_id']}/status/stream"
    ) as events:
        await events.aread()
    assert (await draw(output="audio")).how == "resumed"
    assert (await counts(server))["submits"] == 1


async def test_media_anywhere_inside_are_uploaded_once(
    server: Client, draw: Draw, still: Path
) -> None:
    arguments: dict[str, Any] = {
        "prompt": "sea",
        "image_url": str(still),
        "options": {"pictures": [still, str(still)], "strength": 0.5},
        "frames": [{"image": {"url": str(still)}}],
    }
    await draw(arguments=arguments)
    assert (await counts(server))["uploads"] == 1
    (job,) = await server.jobs()
    url = job["input"]["image_url"]
    assert url.startswith(server.bases.cdn_url)
    assert job["input"] == {
        "prompt": "sea",
        "image_url": url,
        "options": {"pictures": [url, url], "strength": 0.5},
        "frames": [{"image": {"url": url}}],
    }
    assert (await server.http.get(url)).content == still.read_bytes()


async def test_what_fal_refuses_is_said_with_its_cost(server: Client, draw: Draw) -> None:
    await server.fault("fail", status=422, error_type="content_policy_violation", charged=True)
    with pytest.raises(Refused, match="content_policy_violation") as refused:
        await draw()
    assert refused.value.cost_usd == ANY_JOB_USD
    assert refused.value.request_id == (await server.jobs())[0]["request_id"]


@pytest.mark.parametrize("status", [500, 503])
async def test_a_failure_of_fals_own_costs_nothing(server: Client, draw: Draw, status: int) -> None:
    await server.fault("fail", status=status, retryable=False)
    with pytest.raises(Refused) as refused:
        await draw()
    assert refused.value.cost_usd == 0


async def test_the_price_is_a_wall(
    server: Client, draw: Draw, session: Callable[..., Session]
) -> None:
    poor = session(budgets=[Budget(name="run", limit_usd=Decimal("0.5"))])
    with pytest.raises(OverBudget):
        await draw(of=poor, price_usd="0.51")
    assert "submits" not in await counts(server)
    assert (await draw(of=poor, price_usd="0.5")).how == "ran"


@pytest.mark.slow
async def test_an_endpoint_of_ours_is_bought_as_by_its_own_step(
    server: Client, draw: Draw, session: Callable[..., Session]
) -> None:
    words = {"prompt": "Paint it", "duration": "3", "aspect_ratio": "1:1"}
    made = await draw(endpoint=PICTURES, arguments=words, price_usd=None)
    assert (made.how, made.result.cost_usd) == ("ran", Decimal("0.252"))
    endpoint = ENDPOINTS[PICTURES]
    typed = endpoint.arguments.model_validate(words)
    own = session()
    again = await draw_job(own, Job("shot", endpoint, typed, 1, own.fal.backend))
    assert (again.how, again.result) == ("cached", made.result)
