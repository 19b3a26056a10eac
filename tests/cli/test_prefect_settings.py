"""Prefect's settings that are wrong: one message, no traceback, and never a password."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shotgraph.cli.prefect_settings import (
    _variable,
    check_prefect_settings,
    prefect_setting,
    server_is_configured,
)
from shotgraph.errors import InvalidInput
from tests.cli.command import Desk, plain_env
from tests.cli.test_before_run import home

__all__ = ["home"]

PASSWORD = "a-long-password"
OPEN = f"http://admin:{PASSWORD}@127.0.0.1:4719/api"


def write(home: Path, text: str) -> None:
    (home / "profiles.toml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    "url", [OPEN, "http://admin@host/api", f"x:{PASSWORD}@host/api", f"http://[{PASSWORD}@host"]
)
@pytest.mark.parametrize("where", ["PREFECT_API_URL", "prefect_api_url", "profile"])
def test_a_password_in_the_address_is_refused(
    url: str, where: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if where == "profile":
        write(home, f'active = "a"\n[profiles.a]\nPREFECT_API_URL = "{url}"\n')
    else:
        monkeypatch.setenv(where, url)
    with pytest.raises(InvalidInput, match="PREFECT_API_AUTH_STRING, as user:password") as refused:
        check_prefect_settings()
    assert PASSWORD not in refused.value.message
    assert "left-out" not in refused.value.message
    named = "profiles.toml" if where == "profile" else f"{where} in the environment"
    assert named in refused.value.message


@pytest.mark.parametrize("url", ["nonsense", "ftp://host/api", "http://", "//host/api", "http://["])
def test_what_is_no_address_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", url)
    with pytest.raises(InvalidInput, match="which is no http or https address"):
        check_prefect_settings()


@pytest.mark.parametrize(("text", "said"), [
    ('x = 1\nactive = [\n[profiles.a]', "can't be read: .*line 3"),
    ('active = "a"\nprofiles = 1\n', "can't be read: profiles must be tables"),
    ('active = "a"\n[profiles]\na = 1\n', "can't be read: profiles must be tables"),
    ('active = "b"\n[profiles.a]\n', 'active, in .*, names the Prefect profile "b".*allowed: a, '),
])  # fmt: skip
def test_a_broken_file_of_profiles_is_named(home: Path, text: str, said: str) -> None:
    write(home, text)
    with pytest.raises(InvalidInput, match=said) as refused:
        check_prefect_settings()
    assert str(home / "profiles.toml") in refused.value.message


def test_a_profile_that_does_not_exist_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for own in ("local", ""):
        monkeypatch.setenv("PREFECT_PROFILE", own)
        check_prefect_settings()
    monkeypatch.setenv("PREFECT_PROFILE", "nosuch")
    with pytest.raises(InvalidInput, match='PREFECT_PROFILE names the Prefect profile "nosuch"'):
        check_prefect_settings()


def test_the_environment_comes_before_the_profile(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert prefect_setting("PREFECT_API_KEY") is None
    write(home, 'active = "a"\n[profiles.a]\nPREFECT_API_KEY = "of-the-profile"\n')
    assert prefect_setting("PREFECT_API_KEY") == "of-the-profile"
    monkeypatch.setenv("prefect_api_key", "")
    assert prefect_setting("PREFECT_API_KEY") is None
    monkeypatch.setenv("prefect_api_key", "in-small-letters")
    assert prefect_setting("PREFECT_API_KEY") == "in-small-letters"


def test_of_several_variables_the_one_of_the_setting_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PREFECT_SERVER_DATABASE_PORT", "PREFECT_SERVER_API_PORT", "PREFECT_SUPPORT"):
        monkeypatch.setenv(name, "abc")
    said = {
        settings: _variable("PORT", settings)
        for settings in ("ServerAPISettings", "ServerDatabaseSettings")
    }
    assert said == {
        "ServerAPISettings": "PREFECT_SERVER_API_PORT in the environment",
        "ServerDatabaseSettings": "PREFECT_SERVER_DATABASE_PORT in the environment",
    }
    assert _variable("", "ServerAPISettings") == ""
    write(home, 'active = "a"\n[profiles.a]\nPREFECT_UI_URL = "x"\n')
    assert _variable("UI_URL", "Settings") == f"PREFECT_UI_URL in {home / 'profiles.toml'}"


@pytest.mark.parametrize("empty", [True, False])
def test_an_empty_address_is_for_us_what_it_is_for_prefect(
    home: Path, monkeypatch: pytest.MonkeyPatch, *, empty: bool
) -> None:
    write(home, 'active = "a"\n[profiles.a]\nPREFECT_API_URL = "http://127.0.0.1:9/api"\n')
    env = plain_env(home) | {
        "PREFECT_HOME": str(home),
        **({"PREFECT_API_URL": ""} if empty else {}),
    }
    monkeypatch.setattr(os, "environ", env)
    script = "from prefect.settings import PREFECT_API_URL; print(bool(PREFECT_API_URL.value()))"
    prefect = subprocess.check_output([sys.executable, "-c", script], env=env, text=True)
    assert prefect.strip() == str(server_is_configured()) == str(not empty)


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [("run", "film.yaml", "--rehearse"), ("deploy", "film.yaml"), ("doctor",)]
)
@pytest.mark.parametrize("in_profile", [False, True])
def test_a_setting_that_prefect_can_not_read_is_named(
    offline: Desk, command: tuple[str, ...], in_profile: bool
) -> None:
    env = {"PREFECT_API_REQUEST_TIMEOUT": "abc"}
    profiles = Path(offline.env["PREFECT_HOME"]) / "profiles.toml"
    if in_profile:
        profiles.parent.mkdir(exist_ok=True)
        profiles.write_text('active = "a"\n[profiles.a]\nPREFECT_API_REQUEST_TIMEOUT = "abc"\n')
        env = {}
    ran = offline.run(*command, "--json", **env)
    assert ran.code == 2, ran.err
    assert "Traceback" not in ran.err
    where = str(profiles) if in_profile else "the environment"
    said = f"PREFECT_API_REQUEST_TIMEOUT in {where}: Input should be a valid number"
    if command == ("doctor",):
        checks = {check["about"]: check for check in ran.json["checks"]}
        assert said in checks["Prefect"]["said"]
        assert checks["Store"]["status"] == "ok", "all other checks are made"
    else:
        assert said in ran.json["error"]["message"]


@pytest.mark.slow
@pytest.mark.parametrize("command", [
    ("run", "film.yaml"), ("plan", "film.yaml"), ("deploy", "film.yaml"), ("jobs",), ("doctor",),
    ("reconcile",),
])  # fmt: skip
def test_no_command_takes_or_prints_a_password_in_the_address(
    offline: Desk, command: tuple[str, ...]
) -> None:
    ran = offline.run(*command, "--json", PREFECT_API_URL=OPEN)
    assert ran.code == 2
    assert "PREFECT_API_AUTH_STRING" in ran.out
    assert PASSWORD not in ran.out + ran.err
