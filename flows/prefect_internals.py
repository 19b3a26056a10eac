"""Undocumented names of Prefect and pydantic, in one place.

None of these has a documented substitute. tests/flows/test_prefect_internals.py fails when a
release changes a name, or when another file uses such a name.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from uuid import UUID
from weakref import WeakSet

from prefect import Flow, flow_engine
from prefect._internal.versioning import VersionType
from prefect.context import FlowRunContext

if TYPE_CHECKING:
    from prefect.deployments.runner import RunnerDeployment
    from prefect.utilities.callables import ParameterSchema

__all__ = ["SERVE_ENDS", "UNVERSIONED", "leave_unsaid", "outlives_its_lease", "set_form"]

P = ParamSpec("P")
R = TypeVar("R")

UNVERSIONED = VersionType.SIMPLE
"""The version type for which Prefect doesn't look into git."""


SERVE_ENDS = "Runner is shutting down."
"""The message of a run that Prefect has cancelled because its serving process ends."""


def set_form(deployment: "RunnerDeployment", form: "ParameterSchema") -> None:
    """Give a deployment our own form; Prefect would make a form from the flow's signature."""
    deployment._parameter_openapi_schema = form


def leave_unsaid(deployment: "RunnerDeployment", *fields: str) -> "RunnerDeployment":
    """Copy a deployment without some fields: an update keeps the server's values of them."""
    copy = deployment.model_copy()
    for field in fields:
        setattr(copy, field, None)
    copy.__pydantic_fields_set__.difference_update(fields)
    return copy


_outliving: WeakSet[Callable[..., Any]] = WeakSet()
_ENGINES_NAME = "amaintain_concurrency_lease"
_maintain: Callable[..., AbstractAsyncContextManager[None]] = vars(flow_engine)[_ENGINES_NAME]


def outlives_its_lease(flow: Flow[P, R]) -> Flow[P, R]:
    """Let runs of a flow continue after the lease on their deployment's slot is lost.

    Prefect's engine ends such a run, to keep to the limit. Prefect's ``concurrency()`` has an
    option for this (``raise_on_lease_renewal_failure``); the engine has none. A film that is paid
    for has to continue: the limit may be exceeded by the number of runs with a lost slot.
    """
    _outliving.add(flow.fn)
    return flow


def _maintained(
    lease_id: UUID, lease_duration: float, raise_on_lease_renewal_failure: bool = False, **more: Any
) -> AbstractAsyncContextManager[None]:
    context = FlowRunContext.get()
    strict = context is None or context.flow is None or context.flow.fn not in _outliving
    return _maintain(
        lease_id,
        lease_duration,
        raise_on_lease_renewal_failure=raise_on_lease_renewal_failure and strict,
        **more,
    )


setattr(flow_engine, _ENGINES_NAME, _maintained)
