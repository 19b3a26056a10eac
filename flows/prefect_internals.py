"""Names of Prefect's and pydantic's that they do not document, in one place.

There is no other way to each of these. tests/flows/test_prefect_internals.py says when a release
changes one, and that no other file uses such a name.
"""

from prefect._internal.versioning import VersionType
from prefect.deployments.runner import RunnerDeployment
from prefect.utilities.callables import ParameterSchema

__all__ = ["SERVE_ENDS", "UNVERSIONED", "leave_unsaid", "set_form"]

UNVERSIONED = VersionType.SIMPLE
"""A deployment whose version Prefect does not look for in git."""


SERVE_ENDS = "Runner is shutting down."
"""The message of a run that Prefect has cancelled because the process that served it ends."""


def set_form(deployment: RunnerDeployment, form: ParameterSchema) -> None:
    """Give a deployment a form of our own; Prefect makes one of the flow's signature."""
    deployment._parameter_openapi_schema = form


def leave_unsaid(deployment: RunnerDeployment, *fields: str) -> RunnerDeployment:
    """Copy a deployment without some fields: an update keeps what the server has of them."""
    copy = deployment.model_copy()
    for field in fields:
        setattr(copy, field, None)
    copy.__pydantic_fields_set__.difference_update(fields)
    return copy
