"""What a run says of its estimates, when fal has billed something else."""

import json
from pathlib import Path

import pytest

from shotgraph.plan.run_record import last_run
from shotgraph.report import billing_lines
from shotgraph.store import open_store
from tests.flows.pipelines import run, statuses
from tests.rehearsal.client import EDIT, EDIT_PRO, Client

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]

# The shot lasts 4 s: $0.504 at the standard tier, $0.672 at the other.
FILM = """\
name: billed
params:
  shot: {{type: video}}
budget_usd: 5
steps:
  dusk: {{edit: {{video: $shot, prompt: "Dusk, {words}"}}}}
  same: {{edit: {{video: $shot, prompt: "Dusk, {words}"}}}}
  night: {{edit: {{video: $shot, prompt: "Night, {words}", tier: pro}}}}
  film: {{concat: {{clips: [$dusk, $same, $night]}}}}
output: $film
"""


async def test_estimates_stand_beside_what_was_billed(
    at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    await at_fal.fault("bill", endpoint_id=EDIT_PRO, units=5)
    report = await run(FILM.format(words="one"), shot, tmp_path)
    assert report["status"] == "done"
    told = {step["name"]: (step["estimate_usd"], step["cost_usd"]) for step in report["steps"]}
    assert told["night"] == (0.672, 0.84)
    assert told["film"] == (None, 0)
    # Whichever of the two equal ones came first was bought, and the other was there.
    assert told["dusk"][1] + told["same"][1] == 0.504
    assert billing_lines(report) == [
        "night: $0.672 was estimated, and $0.840 was billed, $0.168 more: fal billed 5 s, and 4 "
        "were expected"
    ]
    book = await at_fal.book()
    assert report["cost_usd"] == pytest.approx(book["charged_usd"])


async def test_a_new_rate_is_used_for_estimates_budgets_and_the_bill(
    at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    await at_fal.fault("reprice", endpoint_id=EDIT, usd="1.0")
    refused = await run(FILM.format(words="two"), shot, tmp_path, max_usd=4)
    assert refused["status"] == "over_budget"
    assert "this run would cost $4.67 (dusk $4.00, night $0.67)" in refused["error"]["message"]
    assert (await at_fal.book())["counts"].get("submits", 0) == 0
    assert await last_run(open_store(str(tmp_path / "store")), "billed") is None

    report = await run(FILM.format(words="two"), shot, tmp_path, max_usd=4.68)
    assert report["cost_usd"] == pytest.approx(4.672)
    assert billing_lines(report) == []
    book = await at_fal.book()
    assert book["charged_usd"] == pytest.approx(4.672)
    assert book["counts"]["pricings"] == 1


async def test_what_failed_was_not_billed(at_fal: Client, shot: Path, tmp_path: Path) -> None:
    await at_fal.fault(
        "fail", endpoint_id=EDIT_PRO, status=422, error_type="content_policy_violation"
    )
    report = await run(FILM.format(words="three"), shot, tmp_path)
    assert statuses(report)["night"] == "failed"
    # fal said what it billed: nothing.
    assert billing_lines(report) == [
        "night: $0.672 was estimated, and $0.000 was billed, $0.672 less: the step failed, and "
        "nothing was billed"
    ]


async def test_each_run_is_put_on_record(at_fal: Client, shot: Path, tmp_path: Path) -> None:
    report = await run(FILM.format(words="four"), shot, tmp_path)
    record = await last_run(open_store(str(tmp_path / "store")), "billed")
    assert record is not None
    assert record.run_id == report["run_id"]
    assert record.nodes["dusk"].arguments["prompt"] == "Dusk, four"
    assert record.nodes["dusk"].key == record.nodes["same"].key is not None
    assert record.nodes["film"].arguments["clips"] == [
        {"step": "dusk"},
        {"step": "same"},
        {"step": "night"},
    ]
    again = await run(FILM.format(words="four"), shot, tmp_path)
    assert json.dumps(again["steps"]).count('"cached"') == 4
    assert [step["estimate_usd"] for step in again["steps"]] == [0, 0, 0, None]
