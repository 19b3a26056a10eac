"""Names of Prefect's and pydantic's that they do not document, in one place.

There is no other way to each of these. tests/flows/test_prefect_internals.py says when a release
changes one, and that no other file uses such a name.
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
"""A deployment whose version Prefect does not look for in git."""


SERVE_ENDS = "Runner is shutting down."
"""The message of a run that Prefect has cancelled because the process that served it ends."""


def set_form(deployment: "RunnerDeployment", form: "ParameterSchema") -> None:
    """Give a deployment a form of our own; Prefect makes one of the flow's signature."""
    deployment._parameter_openapi_schema = form


def leave_unsaid(deployment: "RunnerDeployment", *fields: str) -> "RunnerDeployment":
    """Copy a deployment without some fields: an update keeps what the server has of them."""
    copy = deployment.model_copy()
    for field in fields:
        setattr(copy, field, None)
    copy.__pydantic_fields_set__.difference_update(fields)
    return copy


_outliving: WeakSet[Callable[..., Any]] = WeakSet()
_ENGINES_NAME = "amaintain_concurrency_lease"
_maintain: Callable[..., AbstractAsyncContextManager[None]] = vars(flow_engine)[_ENGINES_NAME]


def outlives_its_lease(flow: Flow[P, R]) -> Flow[P, R]:
    """Have runs of a flow go on when the lease on their deployment's slot is lost.

    Prefect's engine ends such a run, to keep to the limit. Its own ``concurrency()`` asks whether
    that is wanted (``raise_on_lease_renewal_failure``); the engine has no such option. A film that
    is paid for goes on: the limit may be exceeded by as many runs as have lost their slots.
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
