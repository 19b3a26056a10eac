"""The commands that only look: they answer at once, and start no Prefect."""

import pytest

from shotgraph import __version__
from tests.cli.command import Desk


@pytest.mark.slow
def test_plan_says_what_a_run_would_do(offline: Desk) -> None:
    ran = offline.run("plan", "film.yaml", "--json", PYTHONPROFILEIMPORTTIME="1")
    assert ran.code == 0
    fixed = ("name", "kind", "state", "cost_usd", "seconds")
    assert [{name: step[name] for name in fixed} for step in ran.json["steps"]] == [
        {"name": "dawn", "kind": "edit", "state": "buy", "cost_usd": 0.504, "seconds": 180},
        {"name": "dusk", "kind": "edit", "state": "buy", "cost_usd": 0.672, "seconds": 180},
        {"name": "film", "kind": "trim", "state": "local", "cost_usd": 0.0}
        | {"seconds": ran.json["steps"][2]["seconds"]},
    ]
    assert ran.json["cost_usd"] == 1.176
    assert not [line for line in ran.err.splitlines() if line.split("|")[-1].strip() == "prefect"]


@pytest.mark.slow
def test_plan_for_people(offline: Desk) -> None:
    text = offline.run("plan", "film.yaml")
    assert text.code == 0
    assert "A run would cost at most $1.176; 0 of 3 steps are in the store." in text.out


def test_plan_names_what_is_wrong(offline: Desk) -> None:
    ran = offline.run("plan", "film.yaml", "--set", "word=x", "--json")
    assert ran.code == 2
    assert ran.json["error"]["code"] == "invalid_pipeline"
    assert "words" in ran.json["error"]["message"], "the nearest right name"


@pytest.mark.slow
def test_validate_says_every_problem(offline: Desk) -> None:
    file = offline.folder / "film.yaml"
    text = file.read_text().replace("tier: pro", "tier: ultra").replace("$dusk", "$dask")
    file.write_text(text, encoding="utf-8")
    wrong = offline.run("validate", "film.yaml", "--json")
    assert wrong.code == 2
    assert not wrong.json["valid"]
    places = [(item["line"], item["where"]) for item in wrong.json["problems"]]
    assert (9, "steps.dusk.edit.tier") in places
    assert (11, "steps.film.trim.video") in places


@pytest.mark.slow
def test_validate_for_people(offline: Desk) -> None:
    right = offline.run("validate", "film.yaml")
    assert (right.code, right.err) == (0, "")
    *doubts, verdict = right.out.splitlines()
    assert verdict == "film.yaml is right: 3 steps, 2 of them paid, making $film"
    assert doubts[0] == (
        "warning: film.yaml:6:3: steps.dawn: no step uses the output of $dawn, and the "
        "output is paid for"
    )
    assert len(doubts) == 3, "with its line, and a caret"
    file = offline.folder / "film.yaml"
    file.write_text(file.read_text().replace("$dusk", "$dask"), encoding="utf-8")
    wrong = offline.run("validate", "film.yaml")
    assert (wrong.code, wrong.out) == (2, "")
    assert "film.yaml:11:" in wrong.err
    assert "did you mean $dusk?" in wrong.err


def test_jobs_of_an_empty_store(offline: Desk) -> None:
    assert offline.run("jobs", "--json").json == {"jobs": []}


@pytest.mark.slow
def test_a_file_that_is_not_there(offline: Desk) -> None:
    missing = offline.run("run", "none.yaml")
    assert (missing.code, missing.out) == (2, "")
    assert "none.yaml" in missing.err
    assert "Traceback" not in missing.err


@pytest.mark.slow
def test_usage(offline: Desk) -> None:
    assert offline.run("--version").out == f"shotgraph {__version__}\n"
    assert offline.run("run").code == 2
    assert offline.run("run", "film.yaml", "--max-usd", "-1").code == 2
    assert offline.run("reconcile", "--buy-again").code == 2
    assert offline.run("jobs").out == "There are no paid jobs in the store yet.\n"
