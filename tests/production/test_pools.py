"""The work pools for Kubernetes and ECS, as far as they can be checked without a cluster.

Prefect's wheel has the default template of every kind of work pool, as its command prints them.
"""

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml  # type: ignore[import-untyped]
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.utilities.templating import apply_values, find_placeholders

from shotgraph.flows import deploy_all, deployment_of
from shotgraph.settings import Settings
from tests.deployments.films import QUICK, write_film
from tests.prefect_crash.process_tree import ROOT
from tests.production.test_compose import TEXT, script
from tests.through_prefect import PrefectServer

KINDS = {"kubernetes": "prefect-kubernetes", "ecs": "prefect-aws"}
OF_PREFECT = "server/api/collections_data/views/aggregate-worker-metadata.json"


def template_of(kind: str) -> dict[str, Any]:
    """Prefect's own."""
    known = json.loads((files("prefect") / OF_PREFECT).read_text())
    found: dict[str, Any] = known[KINDS[kind]][kind]["default_base_job_configuration"]
    return found


def settings_of(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((_file(kind)).read_text())
    return found


def _file(kind: str) -> Path:
    return ROOT / "deployments" / "pools" / f"{kind}.yaml"


def made(kind: str) -> dict[str, Any]:
    """What the script prints."""
    ran = subprocess.run(
        [sys.executable, ROOT / "deployments" / "pool_template.py", _file(kind)],
        input=json.dumps(template_of(kind)),
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_variable_is_one_of_prefects_and_its_value_fits(kind: str) -> None:
    whole, variables = made(kind), settings_of(kind)["variables"]
    schema = {**whole["variables"], "additionalProperties": False}
    jsonschema.Draft202012Validator(schema).validate(variables)
    wanted = find_placeholders(whole["job_configuration"])
    assert {one.name for one in wanted} <= whole["variables"]["properties"].keys()
    own = {name for name in variables["env"] if name.startswith("SHOTGRAPH_")}
    assert own <= {f"SHOTGRAPH_{name.upper()}" for name in Settings.model_fields}
    by_compose = yaml.safe_load(TEXT)["services"]["worker"]["environment"]
    assert variables["env"].keys() <= by_compose.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_a_job_has_what_a_film_needs(kind: str) -> None:
    variables = settings_of(kind)["variables"]
    command = ["prefect", "flow-run", "execute"]
    job: Any = apply_values(made(kind)["job_configuration"], {**variables, "command": command})
    if kind == "kubernetes":
        manifest = job["job_manifest"]["spec"]
        pod = manifest["template"]["spec"]
        (container,) = pod["containers"]
        assert manifest["backoffLimit"] == 0, "else Kubernetes would start a second process"
        assert container["image"] == variables["image"]
        assert container["resources"]["limits"] == {"cpu": "2", "memory": "4Gi"}
        (mounted,), (volume,) = container["volumeMounts"], pod["volumes"]
        assert mounted["name"] == volume["name"]
        # All that a run writes is below it; the image's own files belong to nobody there.
        folders = ("PREFECT_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")
        assert all(variables["env"][one].startswith(mounted["mountPath"]) for one in folders)
        assert container["args"] == command
    else:
        (container,) = job["task_definition"]["containerDefinitions"]
        assert container == {"image": variables["image"], "name": "film", "stopTimeout": 60}
        (given,) = job["task_run_request"]["overrides"]["containerOverrides"]
        assert (given["name"], given["command"]) == ("film", command)
    user = next(
        line
        for line in (ROOT / "deployments" / "Dockerfile").read_text().split("&&")
        if "useradd" in line
    )
    assert "--uid 10001" in user


def test_what_prefect_says_otherwise_is_refused() -> None:
    filled = script("pool_template").filled
    settings = settings_of("kubernetes")
    with pytest.raises(ValueError, match="gpu is no variable of this pool; allowed: name, env, "):
        filled(template_of("kubernetes"), {**settings, "variables": {"gpu": 1}})
    manifest = {"job_manifest": {"spec": {"backoffLimit": 3}}}
    with pytest.raises(ValueError, match="backoffLimit is 0 in Prefect's template already"):
        filled(template_of("kubernetes"), {**settings, "job": manifest})


@pytest.mark.usefixtures("fal_env")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_film_is_deployed_to_such_a_pool(
    kind: str, prefect_server: PrefectServer, shot: Path, tmp_path: Path
) -> None:
    name = f"films-{kind}"
    pool = WorkPoolCreate(name=name, type=kind, base_job_template=made(kind))
    async with get_client() as client:
        await client.create_work_pool(pool)
    file = write_film(tmp_path / "film", QUICK.format(name=f"on-{kind}"), shot)
    (deployed,) = await deploy_all([await deployment_of(file, pool=name)])
    async with get_client() as client:
        found = await client.read_deployment(deployed.id)
        run = await client.create_flow_run_from_deployment(deployed.id)
    # Nothing is pulled: the image has the flow, and the store has the film.
    assert (found.work_pool_name, found.entrypoint) == (name, "shotgraph.flows.film.film")
    assert not found.pull_steps
    assert run.work_queue_name == "default"
