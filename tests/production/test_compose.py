"""The compose file and the systemd units, as far as they can be checked without running them."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from platformdirs import user_cache_path, user_data_path

from shotgraph.store.store import default_location
from tests.prefect_crash.process_tree import ROOT
from tests.production import stack

DEPLOYMENTS = ROOT / "deployments"
TEXT = (DEPLOYMENTS / "compose.yaml").read_text()
_VARIABLE = re.compile(r"\$\{(\w+)(?::([?-])[^}]*)?\}")
_NAMED = re.compile(r"^#?(\w+)=", re.MULTILINE)
OURS = ("server", "worker", "view", "automations")


@pytest.fixture
def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
    return found


def script(name: str) -> ModuleType:
    """A script of the folder, which is not a package."""
    spec = importlib.util.spec_from_file_location(name, DEPLOYMENTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # A dataclass looks for its module while it is made.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def unit(name: str) -> tuple[dict[str, str], list[str]]:
    """The environment that a unit sets, and its command without the folder of the program."""
    lines = (DEPLOYMENTS / "systemd" / name).read_text().splitlines()
    settings = [line.partition("=")[2] for line in lines if line.startswith("Environment=")]
    (command,) = [line.partition("=")[2] for line in lines if line.startswith("ExecStart=")]
    program, *arguments = command.split()
    return dict(line.split("=", 1) for line in settings), [Path(program).name, *arguments]


def test_the_units_set_what_the_compose_file_sets(services: dict[str, dict[str, Any]]) -> None:
    for name, service in (
        ("shotgraph-server.service", "server"),
        ("shotgraph-worker@.service", "worker"),
        ("shotgraph-view.service", "view"),
    ):
        env, command = unit(name)
        by_compose = services[service]["environment"]
        for setting, value in env.items():
            if not setting.endswith(("_HOME", "DO_NOT_TRACK")):
                assert by_compose[setting] == value, (name, setting)
        plain = [word for word in command if word not in ("--name", "%H-%i")]
        # In a container the network is the container's own, so all addresses are listened on.
        open_to_all = [word for word in services[service]["command"] if word != "0.0.0.0"]  # noqa: S104
        assert [word for word in plain if word != "127.0.0.1"] == [
            word for word in open_to_all if "--host" in plain or word != "--host"
        ]


_MAY_WRITE = {"StateDirectory": "/var/lib/", "CacheDirectory": "/var/cache/"}


def writable(text: str) -> list[Path]:
    """The folders that a unit may write to, besides its own /tmp."""
    assert "ProtectSystem=strict" in text
    assert "ProtectHome=yes" in text
    return [
        Path(_MAY_WRITE[setting], name)
        for setting, _, names in (line.partition("=") for line in text.splitlines())
        if setting in _MAY_WRITE
        for name in names.split()
    ]


@pytest.mark.parametrize("name", ["shotgraph-worker@.service", "shotgraph-view.service"])
def test_the_units_may_write_where_shotgraph_writes(
    name: str, services: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    env, _ = unit(name)
    # Without one of them, the folder is in the user's home, which the unit does not see.
    assert {"XDG_DATA_HOME", "XDG_CACHE_HOME"} <= set(env)
    for variable in ("XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(variable, env[variable])
    written = [
        user_data_path("shotgraph", appauthor=False) / "films",
        Path(default_location()),
        user_cache_path("shotgraph", appauthor=False),
        *([Path(env["PREFECT_HOME"])] if "PREFECT_HOME" in env else []),
    ]
    folders = writable((DEPLOYMENTS / "systemd" / name).read_text())
    for place in written:
        assert any(place.is_relative_to(folder) for folder in folders), place
    by_compose = services["worker"]["environment"]
    assert env["XDG_DATA_HOME"] == by_compose["XDG_DATA_HOME"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    for file in (DEPLOYMENTS / "systemd").iterdir():
        text = re.sub(r"/opt/shotgraph/bin/\S+", "/bin/true", file.read_text())
        (tmp_path / file.name.replace("@.", "@1.")).write_text(text)
    units = sorted(str(path) for path in tmp_path.iterdir())
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in ran.stderr.splitlines() if str(tmp_path) in line]
    assert ours == []


def test_the_server_is_set_as_in_the_tests(services: dict[str, dict[str, Any]]) -> None:
    options = stack.Options(Path("/stack"), 4200, "shotgraph", 2, 2, 60, 4280, "postgres")
    known = {"database_password": "p", "auth": "u:w", "encryption_key": "k"}
    by_script = stack._server_env(options, known)
    by_compose = services["server"]["environment"]
    assert by_script.keys() <= by_compose.keys()
    for name in by_script:
        if not _VARIABLE.search(by_compose[name]) and name != "PREFECT_HOME":
            assert by_compose[name] == by_script[name], name
    client = stack._client_env("http://server:4200/api", "u:w", options)
    assert client.keys() <= services["worker"]["environment"].keys()


def test_every_variable_is_in_the_example_and_no_secret_is(
    services: dict[str, dict[str, Any]],
) -> None:
    example = (DEPLOYMENTS / "env.example").read_text()
    used = {match[1] for match in _VARIABLE.finditer(TEXT)}
    assert used == set(_NAMED.findall(example))
    must_be_set = {match[1] for match in _VARIABLE.finditer(TEXT) if match[2] == "?"}
    for name in must_be_set:
        assert re.search(rf"^{name}=$", example, re.MULTILINE), f"{name} has a value in the example"
    for service in services.values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|AUTH|KEY", name):
                assert _VARIABLE.search(value), f"{name} is written into the file"


def test_what_is_ours_runs_as_nobody_and_writes_where_it_may(
    services: dict[str, dict[str, Any]],
) -> None:
    for name in OURS:
        service = services[name]
        assert service["image"] == "shotgraph:local"
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
    assert services["server"]["ports"] == ["127.0.0.1:4200:4200"]
    assert services["view"]["ports"] == ["127.0.0.1:4280:4280"]
    assert [name for name in services if "ports" in services[name]] == ["server", "view"]
    dockerfile = (DEPLOYMENTS / "Dockerfile").read_text()
    assert re.search(r"^USER shotgraph$", dockerfile, re.MULTILINE)
    assert "THIRD_PARTY.md" in dockerfile


def test_all_that_is_named_is_there(services: dict[str, dict[str, Any]]) -> None:
    volumes = yaml.safe_load(TEXT)["volumes"].keys()
    used = {
        volume.split(":")[0]
        for service in services.values()
        for volume in service.get("volumes", ())
    }
    assert used == volumes
    for service in services.values():
        assert set(service.get("depends_on", {})) <= services.keys()
    for path in re.findall(r"/app/(\S+?)[\"\s]", TEXT):
        assert (ROOT / path.rstrip('",')).is_file()
        assert f"COPY {path.rstrip(',')}" in (DEPLOYMENTS / "Dockerfile").read_text()


def test_automations_wait_for_three_heartbeats(services: dict[str, dict[str, Any]]) -> None:
    automations = script("automations")
    heartbeat_s = int(services["worker"]["environment"]["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"])
    command = services["automations"]["command"]
    assert command[command.index("--heartbeat-s") + 1] == str(heartbeat_s)
    dead = automations.dead_runs(heartbeat_s)
    assert dead.trigger.within.total_seconds() >= 3 * heartbeat_s
    waiting = {f"prefect.flow-run.{state}" for state in ("Suspended", "Paused")}
    assert waiting <= dead.trigger.expect, "who waits for a person has not crashed"
    never_begun = automations.never_begun()
    assert never_begun.trigger.after == automations.TAKEN
    assert not never_begun.trigger.after & never_begun.trigger.expect, "taken is not begun"
    assert waiting | {"prefect.flow-run.heartbeat"} <= never_begun.trigger.expect
    restarts = automations.restarts()
    said_twice = "prefect.flow-run.Crashed"
    assert restarts.trigger.posture == "Proactive", "a worker says twice that a run crashed"
    assert restarts.trigger.after == {said_twice}
    assert said_twice not in restarts.trigger.expect
    (restart,) = restarts.actions
    assert not getattr(restart, "force", False), "runs without a deployment stay as they are"
