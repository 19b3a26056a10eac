"""A film that is in the store already is there at once: no server is started for it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shotgraph.cli.prefect_settings import server_is_configured
from tests.cli.command import LONGEST_S, Desk
from tests.rehearsal.client import Client

LOADED = """
import sys
from shotgraph.cli.main import main

try:
    main()
finally:
    sys.stderr.write("prefect" if "prefect" in sys.modules else "without")
"""
RUN = ("run", "film.yaml", "--out", "films", "--json")


def without_server(desk: Desk, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command where no server is configured."""
    env = {name: value for name, value in desk.env.items() if name != "PREFECT_API_URL"}
    return subprocess.run(
        [sys.executable, "-c", LOADED, *arguments],
        check=False,
        cwd=desk.folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
    )


def without_run(report: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in report.items() if name != "run_id"}


@pytest.mark.slow
async def test_a_film_that_is_there_starts_no_prefect(desk: Desk, at_fal: Client) -> None:
    first = desk.run(*RUN)
    assert first.code == 0, first.err
    through_prefect = desk.run(*RUN).json
    jobs = len(await at_fal.jobs())
    film = desk.folder / "films" / "two-looks.mp4"
    film.unlink()
    ended = without_server(desk, *RUN)
    assert (ended.returncode, ended.stderr) == (0, "without")
    found = json.loads(ended.stdout)
    assert without_run(found) == without_run(through_prefect)
    assert found["run_id"] != through_prefect["run_id"]
    assert film.read_bytes(), "it lies in its folder again"
    companions = film.with_suffix("")
    assert json.loads((companions / "manifest.json").read_text())["run_id"] == found["run_id"]
    assert (companions / "runs" / found["run_id"] / "storyboard.html").exists()
    assert len(await at_fal.jobs()) == jobs


@pytest.mark.parametrize(
    ("env", "profiles", "configured"),
    [
        ({}, None, False),
        ({"PREFECT_API_URL": "http://127.0.0.1:4200/api"}, None, True),
        ({}, 'active = "own"\n[profiles.own]\nPREFECT_API_URL = "http://host/api"\n', True),
        ({}, 'active = "plain"\n[profiles.plain]\nPREFECT_LOGGING_LEVEL = "INFO"\n', False),
        ({"PREFECT_PROFILE": "own"}, '[profiles.own]\nPREFECT_API_URL = "http://host/api"\n', True),
        ({}, "active = [", True),
        ({}, 'active = "own"\nprofiles = 1\n', True),
    ],
)
def test_a_server_is_found_as_prefect_finds_it(
    env: dict[str, str],
    profiles: str | None,
    configured: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("PREFECT_API_URL", "PREFECT_PROFILE", "PREFECT_PROFILES_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    if profiles is not None:
        (tmp_path / "profiles.toml").write_text(profiles, encoding="utf-8")
    assert server_is_configured() is configured
