"""The jobs of steps: a step with checked arguments, and local jobs."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict

from shotgraph.endpoints import Endpoint
from shotgraph.errors import MediaError
from shotgraph.keys import Key, content_key
from shotgraph.making.codings import has_final_coding
from shotgraph.model.fields import media_in
from shotgraph.model.references import Asset, Image, Video
from shotgraph.money.job import Job, fal_job
from shotgraph.spec import (
    AS_USUAL,
    Checking,
    OnLength,
)
from shotgraph.spec.document import dotted
from shotgraph.spec.fal_arguments import FalArguments


class _FittingArguments(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ConformClipArguments(_FittingArguments):
    """The arguments of `shotgraph.media.conform.conform_clip`: a part of a clip, another format."""

    video: Video
    width: int
    height: int
    frame_rate: Fraction
    first: int
    frames: int
    retime: Fraction | None = None
    with_sound: bool | None = None


class ConformImageArguments(_FittingArguments):
    """The arguments of `shotgraph.media.conform.conform_image`: an image and its new size."""

    image: Image
    width: int
    height: int
    inner_width: int
    inner_height: int
    most_bytes: int


class RejoinArguments(_FittingArguments):
    """Repainted pieces of a shot, and the shot's own length, rate and sound."""

    pieces: list[Video]
    frames: list[int]
    sent: list[int]
    frame_rate: Fraction
    sound_of: Video | None = None


Fitting: TypeAlias = ConformClipArguments | ConformImageArguments | RejoinArguments


RECIPE_VERSION = 2
"""Increased when a recipe makes other output than before.

ffmpeg's version is not in the key: a clip with other bytes would be a new input of every paid step
after it.
"""
_NAMED_VERSION = 1
"""The version in the names of conformed media in the keys of paid jobs.

It never changes: a job that was bought with the output of an older recipe is not bought again.
"""


@dataclass(frozen=True)
class LocalJob:
    """A local job; every medium in its arguments is an asset.

    Attributes:
        step: The step's name, for messages.
        kind: The kind of step or of conforming.
        arguments: The job's arguments.
        is_final: Whether no paid step uses its result, as `Node.is_final`.
    """

    step: str
    kind: str
    arguments: BaseModel
    is_final: bool = False

    @property
    def recipe(self) -> str:
        """The recipe's name and version, and its coding if that is not the usual one."""
        usual = f"local/{self.kind}@{RECIPE_VERSION}"
        return f"{usual}/final" if self.is_final and has_final_coding(self.arguments) else usual

    @cached_property
    def key(self) -> Key:
        """The job's content key."""
        return content_key(self.recipe, self.arguments)

    @property
    def found_as(self) -> Sequence[Key]:
        """The keys under which its result may be.

        A result with the usual coding may be from an older shotgraph, or from a time when a paid
        step used it; it is not made again.
        """
        return tuple(dict.fromkeys([self.key, replace(self, is_final=False).key]))

    @property
    def name(self) -> Key:
        """The name of its result in the keys of paid jobs, in place of the hash of its bytes."""
        return content_key(f"local/{self.kind}@{_NAMED_VERSION}", self.arguments)


async def with_location(
    error: MediaError, job: LocalJob | Job, file_of: Callable[[Asset], Awaitable[Path]]
) -> MediaError:
    """Replace the path in the store by the step and the field (``clips[1]``) in an error."""
    said = error.message
    for path, _, ref in media_in(job.arguments):
        if isinstance(ref, Asset) and ref.sha256 in said:
            file = await file_of(ref)
            said = said.replace(str(file), dotted(path)).replace(file.name, dotted(path))
    return MediaError(f"{job.step}: {said}")


@dataclass(frozen=True)
class CheckedStep:
    """A step with checked arguments: they are checked once, where the file is read.

    Attributes:
        kind: The kind of step.
        arguments: The step's arguments; media are files, URLs or assets.
        endpoint: The step's endpoint; None for a local step.
        take: The number of the take, from 1.
        on_length: The action if a video comes back in another length.
        checking: The check of the result for faults.
        is_final: Whether no paid step uses its result, as `Node.is_final`.
    """

    kind: str
    arguments: BaseModel
    endpoint: Endpoint | None = None
    take: int = 1
    on_length: OnLength = "warn"
    checking: Checking = AS_USUAL
    is_final: bool = False

    def job(self, name: str, arguments: BaseModel, backend: str) -> Job | LocalJob | None:
        """Make the step's job.

        Args:
            name: The step's name, for messages.
            arguments: The step's arguments, in which known media are assets.
            backend: The service that draws a paid step: fal, or a rehearsal.

        Returns:
            The job; None if a medium is not an asset yet.
        """
        if not all(isinstance(ref, Asset) for _, _, ref in media_in(arguments)):
            return None
        if self.endpoint is None:
            return LocalJob(name, self.kind, arguments, self.is_final)
        if isinstance(arguments, FalArguments):
            return fal_job(name, arguments, self.take, backend)
        return Job(name, self.endpoint, arguments, self.take, backend)
