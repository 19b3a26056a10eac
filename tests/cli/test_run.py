"""``shotgraph run``: exit codes, the one JSON document, and what the next run finds."""

import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shotgraph.media.probe import read_media
from tests.cli.command import Desk, Ran
from tests.rehearsal.client import EDIT_PRO, Client, Request

# On a machine with other work, Prefect takes a minute to start.
pytestmark = pytest.mark.timeout(600)

RUN = ("run", "film.yaml", "--json", "--out", "films")


def check_shape(report: dict[str, Any]) -> None:
    """The document of design.md, exactly."""
    fixed = {"run_id", "status", "output", "steps", "cost_usd", "error"}
    sums = {"may_be_billed_usd", "film_cost_usd", "film_may_be_billed_usd"}
    assert fixed | {"may_be_billed_usd"} <= set(report) <= fixed | sums
    assert isinstance(report["run_id"], str)
    assert report["status"] in {"done", "failed", "unknown", "over_budget"}
    for step in report["steps"]:
        names = {"name", "kind", "status", "cost_usd", "request_id", "estimate_usd"}
        said = {"estimate_was_off", "treatment", "error"}
        assert set(step) - said == names | {"may_be_billed_usd"}
        assert ("error" in step) == (step["status"] == "failed")
        assert step["status"] in {"ran", "cached", "resumed", "failed", "skipped"}
        assert isinstance(step["cost_usd"], int | float)
        assert step["request_id"] is None or isinstance(step["request_id"], str)
    assert isinstance(report["cost_usd"], int | float)
    if report["output"] is not None:
        names = {"path", "sha256", "duration_s", "width", "height", "fps"}
        assert set(report["output"]) == names
    if report["error"] is not None:
        assert set(report["error"]) == {"code", "message"}
    assert (report["error"] is None) == (report["status"] == "done")


def statuses(ran: Ran) -> dict[str, str]:
    check_shape(ran.json)
    return {step["name"]: step["status"] for step in ran.json["steps"]}


@pytest.mark.slow
async def test_refused_content_ends_with_4_and_the_next_run_goes_on(
    desk: Desk, at_fal: Client
) -> None:
    await at_fal.fault(
        "fail", endpoint_id=EDIT_PRO, status=422, error_type="content_policy_violation"
    )
    refused = desk.run(*RUN)
    assert refused.code == 4
    assert statuses(refused) == {"dawn": "ran", "dusk": "failed", "film": "skipped"}
    assert refused.json["status"] == "failed"
    assert refused.json["error"]["code"] == "refused"
    assert "content_policy_violation" in refused.json["error"]["message"]
    assert "dusk was refused by the model (422" in refused.err
    assert refused.json["output"] is None
    # What there is to be seen of a run that failed is left; a film is not.
    assert [path.name for path in (desk.folder / "films").iterdir()] == ["two-looks"]

    await at_fal.lift()
    done = desk.run(*RUN)
    assert done.code == 0
    assert statuses(done) == {"dawn": "cached", "dusk": "ran", "film": "ran"}
    assert "dusk: done in" in done.err, "progress is on stderr"
    assert "Flow run" not in done.err, "Prefect's own log is in its place"
    report = done.json
    assert (report["status"], report["error"]) == ("done", None)
    path = Path(report["output"].pop("path"))
    assert path == desk.folder / "films" / "two-looks.mp4"
    info = read_media(path)
    assert (info.frames, info.width, info.height) == (24, 720, 720)
    sha256 = report["output"].pop("sha256")
    assert len(sha256) == 64
    assert report["output"] == {"duration_s": 1, "width": 720, "height": 720, "fps": 24}

    book = await at_fal.book()
    assert book["counts"]["submits"] == 3
    costs = Decimal(str(refused.json["cost_usd"])) + Decimal(str(report["cost_usd"]))
    assert costs == Decimal(str(round(book["charged_usd"], 6)))
    (dusk,) = (step for step in report["steps"] if step["name"] == "dusk")
    assert dusk["request_id"] == book["jobs"][-1]["request_id"]

    listed = desk.run("jobs", "--json")
    assert listed.code == 0
    assert {job["step"]: job["state"] for job in listed.json["jobs"]} == {
        "dawn": "succeeded",
        "dusk": "succeeded",
    }
    planned = desk.run("plan", "film.yaml", "--json")
    assert {step["state"] for step in planned.json["steps"]} == {"have"}
    assert planned.json["cost_usd"] == 0


@pytest.mark.slow
async def test_without_a_key_one_error_names_the_block_and_the_variable(
    desk: Desk, at_fal: Client
) -> None:
    ran = desk.without("FAL_KEY").run(*RUN)
    assert ran.code == 2
    check_shape(ran.json)
    assert ran.json["steps"] == []
    assert ran.json["error"]["code"] == "missing_key"
    said = ran.json["error"]["message"]
    assert 'FalCredentials block named "default"' in said
    assert "FAL_KEY" in said
    assert "Traceback" not in ran.err
    assert (await at_fal.book())["counts"].get("submits", 0) == 0


def test_a_file_that_is_wrong_is_said_before_prefect_starts(offline: Desk) -> None:
    file = offline.folder / "film.yaml"
    file.write_text(file.read_text().replace("edit:", "edti:", 1), encoding="utf-8")
    ran = offline.run(*RUN, PYTHONPROFILEIMPORTTIME="1")
    assert ran.code == 2
    check_shape(ran.json)
    assert "film.yaml:7:5: steps.dawn.edti" in ran.json["error"]["message"]
    assert "did you mean edit?" in ran.json["error"]["message"]
    assert "prefect.flows" not in ran.err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("status", "said"), [(401, "does not know this key"), (403, "Exhausted balance")]
)
async def test_what_fal_refuses_is_said_plainly(
    desk: Desk, at_fal: Client, status: int, said: str
) -> None:
    await at_fal.fault("refuse", status=status)
    ran = desk.run(*RUN)
    assert ran.code == 4
    assert statuses(ran) == {"dawn": "failed", "dusk": "failed", "film": "skipped"}
    assert said in ran.json["error"]["message"]
    assert ran.json["cost_usd"] == 0
    # Once for each step, and not again.
    assert (await at_fal.book())["counts"]["submits"] == 2
    assert desk.env["FAL_KEY"].partition(":")[2] not in ran.out + ran.err


@pytest.mark.slow
async def test_over_the_budget_ends_with_3(desk: Desk, at_fal: Client) -> None:
    ran = desk.run(*RUN, "--max-usd", "1")
    assert ran.code == 3
    check_shape(ran.json)
    assert ran.json["status"] == "over_budget"
    assert "would cost $1.18" in ran.json["error"]["message"]
    assert (await at_fal.book())["counts"].get("submits", 0) == 0


@pytest.mark.slow
async def test_an_outcome_that_is_not_known_ends_with_5_until_it_is_found(
    desk: Desk, at_fal: Client
) -> None:
    await at_fal.fault("drop", endpoint_id=EDIT_PRO)
    await at_fal.fault("hold", endpoint_id=EDIT_PRO)
    lost = desk.run(*RUN, SHOTGRAPH_WINDOWS__LOOK_S="0")
    assert lost.code == 5
    assert statuses(lost) == {"dawn": "ran", "dusk": "failed", "film": "skipped"}
    assert lost.json["status"] == "unknown"
    assert lost.json["error"]["code"] == "outcome_unknown"
    (job,) = (job for job in desk.run("jobs", "--json").json["jobs"] if job["state"] != "succeeded")
    assert (job["step"], job["state"], job["request_id"]) == ("dusk", "unknown", None)

    still = desk.run("reconcile", job["key"][:10], "--json")
    assert still.code == 5
    assert "Nothing was sent again" in still.json["jobs"][0]["message"]

    await at_fal.lift()
    found = desk.run(*RUN)
    assert found.code == 0
    assert statuses(found) == {"dawn": "cached", "dusk": "resumed", "film": "ran"}
    book = await at_fal.book()
    assert (book["counts"]["submits"], len(book["jobs"])) == (2, 2)
    assert "There is no job whose answer was lost" in desk.run("reconcile").out


@pytest.mark.slow
async def test_reconcile_finds_a_job_and_the_next_run_takes_it_up(
    desk: Desk, at_fal: Client
) -> None:
    await at_fal.fault("drop", endpoint_id=EDIT_PRO)
    held = await at_fal.fault("hold", endpoint_id=EDIT_PRO)
    assert desk.run(*RUN, SHOTGRAPH_WINDOWS__LOOK_S="0").code == 5
    await at_fal.http.delete(f"{at_fal.control}/faults/{held}")
    (dusk,) = (job for job in await at_fal.jobs() if job["endpoint_id"] == EDIT_PRO)
    where = f"{at_fal.bases.queue_url}/fal-ai/kling-video/requests/{dusk['request_id']}/status"
    await Request(at_fal.http, {"status_url": where}).ended()
    found = desk.run("reconcile")
    assert found.code == 0
    assert "found at fal; the next run continues it, and buys nothing" in found.out


@pytest.mark.slow
async def test_parameters_for_a_run_are_set_on_the_command_line(
    desk: Desk, at_fal: Client, shot: Path
) -> None:
    shutil.copyfile(shot, desk.folder / "other.mp4")
    ran = desk.run(*RUN, "--set", "words=in the rain", "--set", "shot=other.mp4")
    assert ran.code == 0
    prompts = {job["input"]["prompt"] for job in await at_fal.jobs()}
    assert prompts == {"Repaint it at dawn", "Repaint it in the rain"}
    text = desk.run("run", "film.yaml", "--out", "films")
    assert text.code == 0
    assert "two-looks.mp4" in text.out
    assert "1 s, 720 x 720, 24 frames a second" in text.out


@pytest.mark.slow
def test_it_runs_without_a_server_without_a_key_and_without_a_network(offline: Desk) -> None:
    ran = offline.run(*RUN, "--rehearse")
    assert ran.code == 0, ran.err
    assert set(statuses(ran).values()) == {"ran"}
    assert read_media(Path(ran.json["output"]["path"])).frames == 24
    again = offline.run(*RUN, "--rehearse")
    assert again.code == 0
    assert set(statuses(again).values()) == {"cached"}
    assert again.json["output"]["sha256"] == ran.json["output"]["sha256"]
