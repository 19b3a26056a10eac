"""No Prefect server that starts because of shotgraph sends telemetry."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from prefect.settings import (
    PREFECT_API_AUTH_STRING,
    PREFECT_API_URL,
    PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS,
    temporary_settings,
)

from shotgraph.blocks import media_store
from shotgraph.cli import servers
from shotgraph.errors import InvalidInput
from tests.cli.command import Desk, plain_env
from tests.through_prefect import START_S

NAMES = ("PREFECT_SERVER_ANALYTICS_ENABLED", "DO_NOT_TRACK")


@pytest.mark.parametrize("module", ["cli.main", "flows", "tasks", "blocks"])
def test_it_is_off_before_prefect_is_imported(tmp_path: Path, module: str) -> None:
    env = {name: said for name, said in plain_env(tmp_path).items() if name not in NAMES}
    code = f"""
import os, sys
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "prefect":
            print(*(os.environ.get(one) for one in {NAMES!r}))
            os._exit(0)
sys.meta_path.insert(0, Watch())
import shotgraph.{module}
import prefect
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["false", "1"]


def test_what_the_user_has_said_holds(tmp_path: Path) -> None:
    env = {**plain_env(tmp_path), NAMES[0]: "true", NAMES[1]: "0"}
    code = f"import os, shotgraph; print(*(os.environ[one] for one in {NAMES!r}))"
    ran = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["true", "0"]


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_the_view_looks_for_a_block_on_a_server_with_a_password(
    offline: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [one for one in os.environ if one.startswith("PREFECT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PREFECT_HOME", offline.env["PREFECT_HOME"])
    asked: list[tuple[str, bool]] = []
    found = media_store.store_location

    async def location(named: str | None) -> str:
        asked.append((PREFECT_API_URL.value(), bool(PREFECT_API_AUTH_STRING.value())))
        return await found(named)

    monkeypatch.setattr(media_store, "store_location", location)
    with (
        # Another test of this process may have a server of its own.
        temporary_settings(
            {PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS: START_S},
            restore_defaults={PREFECT_API_URL, PREFECT_API_AUTH_STRING},
        ),
        pytest.raises(InvalidInput, match='no MediaStore block named "nope" is saved'),
    ):
        await servers._serve(0, "127.0.0.1", "nope", [], None)
    assert [(url.startswith("http://127.0.0.1"), password) for url, password in asked] == [
        (True, True)
    ]
