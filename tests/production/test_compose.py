"""The compose file, as far as it can be checked without an engine."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from tests.prefect_crash.process_tree import ROOT

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


def test_the_server_is_set_as_the_script_sets_it(services: dict[str, dict[str, Any]]) -> None:
    stack = script("start_stack")
    options = stack.Options(Path("/stack"), 4200, "shotgraph", 2, 2, 60, 4280)
    known = {"database_password": "p", "auth": "u:w", "encryption_key": "k"}
    by_script = stack._server_env(options, known, 5432)
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
    (restart,) = automations.restarts().actions
    assert not getattr(restart, "force", False), "runs without a deployment stay as they are"
