"""Against a real server and a real worker: what is started from a form, by the API, by an event."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from .films import QUICK, write_film
from .shop import Shop

PREFECT = Path(sys.executable).with_name("prefect")
ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(1800)]


def film(shop: Shop, shot: Path, name: str, *words: str) -> dict[str, Any]:
    """Deploy a film whose folder is gone afterwards: its runs have the store, and nothing else."""
    folder = shop.folder / name
    deployed = shop.deploy(write_film(folder, QUICK.format(name=name), shot), *words)
    shutil.rmtree(folder)
    shop.keep_a_worker()
    return deployed


def jobs(shop: Shop) -> list[dict[str, Any]]:
    """All jobs that fal's stand-in has accepted."""
    reply = shop._http.get(f"{shop.fal.bases.queue_url.removesuffix('/queue')}/_rehearsal/book")
    found: list[dict[str, Any]] = reply.json()["jobs"]
    return found


def book(shop: Shop, words: str) -> list[dict[str, Any]]:
    """The jobs that fal's stand-in has accepted for a film."""
    return [job for job in jobs(shop) if job["input"]["prompt"] == f"Paint it {words}"]


def report_of(shop: Shop, run: dict[str, Any]) -> dict[str, Any]:
    kept = Path(shop.env["PREFECT_LOCAL_STORAGE_PATH"]) / run["state"]["data"]["storage_key"]
    report: dict[str, Any] = json.loads(kept.read_bytes())
    return report


def test_an_example_is_rehearsed_with_other_values(shop: Shop) -> None:
    deployed = shop.deploy(ROOT / "examples/extend-restyle-concat.yaml", "--rehearse")
    shop.keep_a_worker()
    values = {"params": {"look": "a woodcut", "length": "10"}}
    run = shop.ended(shop.begin(deployed, parameters=values))
    assert run["state"]["type"] == "COMPLETED", shop.log_of(run["id"])
    assert run["name"] == "harbour-at-dusk"
    report = report_of(shop, run)
    assert report["status"] == "done"
    output = Path(report["output"]["path"])
    assert output == shop.folder / "data/shotgraph/films/rehearsal/harbour-at-dusk.mp4"
    assert output.stat().st_size > 100_000
    # 5.04 s of shot, 10 s of the next, half a second of dissolve.
    assert report["output"]["duration_s"] == pytest.approx(14.5, abs=0.1)
    assert book(shop, "a woodcut") == []


def test_wrong_values_are_refused_by_the_api_and_by_the_run(shop: Shop, shot: Path) -> None:
    deployed = film(shop, shot, "refusing")
    asked = f"deployments/{deployed['deployment_id']}/create_flow_run"
    wrong: dict[str, Any] = {"parameters": {"params": {"words": 7}}}
    refused = shop.ask("POST", asked, wrong)
    assert refused.status_code == 409
    assert "'params.words'. Failure reason: 7 is not of type 'string'" in refused.json()["detail"]
    unknown = shop.ask("POST", asked, {"parameters": {"params": {"wrods": "x"}}})
    assert "('wrods' was unexpected)" in unknown.json()["detail"]
    forced = {"parameters": {"params": {"wrods": "x"}}, "enforce_parameter_schema": False}
    run = shop.ended(shop.begin(deployed, **forced))
    assert run["state"]["type"] == "FAILED"
    assert 'a value is given for "wrods", and there is no such parameter' in run["state"]["message"]
    assert "did you mean words?" in run["state"]["message"]
    assert book(shop, "x") == []


def test_a_run_too_many_is_cancelled_and_buys_nothing(shop: Shop, shot: Path) -> None:
    deployed = film(shop, shot, "crowded", "--set", "words=crowded")
    begun = [
        shop.begin(deployed, parameters={"params": {"words": words}}) for words in ("one", "two")
    ]
    runs = [shop.ended(run_id) for run_id in begun]
    states = sorted(run["state"]["type"] for run in runs)
    assert states == ["CANCELLED", "COMPLETED"]
    (cancelled,) = (run for run in runs if run["state"]["type"] == "CANCELLED")
    assert "concurrency limit reached" in cancelled["state"]["message"]
    assert len(book(shop, "one")) + len(book(shop, "two")) == 1


def test_the_same_key_is_the_same_run(shop: Shop, shot: Path) -> None:
    folder = shop.folder / "keyed"
    write_film(folder, QUICK.format(name="keyed"), shot)
    shop.deploy(folder)
    shop.keep_a_worker()
    script = (sys.executable, ROOT / "deployments/deploy.py", "run", folder / "film.yaml")
    said = [
        subprocess.run(
            script, env=shop.env, cwd=shop.folder, check=True, capture_output=True, text=True
        ).stdout
        for _ in range(2)
    ]
    assert said[0] == said[1]
    run_id, state = said[0].split()
    assert state == "Completed"
    (deployment,) = (
        one for one in shop.ask("POST", "deployments/filter", {}).json() if one["name"] == "keyed"
    )
    assert [run["id"] for run in shop.runs_of({"deployment_id": deployment["id"]})] == [run_id]


def test_an_event_starts_a_run(shop: Shop, shot: Path) -> None:
    deployed = film(
        shop, shot, "evented", "--on-event", "footage.arrived", "--set", "words=evented"
    )
    event = {
        "id": str(uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": "footage.arrived",
        "resource": {"prefect.resource.id": "footage.reel-7"},
    }
    assert shop.ask("POST", "events", [event]).is_success
    shop.until(lambda: bool(shop.runs_of(deployed)), "a run by an event")
    (run,) = shop.runs_of(deployed)
    ended = shop.ended(run["id"])
    assert ended["state"]["type"] == "COMPLETED", shop.log_of(run["id"])
    assert ended["created_by"]["type"] == "AUTOMATION"
    assert len(book(shop, "evented")) == 1


def test_runs_take_their_values_from_their_events(shop: Shop, shot: Path) -> None:
    template = "words={{ event.payload.words }}"
    clip = "shot={{ event.payload.file }}"
    deployed = film(
        shop, shot, "taken", "--on-event", "reel.cut", "--event-set", template, "--event-set", clip
    )
    payloads = [
        {"words": "as taken first", "file": str(shot)},
        {"words": "as taken second", "file": str(shot)},
        {"words": "as taken from nothing"},
    ]
    events = [
        {
            "id": str(uuid4()),
            "occurred": datetime.now(UTC).isoformat(),
            "event": "reel.cut",
            "resource": {"prefect.resource.id": f"reel-{number}"},
            "payload": payload,
        }
        for number, payload in enumerate(payloads)
    ]
    assert shop.ask("POST", "events", events).is_success
    shop.until(lambda: len(shop.runs_of(deployed)) == 2, "a run by each event that has a file")
    for run in shop.runs_of(deployed):
        assert shop.ended(run["id"])["state"]["name"] == "Completed", shop.log_of(run["id"])
    assert len(book(shop, "as taken first")) == len(book(shop, "as taken second")) == 1
    assert book(shop, "as taken from nothing") == []


def test_prefects_own_command_makes_the_same_forms(shop: Shop) -> None:
    shop.keep_a_worker()
    done = subprocess.run(
        (PREFECT, "--no-prompt", "deploy", "--all", "--prefect-file", "deployments/prefect.yaml"),
        env={**shop.env, "PWD": str(ROOT)},
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    known = shop.ask("GET", "deployments/name/film/daily-clip").json()
    shown = known["parameter_openapi_schema"]["definitions"]["Params"]["properties"]
    assert shown["mood"]["enum"] == ["bright", "misty", "stormy", "snowy"]
    deployed = {"deployment_id": known["id"]}
    refused = shop.ask(
        "POST",
        f"deployments/{known['id']}/create_flow_run",
        {"parameters": {"params": {"mood": "gloomy"}}},
    )
    assert "'gloomy' is not one of" in refused.json()["detail"]
    run = shop.ended(shop.begin(deployed, parameters={"params": {"mood": "snowy"}}))
    assert run["state"]["type"] == "COMPLETED", shop.log_of(run["id"])
