"""A film's folder runs code, or takes the key, by what Prefect and Python read in it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import Desk, plain_env
from tests.figures import Count

from .folders import SETTINGS, put_film, put_modules, put_settings, was_run

KIND = 24


@pytest.fixture
def given(tmp_path: Path, shot: Path) -> Desk:
    """The command in a folder with a film of somebody else's, and with a key."""
    folder = tmp_path / "given"
    folder.mkdir()
    put_film(folder, shot)
    store = {"SHOTGRAPH_STORE": str(tmp_path / "store"), "FAL_KEY": "key-of:the-user"}
    return Desk(folder, {**plain_env(tmp_path / "prefect"), **store})


@pytest.mark.parametrize("file", SETTINGS)
def test_prefect_takes_nothing_from_the_folder(given: Desk, count: Count, file: str) -> None:
    put_settings(given.folder, file)
    ran = given.run("deploy", "film.yaml")
    count(folders=1, programs_run=int(was_run(given.folder)))
    assert not was_run(given.folder)
    # Nor does it go to the server that the file names.
    assert ran.code == 2
    assert "PREFECT_API_URL is not set" in ran.err
    assert ran.err.count("were ignored") == 1
    assert f"Prefect's settings in {file} of this folder" in ran.err


def test_the_attack_works_on_prefect_itself(given: Desk, count: Count) -> None:
    """Else the tests above would be right about nothing."""
    put_settings(given.folder, ".env")
    script = "import prefect.main"
    subprocess.run([sys.executable, "-c", script], cwd=given.folder, env=given.env, check=False)
    count(bait_taken_without_the_guard=int(was_run(given.folder)))
    assert was_run(given.folder)


def test_a_rehearsal_runs_nothing_of_the_folder(given: Desk, count: Count) -> None:
    for file in SETTINGS:
        put_settings(given.folder, file)
    put_modules(given.folder)
    ran = given.run("run", "film.yaml", "--rehearse")
    count(folders=1, programs_run=int(was_run(given.folder)))
    assert not was_run(given.folder)
    assert ran.code == 0, ran.err
    assert "were ignored" in ran.err
