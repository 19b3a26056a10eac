"""The doctor finds what is wrong, says what mends it, and says no secret."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from shotgraph.cli.checks.finding import Finding
from shotgraph.cli.checks.software import ffmpeg, packages, python
from shotgraph.cli.checks.store import store
from shotgraph.rehearsal import RehearsalServer
from shotgraph.store import RecordStore
from tests.cli.command import COMMAND
from tests.through_prefect import PrefectServer

SECRET = "id-of-a-key:secret-of-a-key"


def examined(env: dict[str, str]) -> tuple[int, dict[str, Any]]:
    ended = subprocess.run(
        [COMMAND, "doctor", "--json"],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert SECRET not in ended.stdout + ended.stderr
    return ended.returncode, json.loads(ended.stdout)


def by_subject(document: dict[str, Any]) -> dict[str, str]:
    return {check["about"]: check["status"] for check in document["checks"]}


def test_where_all_is_well(
    prefect_server: PrefectServer, fal_env: dict[str, str], tmp_path: Path
) -> None:
    code, document = examined({**fal_env, "PREFECT_API_URL": prefect_server.api_url})
    assert (code, document["ok"]) == (0, True)
    found = by_subject(document)
    assert {name for name, status in found.items() if status == "ok"} >= {
        "Python", "Packages", "ffmpeg", "Store", "Prefect", "Key for fal", "fal"
    }  # fmt: skip
    # Nothing is left of it but an empty folder.
    assert not [path for path in (tmp_path / "store").rglob("*") if path.is_file()]


def test_what_is_wrong_has_a_cure(
    prefect_server: PrefectServer, stand_in: RehearsalServer, fal_env: dict[str, str]
) -> None:
    env = {**fal_env, "PREFECT_API_URL": prefect_server.api_url, "FAL_KEY": SECRET}
    code, document = examined(env)
    assert (code, document["ok"]) == (2, False)
    (problem,) = [check for check in document["checks"] if check["status"] == "problem"]
    assert problem["about"] == "fal"
    assert "does not know the key" in problem["said"]
    assert "FAL_KEY" in problem["mend"]


def test_a_server_that_is_not_there(fal_env: dict[str, str]) -> None:
    code, document = examined({**fal_env, "PREFECT_API_URL": "http://127.0.0.1:1/api"})
    assert code == 2
    found = {check["about"]: check for check in document["checks"]}
    assert "prefect server start" in found["Prefect"]["mend"]
    assert "fal" not in found


def test_a_variable_that_is_wrong(fal_env: dict[str, str]) -> None:
    code, document = examined({**fal_env, "SHOTGRAPH_DAILY_BUDGET_USD": "much"})
    assert code == 2
    found = {check["about"]: check for check in document["checks"]}
    assert found["Environment"]["status"] == "problem"
    assert "SHOTGRAPH_DAILY_BUDGET_USD: Input should be a valid" in found["Environment"]["said"]


async def only(location: str) -> Finding:
    return (await store(location))[0]


async def test_a_store_that_puts_once(tmp_path: Path) -> None:
    found = await only(str(tmp_path / "store"))
    assert found.status == "ok"
    assert "puts once" in found.said


async def test_a_store_that_does_not_put_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = RecordStore.put_if_absent

    async def overwrite(self: RecordStore, name: str, data: bytes) -> bool:
        await put(self, name, data)
        return True

    monkeypatch.setattr(RecordStore, "put_if_absent", overwrite)
    found = await only(str(tmp_path / "store"))
    assert found.status == "problem"
    assert "bought twice" in found.said
    assert "If-None-Match" in found.mend


async def test_a_store_that_can_not_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    found = await only(str(tmp_path / "file" / "store"))
    assert found.status == "problem"
    assert "SHOTGRAPH_STORE" in found.mend


async def test_software(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert [found.status for found in (python(), packages(), await ffmpeg())] == ["ok"] * 3
    monkeypatch.setattr("shotgraph.cli.checks.software.version", lambda name: "0.165.0")
    assert packages().mend == "pip install 'fastapi<0.151'"
    monkeypatch.setenv("SHOTGRAPH_FFMPEG", str(tmp_path / "none"))
    broken = await ffmpeg()
    assert broken.status == "problem"
    assert "apt-get install ffmpeg" in broken.mend
