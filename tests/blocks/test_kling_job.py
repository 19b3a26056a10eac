"""A job as a block: bought once, waited for and fetched later; counted by the stand-in's book."""

from pathlib import Path
from typing import Any

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from pydantic import SecretStr, ValidationError

from shotgraph.blocks import FalCredentials, KlingJob, KlingJobRun
from shotgraph.errors import MediaError, OverBudget, Refused
from shotgraph.media.probe import Medium
from shotgraph.tasks import MadeOutput, trim
from shotgraph.tasks.policy import PLAIN_JSON
from tests.media.coded_clips import write_clip
from tests.rehearsal.client import Client

pytestmark = pytest.mark.usefixtures("prefect_server")


def job(at_fal: Client, shot: Path, **more: Any) -> KlingJob:
    key = SecretStr(at_fal.key)
    given = {"kind": "edit", "arguments": {"video": str(shot), "prompt": "rain"}, **more}
    return KlingJob(credentials=FalCredentials(key=key, **at_fal.bases.as_dict()), **given)


async def counts(at_fal: Client) -> tuple[int, int]:
    found = (await at_fal.book())["counts"]
    return found.get("submits", 0), found.get("cancels", 0)


@pytest.mark.slow
async def test_it_is_sent_by_the_first_trigger_and_by_no_other(at_fal: Client, shot: Path) -> None:
    await at_fal.fault("hold")
    first: KlingJobRun = await job(at_fal, shot).trigger()
    # A process that dies here leaves nothing but the ledger; the next one triggers again.
    again: KlingJobRun = await job(at_fal, shot).trigger()
    assert first.request_id == again.request_id is not None
    assert first.key == again.key
    await at_fal.lift()
    await again.wait_for_completion()
    medium: Medium = await again.fetch_result()
    assert (medium.kind, medium.width, medium.height) == ("video", 720, 720)
    # The first one waits for the same request, and buys nothing.
    assert await first.fetch_result() == medium
    found: KlingJobRun = await job(at_fal, shot).trigger()
    assert found.request_id is None, "it was in the store"
    assert await found.fetch_result() == medium
    assert await counts(at_fal) == (1, 0)


@pytest.mark.slow
async def test_a_saved_one_in_a_flow_without_await_and_its_clip_in_a_task(
    at_fal: Client, shot: Path
) -> None:
    await job(at_fal, shot, take=2).asave("rain", overwrite=True)

    @flow(result_serializer=PLAIN_JSON)
    async def cuts(medium: MadeOutput) -> Any:
        return await trim(medium, seconds=1)

    @flow(result_serializer=PLAIN_JSON)
    def mixes() -> MadeOutput:
        block: Any = KlingJob.load("rain")
        run: KlingJobRun = block.trigger()
        run.wait_for_completion()
        made: MadeOutput = run.fetch_result().model_dump(mode="json", exclude={"frames"})
        return made

    assert (await cuts(mixes()))["duration_s"] == "1"
    assert await counts(at_fal) == (1, 0)


async def test_a_cancelled_one_has_no_result_and_may_be_bought_anew(
    at_fal: Client, shot: Path
) -> None:
    await at_fal.fault("hold", state="IN_QUEUE")
    run: KlingJobRun = await job(at_fal, shot, take=3).trigger()
    await run.cancel()
    await at_fal.lift()
    with pytest.raises(Refused, match="the job was cancelled"):
        await run.wait_for_completion()
    assert await counts(at_fal) == (1, 1)
    anew: KlingJobRun = await job(at_fal, shot, take=3).trigger()
    assert anew.request_id != run.request_id
    assert (await anew.fetch_result()).kind == "video"
    assert await counts(at_fal) == (2, 1)


async def test_one_that_fails_is_not_bought_by_waiting(at_fal: Client, shot: Path) -> None:
    await at_fal.fault("fail", status=422)
    first: KlingJobRun = await job(at_fal, shot, take=4).trigger()
    second: KlingJobRun = await job(at_fal, shot, take=4).trigger()
    for run in (first, second):
        with pytest.raises(Refused):
            await run.wait_for_completion()
    assert await counts(at_fal) == (1, 0)


async def test_what_does_not_fit_or_costs_too_much_is_not_sent(
    at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    with pytest.raises(OverBudget):
        await job(at_fal, shot, max_usd="0.10").trigger()
    small = write_clip(tmp_path / "small.mp4", clip=3, frames=24, rate=24)
    with pytest.raises(MediaError, match="fal would refuse its video"):
        await job(at_fal, small).trigger()
    assert await counts(at_fal) == (0, 0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "paint"}, '"paint" is no kind; allowed: edit, '),
        ({"arguments": {"prompt": "rain"}}, "video: it is missing"),
        (
            {"arguments": {"video": "a.mp4", "prompt": "x", "looks": 1}},
            "looks: there is no such field",
        ),
        ({"tier": "best"}, "'standard' or 'pro'"),
        ({"take": 0}, "greater than or equal to 1"),
        ({"max_usd": -1}, "greater than or equal to 0"),
    ],
)
def test_a_wrong_one_can_not_be_saved(given: dict[str, Any], said: str) -> None:
    right = {"kind": "edit", "arguments": {"video": "a.mp4", "prompt": "rain"}}
    with pytest.raises(ValidationError, match=said):
        KlingJob(credentials=FalCredentials(key=SecretStr("an-id:a-secret")), **{**right, **given})


async def test_its_form_asks_for_a_saved_key() -> None:
    async with get_client() as client:
        found = await client.read_block_type_by_slug("kling-job")
        schemas = await client.read_block_schemas()
    (schema,) = (schema for schema in schemas if schema.block_type_id == found.id)
    assert schema.fields["required"] == ["kind", "arguments", "credentials"]
    asked = schema.fields["block_schema_references"]["credentials"]
    assert asked["block_type_slug"] == "fal-credentials"
