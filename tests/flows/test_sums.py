"""What a run and its film cost, through Prefect: one sum each, both out of the ledger."""

from pathlib import Path
from typing import Any

import pytest

from shotgraph.report import FilmCosts, cost_lines
from shotgraph.report.manifest import last_runs_of
from shotgraph.store import open_store
from tests.flows.pipelines import run, statuses
from tests.flows.test_gates import FILM
from tests.rehearsal.client import Client

pytestmark = pytest.mark.usefixtures("prefect_server")

ONE = """\
name: alone
params:
  shot: {type: video}
steps:
  film: {edit: {video: $shot, prompt: Alone}}
output: $film
"""


EQUAL = """\
name: equal
params:
  shot: {type: video}
steps:
  one: {edit: {video: $shot, prompt: Alike}}
  two: {edit: {video: $shot, prompt: Alike}}
  film: {concat: {clips: [$one, $two]}}
output: $film
"""


async def booked_usd(at_fal: Client) -> float:
    return float((await at_fal.book())["charged_usd"])


def step_of(report: dict[str, Any], name: str) -> dict[str, Any]:
    return next(step for step in report["steps"] if step["name"] == name)


@pytest.mark.slow
async def test_a_run_that_goes_on_after_a_question_is_one_sum(
    at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    waiting = await run(FILM, shot, tmp_path)
    took_usd = await booked_usd(at_fal)
    assert waiting["cost_usd"] == pytest.approx(took_usd)
    assert took_usd > 0
    first = waiting["run_id"]
    answers = {"pick": {"dusk": 2}, "approve": ["seen"]}
    done = await run(FILM, shot, tmp_path, continues=first, **answers)
    assert done["status"] == "done"
    assert done["cost_usd"] == pytest.approx(await booked_usd(at_fal))
    assert done["cost_usd"] > took_usd
    # Its table says of every take what it cost, and has a line for each that was bought.
    assert statuses(done)["dusk take 1"] == statuses(done)["dusk take 2"] == "ran"
    costs = [step["cost_usd"] for step in done["steps"]]
    assert sum(costs) == pytest.approx(done["cost_usd"])
    last = await last_runs_of(open_store(str(tmp_path / "store")), "chosen")
    assert last is not None
    assert float(last.shown.cost_usd) == pytest.approx(done["cost_usd"])

    # Another run buys nothing; its film has cost what it has cost.
    again = await run(FILM, shot, tmp_path)
    assert (again["cost_usd"], set(statuses(again).values())) == (0, {"cached"})
    assert again["film_cost_usd"] == pytest.approx(await booked_usd(at_fal))
    assert cost_lines(again, is_rehearsal=False) == [
        "This run cost $0.00.",
        f"The film has cost ${again['film_cost_usd']:.2f} in all its runs.",
    ]


@pytest.mark.slow
async def test_a_run_that_goes_on_after_a_question_has_one_budget(
    at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    waiting = await run(FILM, shot, tmp_path, max_usd=1.2)
    # The words of the last step change the plan: more than is left would be bought.
    longer = FILM.replace("takes: 2", "takes: 3")
    refused = await run(longer, shot, tmp_path, max_usd=1.2, continues=waiting["run_id"])
    assert refused["status"] == "over_budget"
    assert "has $0.76 spent or in flight, and would cost $0.76" in refused["error"]["message"]
    assert refused["cost_usd"] == waiting["cost_usd"], "what it has bought is said all the same"
    assert (await at_fal.book())["counts"]["submits"] == 2
    assert (await run(longer, shot, tmp_path, max_usd=1.2))["error"]["code"] == "waits_for_a_person"


@pytest.mark.slow
async def test_what_can_not_be_used_was_paid_for_all_the_same(
    at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    await at_fal.fault("html", at="media")
    report = await run(ONE, shot, tmp_path)
    step = step_of(report, "film")
    (job,) = (await at_fal.book())["jobs"]
    assert (step["status"], step["request_id"]) == ("failed", job["request_id"])
    assert step["cost_usd"] == report["cost_usd"] == pytest.approx(job["charged_usd"])
    assert "nothing was billed" not in str(report)
    await at_fal.lift()
    again = await run(ONE, shot, tmp_path)
    assert (statuses(again)["film"], again["cost_usd"]) == ("resumed", 0)
    assert again["film_cost_usd"] == pytest.approx(await booked_usd(at_fal))


@pytest.mark.slow
async def test_equal_steps_that_fail_cost_what_one_costs(
    at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    refusal = {"status": 422, "error_type": "content_policy_violation", "charged": True}
    await at_fal.fault("fail", **refusal)
    report = await run(EQUAL, shot, tmp_path)
    (job,) = await at_fal.jobs()
    assert set(statuses(report).values()) == {"failed", "skipped"}
    assert report["cost_usd"] == pytest.approx(job["charged_usd"])
    said = sorted(step["error"]["message"] for step in report["steps"] if "error" in step)
    assert sum("and was not sent a second time" in one for one in said) == 1
    await at_fal.lift()
    again = await run(EQUAL, shot, tmp_path)
    assert (again["status"], len(await at_fal.jobs())) == ("done", 2)


@pytest.mark.slow
async def test_a_lost_answer_may_have_been_billed(
    at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    await at_fal.fault("listing_late", seconds=3600)
    await at_fal.fault("drop", times=1)
    report = await run(ONE, shot, tmp_path, on_ambiguous="fail")
    step = step_of(report, "film")
    assert (report["status"], step["status"], step["cost_usd"]) == ("unknown", "failed", 0)
    assert step["may_be_billed_usd"] == report["may_be_billed_usd"] == pytest.approx(0.504)
    assert report["film_may_be_billed_usd"] == pytest.approx(0.504)
    assert "nothing was billed" not in str(report)
    costs = FilmCosts(open_store(str(tmp_path / "store")))
    await at_fal.lift()
    found = await run(ONE, shot, tmp_path)
    assert statuses(found)["film"] == "resumed"
    assert (await costs.of("alone")).billed_usd == (await costs.of("alone")).most_usd
    assert found["cost_usd"] == pytest.approx(await booked_usd(at_fal))


@pytest.mark.slow
async def test_a_lost_answer_counts_once_when_its_run_goes_on(
    at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    await at_fal.fault("listing_late", seconds=3600)
    await at_fal.fault("drop", times=1)
    limit_usd = 0.504
    lost = await run(ONE, shot, tmp_path, on_ambiguous="fail", max_usd=limit_usd)
    assert lost["may_be_billed_usd"] == pytest.approx(limit_usd)
    await at_fal.lift()
    found = await run(ONE, shot, tmp_path, continues=lost["run_id"], max_usd=limit_usd)
    assert statuses(found)["film"] == "resumed"
    assert await booked_usd(at_fal) == pytest.approx(limit_usd)
