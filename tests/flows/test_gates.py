"""A run that waits for a person: what it shows, what it buys, and how it goes on."""

from pathlib import Path

import pytest

from shotgraph.errors import InvalidInput
from tests.flows.pipelines import run, statuses
from tests.media.coded_clips import read_codes
from tests.rehearsal.client import Client

pytestmark = pytest.mark.usefixtures("prefect_server")

FILM = """\
name: chosen
params:
  shot: {type: video}
  question: {type: text, default: Is it right?}
steps:
  piece: {trim: {video: $shot, seconds: 3}}
  dusk:
    takes: 2
    pick: ask
    edit: {video: $piece, prompt: Paint it}
  seen: {approve: {video: $dusk, message: "Is it right?"}}
  film: {edit: {video: $seen, prompt: Once more}}
output: $film
"""


async def test_nothing_after_a_gate_is_bought_before_somebody_has_decided(
    at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    out = tmp_path / "films"
    waiting = await run(FILM, shot, out)
    assert (waiting["status"], waiting["error"]["code"]) == ("failed", "waits_for_a_person")
    assert statuses(waiting) == {
        "piece": "ran",
        "dusk take 1": "ran",
        "dusk take 2": "ran",
        "dusk": "failed",
        "seen": "skipped",
        "film": "skipped",
    }
    assert "--pick dusk=1" in waiting["error"]["message"]
    shown = sorted((out / "to-decide").iterdir())
    assert [path.name for path in shown] == ["dusk-1.mp4", "dusk-2.mp4"]
    assert all(str(path) in waiting["error"]["message"] for path in shown)
    assert all(len(read_codes(path)) == 72 for path in shown)

    picked = await run(FILM, shot, out, pick={"dusk": 2})
    assert statuses(picked)["seen"] == "failed"
    assert "--approve seen" in picked["error"]["message"]
    assert (out / "to-decide" / "seen.mp4").read_bytes() == shown[1].read_bytes()
    assert (await at_fal.book())["counts"]["submits"] == 2

    done = await run(FILM, shot, out, approve=["seen"])
    assert done["status"] == "done"
    assert statuses(done) == {
        "piece": "cached",
        "dusk take 1": "cached",
        "dusk take 2": "cached",
        "dusk": "cached",
        "seen": "ran",
        "film": "ran",
    }
    jobs = (await at_fal.book())["jobs"]
    assert len(jobs) == 3

    other = await run(FILM, shot, out, pick={"dusk": 1}, approve=["all"])
    assert statuses(other)["film"] == "ran", "another take is another job"
    assert (await at_fal.book())["counts"]["submits"] == 4
    again = await run(FILM, shot, out)
    assert set(statuses(again).values()) == {"cached"}, "the last decision holds"


async def test_a_take_that_is_not_there_can_not_be_picked(
    at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    ran = await run(FILM, shot, tmp_path, pick={"dusk": 3})
    assert ran["error"]["code"] == InvalidInput.code
    assert "there is no take 3; allowed: 1 to 2" in ran["error"]["message"]
    assert (await at_fal.book())["counts"]["submits"] == 2
