"""A result of another length is not simply there for a step that refuses it."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from shotgraph.endpoints import KINDS
from shotgraph.making.step_jobs import CheckedStep
from shotgraph.media.probe import read_media
from shotgraph.money.results import PieceLength, Result, Results
from shotgraph.spec import Checking, OnLength
from shotgraph.store import open_store
from shotgraph.tasks import RunSettings
from shotgraph.tasks.step import found_now
from tests.media.coded_clips import write_clip


@pytest.mark.parametrize(
    ("on_length", "is_there"), [("fit", True), ("warn", True), ("fail", False)]
)
async def test_a_step_that_fails_on_another_length_looks_again(
    on_length: OnLength, is_there: bool, tmp_path: Path
) -> None:
    store = open_store(str(tmp_path / "store"))
    path = write_clip(tmp_path / "clip.mp4", clip=1, frames=24, rate=24)
    shot = await store.assets.add(path, "video")
    endpoint = KINDS["edit"]["standard"]
    arguments = endpoint.arguments.model_validate({"video": shot, "prompt": "Paint it"})
    step = CheckedStep("edit", arguments, endpoint, on_length=on_length, checking=Checking("off"))
    job = step.job("dusk", arguments, "rehearsal")
    assert job is not None
    length = PieceLength(piece=1, asked_s=Fraction(3), got_s=Fraction(1), done="as it came")
    result = Result(
        key=job.key,
        recipe=endpoint.id,
        asset=shot,
        info=read_media(path),
        request_id="1",
        cost_usd=Decimal("0.378"),
        seconds=1.0,
        made_at=datetime.now(UTC),
        lengths=(length,),
    )
    await Results(store).put(result)

    settings = RunSettings(store=str(tmp_path / "store"), backend="rehearsal")

    assert (found_now(step, settings) is not None) == is_there
    assert await Results(store).get(job.key) == result
