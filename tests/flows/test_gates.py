"""A run that waits for a person: what it shows, what it buys, and how it goes on."""

from pathlib import Path
from typing import Any

import pytest
from prefect import flow
from prefect._internal.pydantic.v2_schema import create_v2_schema
from prefect.utilities.schema_tools import validate

from shotgraph.clock import SystemClock
from shotgraph.errors import InvalidInput
from shotgraph.flows import FilmFailed, film
from shotgraph.flows.film import WAITS
from shotgraph.flows.gates import (
    Answer,
    Choose,
    Retakable,
    Stop,
    TakeAgain,
    decision_form,
    read_answer,
)
from shotgraph.graph import build_graph
from shotgraph.keys import Key
from shotgraph.money.decisions import Again, Decisions
from shotgraph.plan.retakes import follow_retakes
from shotgraph.spec import InvalidPipeline, read_pipeline
from shotgraph.store import open_store
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


@pytest.mark.slow
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
    shown = sorted((out / "to-decide").glob("chosen/*/*"))
    assert [path.name for path in shown] == ["dusk-1.mp4", "dusk-2.mp4"]
    assert all(str(path) in waiting["error"]["message"] for path in shown)
    assert all(len(read_codes(path)) == 72 for path in shown)

    picked = await run(FILM, shot, out, pick={"dusk": 2})
    assert statuses(picked)["seen"] == "failed"
    assert "--approve seen" in picked["error"]["message"]
    (seen,) = (out / "to-decide" / "chosen").glob("*/seen.mp4")
    assert seen.read_bytes() == shown[1].read_bytes()
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

    # Others ask about clips of the same names: what was shown stays what it was.
    before = {path: path.read_bytes() for path in [*shown, seen]}
    for others in (FILM.replace("chosen", "second"), FILM):
        await run(others.replace("Paint it", "Draw it"), shot, out)
    assert {path: path.read_bytes() for path in before} == before
    assert len(list((out / "to-decide").glob("*/*/dusk-1.mp4"))) == 3
    for manifest in out.glob("*/runs/*/manifest.json"):
        assert str(tmp_path) not in manifest.read_text()
        assert manifest.with_name("storyboard.html").exists()


async def test_answers_that_decide_nothing_are_said_before_anything_is_bought(
    at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    with pytest.raises(InvalidPipeline) as wrong:
        await run(FILM, shot, tmp_path, pick={"dusk": 3, "dask": 1}, approve=["nothing"])
    assert "take 3 is picked for this run, but there is no such take" in wrong.value.message
    assert "did you mean dusk?" in wrong.value.message
    assert '"nothing" is approved' in wrong.value.message
    with pytest.raises(InvalidInput, match=r'"wordz" can.t get the day; allowed: question'):
        await run(FILM, shot, tmp_path, day_in="wordz")
    with pytest.raises(InvalidInput, match='no FalCredentials block named "somebody"'):
        await run(FILM, shot, tmp_path, credentials="somebody")
    assert (await at_fal.book())["counts"].get("submits", 0) == 0


@pytest.mark.slow
async def test_a_take_that_somebody_added_can_be_picked(
    at_fal: Client, fal_env: dict[str, str], shot: Path, tmp_path: Path
) -> None:
    await run(FILM, shot, tmp_path)
    decisions = Decisions(open_store(fal_env["SHOTGRAPH_STORE"]), SystemClock())
    elsewhere = Key("0" * 64)
    await decisions.note(elsewhere, Again(step="dusk", take=3))
    # Somebody wanted a third take of a step of that name, but not of what this film shows.
    with pytest.raises(InvalidPipeline, match="take 3 is picked") as wrong:
        await run(FILM, shot, tmp_path, pick={"dusk": 3})
    assert "allowed: 1 to 2" in wrong.value.message
    graph = build_graph(read_pipeline(FILM), {"shot": str(shot)})
    backend = at_fal.bases.queue_url
    followed = await follow_retakes(graph, open_store(fal_env["SHOTGRAPH_STORE"]), backend=backend)
    (gate,) = followed.waiting
    await decisions.note(gate.key, Again(step="dusk", take=3))
    picked = await run(FILM, shot, tmp_path, pick={"dusk": 3})
    assert statuses(picked)["dusk"] == "ran"
    assert (await at_fal.book())["counts"]["submits"] == 3


@pytest.mark.slow
async def test_a_run_that_waits_is_no_error(
    at_fal: Client, shot: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    given: dict[str, Any] = {"params": {"shot": str(shot)}, "out": str(tmp_path)}
    with caplog.at_level("INFO"):
        state = await film(FILM, **given, return_state=True)
    assert (state.type, state.name) == ("COMPLETED", WAITS)
    assert "dusk waits for a person: Which take should the film use?" in str(state.message)
    ours = [record for record in caplog.records if record.name.startswith("prefect")]
    assert [record.getMessage() for record in ours if record.levelname == "ERROR"] == []
    said = "\n".join(record.getMessage() for record in ours)
    assert "chosen: waits for a person. This run cost $" in said
    assert "failed" not in said.lower()
    report = await state.aresult()
    assert report["waits_for"] == [
        {"step": "dusk", "clips": 2, "message": report["error"]["message"]}
    ]

    @flow
    async def calls_it() -> None:
        await film(FILM, **given)

    # Whoever calls it in a flow of their own would go on without a film.
    with pytest.raises(FilmFailed, match="dusk waits for a person"):
        await calls_it()


ONE = [Retakable("dawn", "Paint it")]
SEVERAL = [Retakable("dawn", "Paint it"), Retakable("dusk", "Later")]
WORDLESS = [Retakable("still", None)]


def schema_of(clips: int, retakable: list[Retakable]) -> dict[str, Any]:
    """What Prefect keeps, shows and checks answers against."""
    form = decision_form(clips, retakable, "![it](data:…)")
    assert form._description == "![it](data:…)"
    return create_v2_schema(form.__name__, model_base=form)


def test_every_field_says_what_it_is() -> None:
    fields = schema_of(1, SEVERAL)["properties"]
    assert set(fields) == {"decision", "step", "prompt"}
    assert all(field["title"] and field["description"] for field in fields.values())
    assert fields["step"]["enum"] == ["dawn", "dusk"]


def test_the_prompt_is_the_one_that_it_has() -> None:
    assert schema_of(1, ONE)["properties"]["prompt"]["default"] == "Paint it"
    assert schema_of(1, SEVERAL)["properties"]["prompt"]["default"] == ""
    assert set(schema_of(1, WORDLESS)["properties"]) == {"decision"}


def test_what_nobody_can_do_again_is_not_offered() -> None:
    assert schema_of(1, [])["properties"]["decision"]["enum"] == ["approve", "stop"]
    choices = schema_of(3, ONE)["properties"]["decision"]["enum"]
    assert choices == ["take 1", "take 2", "take 3", "take again", "stop"]


def test_prefect_takes_no_empty_answer() -> None:
    schema = schema_of(1, ONE)
    assert validate({"decision": "approve"}, schema) == []
    for wrong in ({}, {"decision": "yes"}, {"decision": "approve", "promt": "x"}):
        assert validate(wrong, schema), wrong


@pytest.mark.parametrize(
    ("given", "clips", "retakable", "answer"),
    [
        ({"decision": "approve"}, 1, ONE, Choose(1)),
        ({"decision": "take 2"}, 2, ONE, Choose(2)),
        ({"decision": "stop"}, 1, [], Stop()),
        ({"decision": "take again"}, 1, ONE, TakeAgain("dawn", None)),
        ({"decision": "take again", "prompt": " Paint it\n"}, 1, ONE, TakeAgain("dawn", None)),
        ({"decision": "take again", "prompt": ""}, 1, ONE, TakeAgain("dawn", None)),
        ({"decision": "take again", "prompt": "Red"}, 1, ONE, TakeAgain("dawn", "Red")),
        ({"decision": "take again", "step": "dusk"}, 1, SEVERAL, TakeAgain("dusk", None)),
        ({"decision": "take again"}, 1, WORDLESS, TakeAgain("still", None)),
    ],
)
def test_answers(
    given: dict[str, Any], clips: int, retakable: list[Retakable], answer: Answer
) -> None:
    assert read_answer(given, clips, retakable) == answer


@pytest.mark.parametrize(
    ("given", "clips", "retakable"),
    [
        ({}, 1, ONE),
        ({"decision": "approve"}, 2, ONE),
        ({"decision": "take 3"}, 2, ONE),
        ({"decision": "take again"}, 1, []),
        ({"decision": "take again", "step": "film"}, 1, SEVERAL),
    ],
)
def test_what_is_no_answer(given: dict[str, Any], clips: int, retakable: list[Retakable]) -> None:
    with pytest.raises(InvalidInput):
        read_answer(given, clips, retakable)


SHORT = """\
name: short
params:
  shot: {type: video}
steps:
  dusk:
    on_length: warn
    edit: {video: $shot, prompt: Paint it}
  seen: {approve: {video: $dusk, message: "Is it right?"}}
  film: {trim: {video: $seen, start: 2, seconds: 1}}
output: $film
"""


@pytest.mark.slow
async def test_a_clip_that_came_back_short_does_not_lose_the_report_of_a_run_that_asks(
    at_fal: Client, shot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question needs a new plan, and by that the film can't be made any more."""
    monkeypatch.setattr("shotgraph.flows.run_film.asks_by_form", lambda: True)
    await at_fal.fault("spoil", look="short")
    report = await run(SHORT, shot, tmp_path)

    assert report["status"] == "failed"
    assert report["error"]["code"] == "terminal"
    assert "2.375 s" in report["error"]["message"]
    assert "paid for and in the store" in report["error"]["message"]
    assert statuses(report)["dusk"] == "ran"
    assert report["cost_usd"] > 0
    assert Path(report["storyboard"]).exists()


BEST = """\
name: best
params:
  shot: {type: video}
steps:
  dusk:
    takes: 2
    pick: best
    check: stop
    edit: {video: $shot, prompt: Paint the best one}
  film: {frame: {video: $dusk}}
output: $film
"""


def decided(report: dict[str, Any]) -> tuple[str, str]:
    """The status of the pick, and who decided."""
    (dusk,) = (step for step in report["steps"] if step["name"] == "dusk")
    return dusk["status"], dusk["decided_by"]


@pytest.mark.slow
async def test_the_best_take_stops_a_step_and_no_other(
    at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    await at_fal.fault("spoil", look="black", times=1)
    done = await run(BEST, shot, tmp_path)
    assert done["status"] == "done"
    flaws = {step["name"]: bool(step.get("flaws")) for step in done["steps"]}
    assert flaws["dusk take 1"] != flaws["dusk take 2"]
    assert not flaws["dusk"]
    assert decided(done) == ("ran", "faults")
    assert decided(await run(BEST, shot, tmp_path)) == ("cached", "faults")

    await at_fal.fault("spoil", look="black", times=2)
    worse = BEST.replace("best one", "worst one")
    stopped = await run(worse, shot, tmp_path)
    assert (stopped["status"], stopped["error"]["code"]) == ("failed", "faulty_clip")
    assert statuses(stopped)["dusk take 1"] == statuses(stopped)["dusk take 2"] == "ran"
    assert statuses(stopped)["film"] == "skipped"
    picked = await run(worse, shot, tmp_path, pick={"dusk": 2})
    assert picked["status"] == "done", "a person has seen it"
    assert decided(picked) == ("ran", "person")
    assert (await at_fal.book())["counts"]["submits"] == 4


@pytest.mark.slow
async def test_a_person_decides_of_takes_with_faults_where_a_step_stops(
    at_fal: Client, shot: Path, tmp_path: Path
) -> None:
    await at_fal.fault("spoil", look="black", times=2)
    asks = BEST.replace("pick: best", "pick: ask").replace("best one", "two to choose from")
    waits = await run(asks, shot, tmp_path)
    assert waits["error"]["code"] == "waits_for_a_person"
    assert "the picture is black" in waits["error"]["message"]
    picked = await run(asks, shot, tmp_path, pick={"dusk": 2})
    assert (picked["status"], statuses(picked)["film"]) == ("done", "ran")
    assert (await at_fal.book())["counts"]["submits"] == 2
