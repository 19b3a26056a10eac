"""Names of other packages that are not documented: where they are used, and that they are there."""

import ast
import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import fal_client.client
import httpx
import pytest
from prefect import Flow, flow
from prefect.context import FlowRunContext
from prefect.deployments.runner import RunnerDeployment
from prefect.flow_engine import AsyncFlowRunEngine
from prefect.runner._cancellation_manager import CancellationManager
from prefect.utilities.callables import ParameterSchema

from shotgraph.flows import film, prefect_internals
from shotgraph.flows.prefect_internals import (
    SERVE_ENDS,
    UNVERSIONED,
    leave_unsaid,
    outlives_its_lease,
    set_form,
)

ROOT = Path(__file__).parents[2]
KNOWN = {
    ("flows/prefect_internals.py", "_internal"),
    ("flows/prefect_internals.py", "_parameter_openapi_schema"),
    ("flows/prefect_internals.py", "__pydantic_fields_set__"),
    ("src/shotgraph/inputs/guard.py", "_pool"),
}
"""Files, and the private names that they use: there is no other way to what each does."""
PYTHONS = {("os", "_exit"), ("sys", "_current_frames")}
"""Names that look private, and that the documentation of Python describes."""


def test_no_other_file_uses_such_a_name() -> None:
    assert set(_private_names()) == KNOWN


def _private_names() -> list[tuple[str, str]]:
    found = []
    for folder in ("src/shotgraph", "flows", "tasks", "blocks"):
        for file in (ROOT / folder).rglob("*.py"):
            tree = ast.parse(file.read_text())
            classes = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
            names = [
                name for node in ast.walk(tree) for name in _used(node, {"self", "cls", *classes})
            ]
            found += [(str(file.relative_to(ROOT)), name) for name in names if _is_private(name)]
    return found


def _used(node: ast.AST, own: set[str]) -> list[str]:
    """The names that a node takes from a module, or from an object that is not its own."""
    if isinstance(node, ast.ImportFrom):
        return [*(node.module or "").split("."), *(alias.name for alias in node.names)]
    if isinstance(node, ast.Attribute):
        owner = node.value.id if isinstance(node.value, ast.Name) else ""
        is_other = owner not in own and (owner, node.attr) not in PYTHONS
        return [node.attr] if is_other and not _is_of_self(node.value) else []
    return []


def _is_of_self(value: ast.expr) -> bool:
    return isinstance(value, ast.Attribute) and _is_private(value.attr)


def _is_private(name: str) -> bool:
    return name == "__pydantic_fields_set__" or (name[:1] == "_" and name[:2] != "__")


def test_prefect_still_has_them() -> None:
    deployment = RunnerDeployment.from_entrypoint(
        "shotgraph.flows.film:film", name="a film", description="said"
    )
    form = ParameterSchema(properties={"shot": {"type": "string"}})
    set_form(deployment, form)
    assert deployment._parameter_openapi_schema is form
    assert "description" in deployment.model_fields_set
    assert "description" not in leave_unsaid(deployment, "description").model_fields_set
    assert UNVERSIONED == "prefect:simple"


def test_httpx_still_has_its_pool() -> None:
    assert hasattr(httpx.AsyncHTTPTransport(), "_pool")


def test_fal_client_still_has_what_uploads_take_the_place_of() -> None:
    assert {"_token_manager", "_cdn_client"} <= vars(fal_client.client.AsyncClient).keys()


def test_a_runner_that_ends_says_so_in_the_state_of_its_runs() -> None:
    said = inspect.signature(CancellationManager.cancel_all).parameters["state_msg"].default
    assert said == SERVE_ENDS


@flow
async def _other() -> None:
    """Somebody's own."""


@flow
async def _kept() -> None:
    """One of ours."""


outlives_its_lease(_kept)


@pytest.mark.parametrize(("given", "ends"), [(_other, True), (_kept, False), (film, False)])
async def test_only_others_end_when_their_lease_is_lost(
    given: Flow[..., Any], ends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    @asynccontextmanager
    async def maintain(
        lease_id: UUID, lease_duration: float, raise_on_lease_renewal_failure: bool
    ) -> AsyncIterator[None]:
        asked.append(raise_on_lease_renewal_failure)
        yield

    monkeypatch.setattr(prefect_internals, "_maintain", maintain)
    of_engine = inspect.unwrap(AsyncFlowRunEngine.setup_run_context)
    assert "amaintain_concurrency_lease" in of_engine.__code__.co_names
    maintained = of_engine.__globals__["amaintain_concurrency_lease"]
    context = FlowRunContext.model_construct(  # type: ignore[call-arg]
        flow=given
    )
    with context:
        async with maintained(uuid4(), 300, raise_on_lease_renewal_failure=True):
            pass
    assert asked == [ends]
