"""A pipeline file by way of Prefect: what runs when, what is bought, and what stays."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

from shotgraph.media.probe import probe
from shotgraph.spec import InvalidPipeline
from tests.flows.pipelines import STILL, film_of, run, statuses
from tests.media.coded_clips import read_codes
from tests.rehearsal.client import EDIT_PRO, Client
from tests.through_prefect import PrefectServer

pytestmark = pytest.mark.usefixtures("prefect_server")


async def test_a_film_is_made_and_then_there(
    at_fal: Client, shot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = await at_fal.fault("hold", endpoint_id=EDIT_PRO, state="IN_PROGRESS")
    running = asyncio.create_task(run(film_of("harbour"), shot, tmp_path / "films"))
    # The one that has to wait for nothing but its piece does not wait for the other step.
    while not any("Quickly" in job["input"]["prompt"] for job in await at_fal.jobs()):
        assert not running.done()
        await asyncio.sleep(0.1)
    await at_fal.lift(held)
    first = await running

    assert first["status"] == "done"
    assert statuses(first) == dict.fromkeys(("slow", "piece", "quick", "film"), "ran")
    output = first["output"]
    assert Path(output["path"]) == tmp_path / "films" / "harbour.mp4"
    info = await probe(Path(output["path"]))
    assert (info.frames, info.width, info.height) == (96 + 72, 720, 720)
    assert output["duration_s"] == 7
    assert len(read_codes(Path(output["path"]))) == 168

    book = await at_fal.book()
    by_prompt = {job["input"]["prompt"].partition(",")[0]: job for job in book["jobs"]}
    assert set(by_prompt) == {"Slowly", "Quickly"}
    costs = {step["name"]: step["cost_usd"] for step in first["steps"]}
    assert costs["slow"] == by_prompt["Slowly"]["charged_usd"]
    assert costs["quick"] == by_prompt["Quickly"]["charged_usd"]
    assert first["cost_usd"] == pytest.approx(book["charged_usd"])
    ids = {step["name"]: step["request_id"] for step in first["steps"]}
    assert ids["slow"] == by_prompt["Slowly"]["request_id"]
    assert ids["film"] is None

    asked = noted(monkeypatch, "read_flow_run", "read_block_document_by_name")
    again = await run(film_of("harbour"), shot, tmp_path / "other")
    # Prefect's engine reads the run; the blocks are those of the store, the key, the certificate.
    assert asked == {"read_flow_run": 1, "read_block_document_by_name": 3}
    assert statuses(again) == dict.fromkeys(statuses(first), "cached")
    assert again["cost_usd"] == 0
    assert again["output"]["sha256"] == output["sha256"]
    assert Path(again["output"]["path"]) == tmp_path / "other" / "harbour.mp4"
    after = (await at_fal.book())["counts"]
    assert (after["submits"], after["uploads"]) == (2, 2)
    assert await shown(first["run_id"]) == dict.fromkeys(statuses(first), "Completed")
    assert await shown(again["run_id"]) == dict.fromkeys(statuses(first), "Cached")


def noted(monkeypatch: pytest.MonkeyPatch, *questions: str) -> Counter[str]:
    """Count how often each question is put to Prefect's server from now on."""
    asked = Counter[str]()

    def noting(name: str, ask: Callable[..., Any]) -> Callable[..., Any]:
        def asks(*arguments: Any, **named: Any) -> Any:
            asked[name] += 1
            return ask(*arguments, **named)

        return asks

    for name in questions:
        monkeypatch.setattr(PrefectClient, name, noting(name, getattr(PrefectClient, name)))
    return asked


SHORT = """\
name: short
params:
  shot: {type: video}
  look: {type: text, default: dusk}
  seconds: {type: integer, default: 1}
steps:
  dusk: {edit: {video: $shot, prompt: $look}}
  film: {trim: {video: $dusk, seconds: $seconds}}
output: $film
"""


def files_in(folder: Path) -> dict[str, bytes]:
    """The film and what lies beside it, without the folders of runs."""
    found = [path for path in folder.rglob("*") if path.is_file() and "runs" not in path.parts]
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@pytest.mark.slow
async def test_what_was_paid_is_not_replaced_by_less(
    at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    out = tmp_path / "films"
    paid = await run(SHORT, shot, out)
    assert Path(paid["output"]["path"]) == out / "short.mp4"
    assert Path(paid["storyboard"]) == out / "short" / "storyboard.html"
    before = files_in(out)

    rehearsed = await run(SHORT, shot, out, rehearse=True)
    assert Path(rehearsed["output"]["path"]) == out / "rehearsal" / "short.mp4"
    assert Path(rehearsed["storyboard"]) == out / "rehearsal" / "short" / "storyboard.html"
    shutil.rmtree(out / "rehearsal")
    assert files_in(out) == before

    await at_fal.fault("fail", status=422)
    other = {"shot": str(shot), "look": "dawn", "seconds": 2}
    failed = await run(SHORT, shot, out, params=other)
    assert (failed["status"], failed["output"]) == ("failed", None)
    own = out / "short" / "runs" / failed["run_id"]
    assert Path(failed["storyboard"]) == own / "storyboard.html"
    assert files_in(out) == before
    listed = (out / "short" / "runs" / "index.html").read_text(encoding="utf-8")
    assert [listed.count(f'href="{one["run_id"]}/') for one in (paid, failed)] == [1, 1]

    await at_fal.lift()
    again = await run(SHORT, shot, out, params=other)
    assert Path(again["storyboard"]) == out / "short" / "storyboard.html"
    assert (out / "short.mp4").read_bytes() != before["short.mp4"]
    # The film before is still to be had, without its story: by the page of the run that made it.
    earlier = out / "short" / "runs" / paid["run_id"] / "shots" / "film.mp4"
    assert before["short.mp4"].startswith(earlier.read_bytes())


async def shown(run_id: str) -> dict[str, str]:
    """The states of a run's steps, as people see them in the UI."""
    of_run = FlowRunFilter(id=FlowRunFilterId(any_=[UUID(run_id)]))
    async with asyncio.timeout(300), get_client() as client:
        while True:
            # Prefect hears of task runs by events, some time after they have ended.
            found = await client.read_task_runs(flow_run_filter=of_run)
            states = {run.name: run.state for run in found if run.state is not None}
            if len(states) == 4 and all(state.is_final() for state in states.values()):
                return {name: str(state.name) for name, state in states.items()}


TWINS = """\
name: twins
params:
  shot: {type: video}
steps:
  one: {edit: {video: $shot, prompt: A twin}}
  two: {edit: {video: $shot, prompt: A twin}}
  film: {concat: {clips: [$one, $two]}}
output: $film
"""


@pytest.mark.slow
async def test_the_same_step_twice_is_one_job(at_fal: Client, shot: Path, tmp_path: Path) -> None:
    report = await run(TWINS, shot, tmp_path)
    assert report["status"] == "done"
    assert sorted((statuses(report)["one"], statuses(report)["two"])) == ["cached", "ran"]
    book = await at_fal.book()
    assert book["counts"]["submits"] == 1
    assert book["counts"]["uploads"] == 1
    assert report["cost_usd"] == pytest.approx(book["charged_usd"])


TAKES = """\
name: takes
params:
  shot: {{type: video}}
steps:
  dusk: {{edit: {{video: $shot, prompt: Three of a kind}}, takes: {takes}}}
  film: {{trim: {{video: $dusk, seconds: 1}}}}
output: $film
"""


@pytest.mark.slow
async def test_each_take_is_a_job_and_more_of_them_buy_only_the_new(
    at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    first = await run(TAKES.format(takes=2), shot, tmp_path)
    assert statuses(first) == dict.fromkeys(("dusk", "dusk take 2", "film"), "ran")
    second = await run(TAKES.format(takes=3), shot, tmp_path)
    had = dict.fromkeys(("dusk", "dusk take 2", "film"), "cached")
    assert statuses(second) == {**had, "dusk take 3": "ran"}
    book = await at_fal.book()
    assert book["counts"]["submits"] == 3
    assert first["cost_usd"] + second["cost_usd"] == pytest.approx(book["charged_usd"])


@pytest.mark.slow
async def test_a_step_that_fails_stops_only_what_needs_it(
    at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    # The one that fails is over long before the other has been drawn.
    await at_fal.fault(
        "fail", endpoint_id=EDIT_PRO, status=422, error_type="content_policy_violation"
    )
    await at_fal.fault("slow", seconds=0.5, step="edit")
    first = await run(film_of("refused", "in the rain", STILL), shot, tmp_path)
    assert first["status"] == "failed"
    assert statuses(first) == {
        "slow": "failed",
        "piece": "ran",
        "quick": "ran",
        "film": "skipped",
    }
    assert first["output"] is None
    assert first["error"]["code"] == "refused"
    assert "content_policy_violation" in first["error"]["message"]
    book = await at_fal.book()
    assert book["counts"]["submits"] == 2
    assert not any(job["cancelled"] for job in book["jobs"])

    await at_fal.lift()
    second = await run(film_of("refused", "in the rain", STILL), shot, tmp_path)
    assert statuses(second) == {
        "slow": "ran",
        "piece": "cached",
        "quick": "cached",
        "film": "ran",
    }
    assert (await at_fal.book())["counts"]["submits"] == 3


async def test_a_budget_is_a_wall(at_fal: Client, shot: Path, tmp_path: Path) -> None:
    report = await run(film_of("dear", "for gold"), shot, tmp_path, max_usd=0.5)
    assert report["status"] == "over_budget"
    assert report["steps"] == []
    assert report["error"]["code"] == "over_budget"
    assert "--max-usd" in report["error"]["message"]
    assert (await at_fal.book())["counts"].get("submits", 0) == 0


async def test_what_is_wrong_in_the_text_is_said_with_its_place(
    at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    with pytest.raises(InvalidPipeline, match=r"^pipeline:8:5: steps\.piece\.trimm"):
        await run(film_of("wrong").replace("trim", "trimm"), shot, tmp_path)
    assert (await at_fal.book())["counts"].get("submits", 0) == 0


@pytest.mark.slow
async def test_no_secret_reaches_prefect(
    at_fal: Client,
    shot: Path,
    tmp_path: Path,
    prefect_server: PrefectServer,
    fal_env: dict[str, str],
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Runs last, over all that the other tests of this file left."""
    await at_fal.fault("refuse", status=403)
    report = await run(film_of("locked", "behind a door", STILL), shot, tmp_path)
    assert report["status"] == "failed"
    secret = fal_env["FAL_KEY"].partition(":")[2]
    database = prefect_server.database
    files = [
        *database.parent.glob(f"{database.name}*"),
        *(path for path in prefect_server.home.rglob("*") if path.is_file()),
        *(path for path in tmp_path.rglob("*") if path.is_file()),
    ]
    assert any(b"behind a door" in path.read_bytes() for path in files)
    found = [path for path in files if secret.encode() in path.read_bytes()]
    assert not found
    shown = "".join([*capfd.readouterr(), caplog.text, repr(report)])
    assert secret not in shown
