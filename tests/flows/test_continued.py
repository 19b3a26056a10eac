"""A shot that goes on is bought once, whether what repeats is left out of it or not."""

from decimal import Decimal
from pathlib import Path

import pytest

from shotgraph.tasks import continued, reference
from tests.flows.pipelines import run, statuses
from tests.rehearsal.client import Client
from tests.tasks.calls import call

pytestmark = [pytest.mark.usefixtures("prefect_server"), pytest.mark.slow]

FILM = """\
name: goes-on
params:
  shot: {type: video}
steps:
  next:
    reference: {video: $shot, prompt: It goes on, duration: "3"}
    continue: %s
  film: {concat: {clips: [$shot, $next]}}
output: $film
"""


async def test_a_shot_is_bought_once_with_and_without(
    at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    without = await run(FILM % "false", shot, tmp_path)
    on = await run(FILM % "true", shot, tmp_path)
    again = await run(FILM % "true", shot, tmp_path)

    assert statuses(without) == {"next": "ran", "film": "ran"}
    assert statuses(on)["next as drawn"] == "cached"
    assert set(statuses(again).values()) == {"cached"}
    assert (on["cost_usd"], again["cost_usd"]) == (0, 0)
    assert len(await at_fal.jobs()) == 1
    assert again["output"]["sha256"] == on["output"]["sha256"]
    (cut,) = on["output"]["cuts"]
    assert (cut["before"], cut["after"]) == (shot.name, "next")
    assert again["output"]["cuts"] == on["output"]["cuts"]


async def test_a_flow_of_ones_own_has_what_a_file_has(at_fal: Client, shot: Path) -> None:
    said = {"prompt": "It goes on", "duration": "3"}
    on = (await call(reference, shot, continues=True, **said)).value
    again = (await call(reference, shot, continues=True, **said)).value
    drawn = (await call(reference, shot, **said)).value
    by_hand = (await call(continued, drawn, after=shot)).value

    assert on["sha256"] == again["sha256"] == by_hand["sha256"]
    # It says what the paid job was and cost, though a local step came behind it.
    assert (on["how"], again["how"], drawn["how"]) == ("ran", "cached", "cached")
    assert on["request_id"] == drawn["request_id"]
    assert (Decimal(on["cost_usd"]) > 0, again["cost_usd"]) == (True, "0")
    assert len(await at_fal.jobs()) == 1
