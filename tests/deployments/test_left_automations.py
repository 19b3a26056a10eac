"""Prefect keeps the automations of deleted deployments: doctor names them, deploy removes them."""

from pathlib import Path

import httpx
import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from shotgraph.cli import prefect_checks
from shotgraph.flows import deployment_of, left_automations
from shotgraph.flows.deploying import deploy_all
from tests.through_prefect import PrefectServer

from .films import QUICK, write_film
from .test_deploy import api

__all__ = ["api"]


async def test_what_a_deleted_deployment_has_left_is_named_and_removed(
    api: httpx.AsyncClient,
    fal_env: dict[str, str],
    prefect_server: PrefectServer,
    shot: Path,
    tmp_path: Path,
) -> None:
    file = write_film(tmp_path / "film", QUICK.format(name="left"), shot)
    events = ["footage.arrived", "footage.changed"]
    (first,) = await deploy_all([await deployment_of(file, on_event=events)])
    other = write_film(tmp_path / "other", QUICK.format(name="left-too"), shot)
    (second,) = await deploy_all([await deployment_of(other, on_event=events[:1])])

    async def named() -> list[str]:
        found = (await api.post("automations/filter", json={})).json()
        return sorted(one["name"] for one in found if one["name"].startswith("left"))

    async def noted() -> str:
        with temporary_settings({PREFECT_API_URL: prefect_server.api_url}):
            found = await prefect_checks.prefect_server(prefect_server.api_url)
        return " ".join(check.said for check in found if check.about == "Automations")

    assert "left" not in await noted()
    for gone in (first, second):
        await api.delete(f"deployments/{gone.id}")
    kept = ["left on footage.arrived", "left on footage.changed", "left-too on footage.arrived"]
    assert await named() == kept, "Prefect keeps them"
    said = await noted()
    assert all(f"{name} (" in said for name in kept)
    await deploy_all([await deployment_of(file, on_event=events[:1])])
    assert await named() == ["left on footage.arrived", "left-too on footage.arrived"]
    assert "left on" not in await noted()


async def test_a_server_that_tells_none_stops_no_deploy(
    api: httpx.AsyncClient,
    fal_env: dict[str, str],
    prefect_server: PrefectServer,
    shot: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refused(client: object) -> None:
        raise httpx.HTTPError("403")

    monkeypatch.setattr(left_automations, "_automations", refused)
    file = write_film(tmp_path / "film", QUICK.format(name="untold"), shot)
    (made,) = await deploy_all([await deployment_of(file)])
    assert made.made
    with temporary_settings({PREFECT_API_URL: prefect_server.api_url}):
        found = await prefect_checks.prefect_server(prefect_server.api_url)
    assert all("can't be reached" not in check.said for check in found)
