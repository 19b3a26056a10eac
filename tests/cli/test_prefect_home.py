"""The folder that Prefect keeps everything in is made, or what is wrong with it is said."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from prefect.settings import PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS, temporary_settings

from shotgraph.cli.embedded_server import EmbeddedServer, prepare_prefect
from shotgraph.errors import InvalidInput, NoPrefect
from tests.cli.command import plain_env


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS",
        "PREFECT_SERVER_ANALYTICS_ENABLED",
        "DO_NOT_TRACK",
    ):
        monkeypatch.setenv(name, "1")


def test_a_folder_whose_parent_is_missing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "not" / "there" / "yet"
    monkeypatch.setenv("PREFECT_HOME", str(home))
    prepare_prefect()
    assert home.is_dir()
    assert home.stat().st_mode & 0o077 == 0, "it holds secrets"
    prepare_prefect()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("file", "there is a file in its way"),
        ("file/below", "there is a file in its way"),
        ("/proc/nowhere/home", "No such file or directory"),
    ],
)
def test_a_folder_that_can_not_be_used_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, why: str
) -> None:
    (tmp_path / "file").touch()
    home = tmp_path / name
    monkeypatch.setenv("PREFECT_HOME", str(home))
    with pytest.raises(InvalidInput, match=f"{home}, and that can't be used: {why}"):
        prepare_prefect()


def test_a_folder_that_may_not_be_written_to_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write everywhere
    with pytest.raises(InvalidInput, match="it may not be written to"):
        prepare_prefect()


@pytest.mark.parametrize("ends_first", [False, True])
def test_a_server_that_is_not_ready_is_told_with_the_next_command(
    ends_first: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    server = EmbeddedServer()
    try:
        if ends_first:
            server.kill()
        with (
            temporary_settings({PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS: 0}),
            pytest.raises(NoPrefect, match="This command sent nothing to fal") as raised,
        ):
            server.wait_until_ready()
    finally:
        server.kill()
        server.end()
    assert ("ended before it was ready" in str(raised.value)) == ends_first
    assert ("prefect server database upgrade -y" in str(raised.value)) != ends_first


BEGUN = """
import sys
from shotgraph.cli import embedded_server

class Server:
    password = "of:its-own"

    def __init__(self):
        print("begins", "after" if "prefect" in sys.modules else "before", "Prefect is loaded")

    def open_database(self):
        print("opens its database")

    def wait_until_ready(self):
        return "http://127.0.0.1:1/api"

    def end(self, timeout_s):
        print("ends")

embedded_server.EmbeddedServer = Server
embedded_server._send_the_log = lambda: None
with embedded_server.prefect_api():
    print("is used")
"""


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({}, ["begins before Prefect is loaded", "opens its database", "is used", "ends"]),
        # Prefect takes small letters, too.
        ({"prefect_api_url": "http://127.0.0.1:1/api"}, ["is used"]),
        pytest.param(
            {"PREFECT_API_URL": "http://127.0.0.1:1/api"}, ["is used"], marks=pytest.mark.slow
        ),
    ],
)
def test_the_server_of_a_run_starts_while_prefect_is_loaded(
    tmp_path: Path, env: dict[str, str], said: list[str]
) -> None:
    ended = begun(tmp_path, env)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines() == said


def test_a_server_that_starts_early_opens_no_database_of_a_newer_prefect(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with closing(sqlite3.connect(home / "prefect.db")) as database, database:
        database.execute("CREATE TABLE alembic_version AS SELECT 'f00dfacecafe' AS version_num")
    ended = begun(tmp_path, {})
    assert ended.stdout.splitlines() == ["begins before Prefect is loaded", "ends"]
    assert "was used by a newer Prefect" in ended.stderr


def begun(folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BEGUN],
        check=False,
        cwd=folder,
        env={**plain_env(folder / "home"), **env},
        capture_output=True,
        text=True,
    )
