"""``shotgraph jobs`` and ``reconcile`` over a ledger with one job that can't be read."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shotgraph.cli.lost_jobs import reconcile_jobs
from shotgraph.cli.main import app
from shotgraph.inputs.hosts import REHEARSAL
from shotgraph.money.attempts import Ledger
from shotgraph.money.events import CancelAsked
from shotgraph.store import open_store
from tests.money.ledger.records import (
    ACCEPTED,
    AT,
    DOUBT,
    GIVEN_UP,
    KEY,
    SUCCEEDED,
    TURNED,
    intent,
    key_of,
    put_attempt,
)

OTHER = key_of("another job")


@pytest.fixture
async def bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Two jobs on record, and the name of the record that was damaged."""
    monkeypatch.setenv("SHOTGRAPH_STORE", str(tmp_path / "store"))
    ledger = Ledger(open_store(str(tmp_path / "store")).records)
    await put_attempt(ledger, ACCEPTED)
    await put_attempt(ledger, DOUBT, key=OTHER)
    name = f"attempts/{KEY}/000001/outcome.json"
    (tmp_path / "store" / name).write_bytes(b"{")
    return name


def test_the_others_are_listed_and_the_bad_record_is_named(bad: str) -> None:
    ran = CliRunner().invoke(app, ["jobs"])
    assert ran.exit_code == 4
    assert OTHER[:12] in ran.stdout
    assert "its answer was lost" in ran.stdout
    assert f"the ledger's record {bad} can't be read" in ran.stderr
    assert KEY[:12] not in ran.stdout


def test_for_machines_it_is_beside_the_others(bad: str) -> None:
    ran = CliRunner().invoke(app, ["jobs", "--json"])
    assert ran.exit_code == 4
    document = json.loads(ran.stdout)
    assert [job["key"] for job in document["jobs"]] == [OTHER]
    ((key, message),) = (one.values() for one in document["unreadable"])
    assert key == KEY
    assert bad in message


def test_a_record_that_is_too_large_and_a_stray_file_hide_no_job(bad: str, tmp_path: Path) -> None:
    huge = tmp_path / "store" / bad
    huge.unlink()
    with huge.open("wb") as file:
        file.truncate(1 << 30)
    (tmp_path / "store" / "attempts" / "stray").write_text("not ours")
    ran = CliRunner().invoke(app, ["jobs", "--json"])
    assert ran.exit_code == 4
    document = json.loads(ran.stdout)
    assert [job["key"] for job in document["jobs"]] == [OTHER]
    ((key, message),) = (one.values() for one in document["unreadable"])
    assert (key, "1073741824 bytes" in message) == (KEY, True)


@pytest.mark.usefixtures("prefect_server")
def test_reconcile_names_it_and_does_not_take_it_for_another(bad: str) -> None:
    one = CliRunner().invoke(app, ["reconcile", KEY[:12]])
    assert one.exit_code != 0
    assert bad in str(one.exception)
    given_up = CliRunner().invoke(app, ["reconcile", OTHER[:12], "--buy-again", "--json"])
    assert given_up.exit_code == 0
    assert json.loads(given_up.stdout)["jobs"][0]["state"] == "given_up"
    # No job is lost any more, and no key is needed to say so.
    every = CliRunner().invoke(app, ["reconcile"])
    assert every.exit_code == 4
    assert bad in every.stdout


@pytest.fixture
async def _three_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOTGRAPH_STORE", str(tmp_path / "store"))
    ledger = Ledger(open_store(str(tmp_path / "store")).records)
    made = {"video": {"url": "https://v3.fal.media/files/x/a.mp4"}}
    await put_attempt(ledger, ACCEPTED, SUCCEEDED.model_copy(update={"output": made}))
    await put_attempt(ledger, DOUBT, GIVEN_UP, key=OTHER)
    await put_attempt(ledger, TURNED, key=key_of("turned"))


@pytest.mark.usefixtures("_three_jobs")
def test_what_may_be_billed_is_told_from_what_was() -> None:
    told = json.loads(CliRunner().invoke(app, ["jobs", "--json"]).stdout)["jobs"]
    costs = {job["state"]: (job["cost_usd"], job["may_be_billed_usd"]) for job in told}
    # It was given up before that was safe: fal may have it all the same.
    assert costs == {"succeeded": (0.63, 0), "given_up": (0.63, 0.63), "turned": (0, 0)}
    rows = CliRunner().invoke(app, ["jobs"]).stdout.splitlines()[1:]
    assert sum("$0.630?" in row for row in rows) == 1
    assert sum("$0.630 " in row for row in rows) == 1


async def test_a_retake_has_a_name_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOTGRAPH_STORE", str(tmp_path / "store"))
    ledger = Ledger(open_store(str(tmp_path / "store")).records)
    await put_attempt(ledger, ACCEPTED)
    again = intent(key=OTHER).model_copy(update={"take": 2002})
    assert await ledger.begin(await ledger.latest(OTHER), again)
    said = (await asyncio.to_thread(CliRunner().invoke, app, ["jobs"])).stdout
    assert "dusk retake 2  fal" in said
    assert f"{KEY[:12]}  dusk           fal" in said


@pytest.mark.usefixtures("_three_jobs")
def test_a_clip_that_is_not_here_is_said_to_be_fetched() -> None:
    said = "finished at fal, and the clip is not in the store: the next run fetches it"
    assert f"{KEY[:12]} (dusk): {said}" in CliRunner().invoke(app, ["jobs"]).stdout
    told = json.loads(CliRunner().invoke(app, ["jobs", "--json"]).stdout)["jobs"]
    assert not any(job["has_result"] for job in told)


@pytest.mark.slow
async def test_a_job_whose_reply_named_no_file_is_asked_about_in_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOTGRAPH_STORE", str(tmp_path / "store"))
    ledger = Ledger(open_store(str(tmp_path / "store")).records)
    await put_attempt(ledger, ACCEPTED, SUCCEEDED.model_copy(update={"output": {"seed": 3}}))
    named = "the reply had no file: the next run asks fal again, and buys nothing"
    for command in (["jobs"], ["reconcile", KEY[:12]]):
        said = (await asyncio.to_thread(CliRunner().invoke, app, command)).stdout
        assert named in said, command


async def test_a_job_that_nobody_can_be_sending_is_not_known_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOTGRAPH_STORE", str(tmp_path / "store"))
    ledger = Ledger(open_store(str(tmp_path / "store")).records)
    await put_attempt(ledger)
    now = datetime.now(UTC)
    leased = intent(key=OTHER).model_copy(update={"send_before": now + timedelta(days=1)})
    assert await ledger.begin(await ledger.latest(OTHER), leased)
    told = await asyncio.to_thread(CliRunner().invoke, app, ["jobs", "--json"])
    states = {job["key"]: job["state"] for job in json.loads(told.stdout)["jobs"]}
    assert states == {KEY: "unknown", OTHER: "sending"}
    said = (await asyncio.to_thread(CliRunner().invoke, app, ["jobs"])).stdout
    assert f"{KEY[:12]} (dusk): its answer was lost." in said
    assert f"{OTHER[:12]} (dusk): a run is sending the job, or ended while sending it" in said


async def test_of_a_rehearsals_job_nothing_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOTGRAPH_STORE", str(tmp_path / "store"))
    monkeypatch.delenv("FAL_KEY", raising=False)
    ledger = Ledger(open_store(str(tmp_path / "store")).records)
    rehearsed = intent().model_copy(update={"backend": REHEARSAL})
    attempt = await ledger.begin(await ledger.latest(KEY), rehearsed)
    assert attempt is not None
    await ledger.record(attempt, DOUBT)
    said = await asyncio.to_thread(CliRunner().invoke, app, ["jobs"])
    assert "the job is gone, and the next rehearsal draws it again" in said.stdout
    assert "Buying again" not in said.stdout
    (found,) = await reconcile_jobs(KEY[:12], buy_again=False)
    assert found["message"].endswith(
        "a rehearsal drew the job, for nothing, so there is nothing to search for"
    )
    assert not found["is_lost"]
    assert await reconcile_jobs("", buy_again=False) == []


async def test_a_job_that_fal_was_asked_to_cancel_has_one_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOTGRAPH_STORE", str(tmp_path / "store"))
    ledger = Ledger(open_store(str(tmp_path / "store")).records)
    await put_attempt(ledger, ACCEPTED, CancelAsked(at=AT, reply=""))
    await put_attempt(ledger, ACCEPTED, key=OTHER)
    said = (await asyncio.to_thread(CliRunner().invoke, app, ["jobs"])).stdout
    assert said.count("cancel asked") == said.count("in flight") == 1
    assert f"To see the result: shotgraph reconcile {KEY[:12]}" in said
    told = await asyncio.to_thread(CliRunner().invoke, app, ["jobs", "--json"])
    jobs = {job["key"]: job for job in json.loads(told.stdout)["jobs"]}
    assert [jobs[key]["cancel_asked"] for key in (KEY, OTHER)] == [True, False]
    assert jobs[KEY]["state"] == "in_flight"
    (found,) = await reconcile_jobs(OTHER[:12], buy_again=False)
    assert found["message"] == "dusk: there is nothing to search for: the job is in flight"
