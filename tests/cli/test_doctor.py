"""The doctor finds what is wrong, says what mends it, and says no secret."""

import json
import os
import platform
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import pytest
from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_SERVER_DATABASE_CONNECTION_URL,
    temporary_settings,
)
from prefect.states import Crashed, Pending, Running

from shotgraph.cli import checks as software
from shotgraph.cli import prefect_checks
from shotgraph.cli.checks import (
    CheckResult,
    clips,
    ffmpeg,
    films_folders,
    packages,
    python,
    store,
)
from shotgraph.cli.prefect_checks import refuse_newer_database
from shotgraph.errors import InvalidInput
from shotgraph.media.binary import find_ffmpeg
from shotgraph.rehearsal import RehearsalServer
from shotgraph.store import RecordStore
from tests.cli.command import COMMAND, Desk, plain_env
from tests.through_prefect import PrefectServer

SECRET = "id-of-a-key:secret-of-a-key"


def examined(env: dict[str, str]) -> tuple[int, dict[str, Any]]:
    ended = subprocess.run(
        [COMMAND, "doctor", "--json"],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert SECRET not in ended.stdout + ended.stderr
    return ended.returncode, json.loads(ended.stdout)


def by_subject(document: dict[str, Any]) -> dict[str, str]:
    return {check["about"]: check["status"] for check in document["checks"]}


@pytest.mark.slow
def test_where_all_is_well(
    prefect_server: PrefectServer, fal_env: dict[str, str], tmp_path: Path
) -> None:
    code, document = examined({**fal_env, "PREFECT_API_URL": prefect_server.api_url})
    assert (code, document["ok"]) == (0, True)
    found = by_subject(document)
    assert {name for name, status in found.items() if status == "ok"} >= {
        "Python", "Packages", "ffmpeg", "Clips", "Store", "Prefect", "Key for fal", "fal"
    }  # fmt: skip
    # Prefect's own default: no password.
    (note,) = [check for check in document["checks"] if check["about"] == "Password"]
    assert note["status"] == "note"
    assert f"the server at {prefect_server.api_url} asks for none" in note["said"]
    assert "PREFECT_SERVER_API_AUTH_STRING" in note["mend"]
    # Nothing is left of it but an empty folder.
    assert not [path for path in (tmp_path / "store").rglob("*") if path.is_file()]


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_server_that_is_not_there(fal_env: dict[str, str]) -> None:
    code, document = examined({**fal_env, "PREFECT_API_URL": "http://127.0.0.1:1/api"})
    assert code == 2
    found = {check["about"]: check for check in document["checks"]}
    assert "prefect server start" in found["Prefect"]["mend"]
    assert "fal" not in found


@pytest.mark.parametrize("tags", [["shotgraph"], []])
async def test_a_run_that_its_worker_never_began(
    prefect_server: PrefectServer, tags: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with temporary_settings({PREFECT_API_URL: prefect_server.api_url}):
        async with get_client() as client:
            run = await client.create_flow_run(Flow(fn), name="lost", tags=tags, state=Pending())
            young = await prefect_checks.prefect_server(prefect_server.api_url)
            monkeypatch.setattr(prefect_checks, "BEGUN_WITHIN", timedelta(0))
            found = await prefect_checks.prefect_server(prefect_server.api_url)
            await client.delete_flow_run(run.id)
    assert not [check for check in young if check.about == "Runs"]
    said = [check for check in found if check.about == "Runs"]
    assert len(said) == len(tags)
    assert all(f"lost ({run.id})" in check.said for check in said)
    assert all("prefect flow-run delete" in check.mend for check in said)


@pytest.mark.parametrize("tags", [["shotgraph"], []])
async def test_a_run_that_stays_crashed(
    prefect_server: PrefectServer, tags: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with temporary_settings({PREFECT_API_URL: prefect_server.api_url}):
        async with get_client() as client:
            run = await client.create_flow_run(Flow(fn), name="fell", tags=tags, state=Running())
            await client.set_flow_run_state(run.id, Crashed())
            young = await prefect_checks.prefect_server(prefect_server.api_url)
            monkeypatch.setattr(prefect_checks, "CRASHED_FOR", timedelta(0))
            found = await prefect_checks.prefect_server(prefect_server.api_url)
            monkeypatch.setattr(prefect_checks, "CRASHED_SINCE", timedelta(0))
            old = await prefect_checks.prefect_server(prefect_server.api_url)
            await client.delete_flow_run(run.id)
    said = [check for check in found if "crashed in the last day" in check.said]
    assert len(said) == len(tags)
    assert all(f"fell ({run.id})" in check.said for check in said)
    assert all("prefect flow-run retry ID" in check.mend for check in said)
    assert not [check for check in [*young, *old] if f"({run.id})" in check.said]


def fn() -> None:
    """Stand for a film."""


@pytest.mark.slow
def test_a_variable_that_is_wrong(fal_env: dict[str, str]) -> None:
    code, document = examined({**fal_env, "SHOTGRAPH_DAILY_BUDGET_USD": "much"})
    assert code == 2
    found = {check["about"]: check for check in document["checks"]}
    assert found["Environment"]["status"] == "problem"
    assert "SHOTGRAPH_DAILY_BUDGET_USD: allowed: a number" in found["Environment"]["said"]


def test_the_folders_for_films_are_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data" / "of-the-user"))
    assert [one.status for one in films_folders()] == ["ok"]
    assert not list(tmp_path.iterdir()), "nothing is left"
    (tmp_path / "films").write_text("in the way")
    assert [one.status for one in films_folders()] == ["ok", "note"]
    (tmp_path / "data").write_text("in the way")
    (problem,) = films_folders()
    assert problem.status == "problem"
    assert f"{tmp_path}/data: Not a directory" in problem.said
    assert "XDG_DATA_HOME" in problem.mend


async def only(location: str) -> CheckResult:
    return (await store(location))[0]


async def test_a_store_that_puts_once(tmp_path: Path) -> None:
    found = await only(str(tmp_path / "store"))
    assert found.status == "ok"
    assert "one won" in found.said


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
    found = [python(), packages(), await ffmpeg(), await clips()]
    assert [finding.status for finding in found] == ["ok"] * 4
    assert found[0].said == platform.python_version()
    assert f"av {av.__version__}" in found[1].said
    monkeypatch.setenv("SHOTGRAPH_FFMPEG", str(tmp_path / "none"))
    broken = await ffmpeg()
    assert broken.status == "problem"
    assert "apt-get install ffmpeg" in broken.mend


def test_a_python_that_is_not_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "python_version", lambda: "3.10.13")
    found = python()
    assert found.status == "problem"
    assert found.said == "3.10.13; allowed: <3.15,>=3.11"


@pytest.mark.parametrize(
    ("name", "installed", "said", "mend"),
    [
        ("fastapi", "0.165.0", "prefect needs fastapi<0.151,>=0.139.0, and 0.165.0", "'fastapi<0"),
        ("av", "20.0.0", "shotgraph needs av<20,>=18.1, and 20.0.0", "'av<20,>=18.1'"),
        ("av", None, "shotgraph needs av<20,>=18.1, and none", "'av<20,>=18.1'"),
    ],
)
def test_a_package_out_of_its_bounds(
    monkeypatch: pytest.MonkeyPatch, name: str, installed: str | None, said: str, mend: str
) -> None:
    def look(asked: str) -> str:
        if asked != name:
            return version(asked)
        if installed is None:
            raise PackageNotFoundError(asked)
        return installed

    monkeypatch.setattr(software, "version", look)
    found = packages()
    assert found.status == "problem"
    assert said in found.said
    assert mend in found.mend


async def test_a_reader_that_opens_no_clip(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise TypeError("open() got an unexpected keyword argument")

    monkeypatch.setattr(av, "open", refuse)
    found = await clips()
    assert found.status == "problem"
    assert "TypeError: open() got an unexpected keyword argument" in found.said


async def test_an_ffmpeg_that_cuts_no_clip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    listing = Path(tmp_path / "ffmpeg")  # answers questions as the real one does, and then fails
    listing.write_text(
        f"#!/bin/sh\nfor last; do :; done\n"
        f'case "$last" in -version|-encoders|-filters) exec {find_ffmpeg().path} "$@";; esac\n'
        "echo no memory >&2\nexit 1\n",
        encoding="utf-8",
    )
    listing.chmod(0o755)
    monkeypatch.setenv("SHOTGRAPH_FFMPEG", str(listing))
    assert (await ffmpeg()).status == "ok"
    found = await clips()
    assert found.status == "problem"
    assert "no memory" in found.said


REVISION = "f00dfacecafe"


@pytest.fixture
def home_of_newer_prefect(tmp_path: Path) -> Path:
    home = tmp_path / "prefect"
    home.mkdir()
    with closing(sqlite3.connect(home / "prefect.db")) as database, database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES (?)", (REVISION,))
    return home


@pytest.mark.parametrize("command", [("run", "film.yaml", "--rehearse"), ("reconcile",)])
@pytest.mark.slow
def test_a_database_of_a_newer_prefect_is_refused_in_one_line(
    offline: Desk, home_of_newer_prefect: Path, command: tuple[str, ...]
) -> None:
    before = (home_of_newer_prefect / "prefect.db").read_bytes()
    ended = offline.run(*command)
    assert ended.code == 2
    assert ended.out == ""
    wrong = [line for line in ended.err.splitlines() if REVISION in line]
    assert len(wrong) == 1
    assert ended.err.endswith(f"{wrong[0]}\n")
    assert f"{home_of_newer_prefect / 'prefect.db'} was used by a newer Prefect" in ended.err
    assert REVISION in ended.err
    assert "export PREFECT_HOME=" in ended.err
    assert (home_of_newer_prefect / "prefect.db").read_bytes() == before
    assert not list((offline.folder.parent / "store").glob("*"))


@pytest.mark.slow
def test_the_doctor_names_a_database_of_a_newer_prefect(
    home_of_newer_prefect: Path, fal_env: dict[str, str]
) -> None:
    code, document = examined({**fal_env, **plain_env(home_of_newer_prefect)})
    assert code == 2
    (problem,) = [check for check in document["checks"] if check["status"] == "problem"]
    assert problem["about"] == "Prefect"
    assert REVISION in problem["said"]
    assert "PREFECT_HOME" in problem["mend"]


@pytest.mark.parametrize(
    "table",
    [
        "CREATE TABLE alembic_version AS SELECT '9725c1cbee35' AS version_num",  # Prefect's first
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)",
        "CREATE TABLE other (it VARCHAR(32) NOT NULL)",
        None,
    ],
)
def test_other_databases_are_let_through(tmp_path: Path, table: str | None) -> None:
    file = tmp_path / "prefect.db"
    if table is not None:
        with closing(sqlite3.connect(file)) as database, database:
            database.execute(table)
    url = f"sqlite+aiosqlite:///{file}"
    with temporary_settings({PREFECT_SERVER_DATABASE_CONNECTION_URL: url, PREFECT_API_URL: None}):
        refuse_newer_database()


def test_with_a_server_of_its_own_the_database_is_not_looked_at(
    home_of_newer_prefect: Path,
) -> None:
    url = f"sqlite+aiosqlite:///{home_of_newer_prefect / 'prefect.db'}"
    ours = {PREFECT_SERVER_DATABASE_CONNECTION_URL: url, PREFECT_API_URL: None}
    with temporary_settings(ours):
        with pytest.raises(InvalidInput, match=REVISION):
            refuse_newer_database()
        with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:1/api"}):
            refuse_newer_database()


@pytest.mark.parametrize(("free_bytes", "status", "said"), [
    (4 * 10**6, "problem", "4.0 MB free"),
    (10**9, "note", "1.0 GB free"),
    (3 * 10**9, "ok", "3.0 GB free"),
])  # fmt: skip
async def test_a_disk_without_room_for_a_clip_is_a_problem(
    free_bytes: int, status: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = SimpleNamespace(total=10**10, used=0, free=free_bytes)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    (disk,) = [one for one in await store(str(tmp_path)) if one.about == "Disk"]
    assert disk.status == status
    assert said in disk.said
