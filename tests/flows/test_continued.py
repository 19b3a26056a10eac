"""A shot that goes on is bought once, whether what repeats is left out of it or not."""

from pathlib import Path

import pytest

from tests.flows.pipelines import run, statuses
from tests.rehearsal.client import Client

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
