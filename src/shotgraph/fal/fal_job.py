"""The body of a ``fal`` step → the job that it asks for."""

from shotgraph.fal.job import Job
from shotgraph.spec.fal_step import FalArguments


def fal_job(step: str, arguments: FalArguments, take: int, backend: str) -> Job:
    """Make the job of a ``fal`` step.

    Its key holds the endpoint, the arguments, the take and the backend; not what is taken from the
    reply, nor the price or the schema.

    Args:
        step: The step, for messages.
        arguments: Its body; every medium in it is an asset.
        take: Which generation, from 1.
        backend: Who draws.
    """
    return Job(step, arguments.endpoint_used(), arguments.wired(), take, backend)
