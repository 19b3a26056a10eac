"""A step with checked arguments, and its job."""

from dataclasses import dataclass

from pydantic import BaseModel

from shotgraph.endpoints import Endpoint
from shotgraph.making.local_jobs import LocalJob
from shotgraph.model.fields import media_in
from shotgraph.model.references import Asset
from shotgraph.money.job import Job, fal_job
from shotgraph.spec import OnLength
from shotgraph.spec.fal_arguments import FalArguments


@dataclass(frozen=True)
class CheckedStep:
    """A step as it is handed on: its arguments are checked once, where the file is read.

    Attributes:
        kind: The kind of step.
        arguments: Its model; media are files, URLs or assets.
        endpoint: The endpoint that does it; None for a step that this machine does itself.
        take: Which of several generations of the same job this is, from 1.
        on_length: What is done with a video that comes back in another length.
    """

    kind: str
    arguments: BaseModel
    endpoint: Endpoint | None = None
    take: int = 1
    on_length: OnLength = "warn"

    def job(self, name: str, arguments: BaseModel, backend: str) -> Job | LocalJob | None:
        """Make its job.

        Args:
            name: The step's, for messages.
            arguments: Its own, with every asset put in that is known.
            backend: Who draws, if it is paid for.

        Returns:
            The job; None where the bytes of a medium are not known yet.
        """
        if not all(isinstance(ref, Asset) for _, _, ref in media_in(arguments)):
            return None
        if self.endpoint is None:
            return LocalJob(name, self.kind, arguments)
        if isinstance(arguments, FalArguments):
            return fal_job(name, arguments, self.take, backend)
        return Job(name, self.endpoint, arguments, self.take, backend)
