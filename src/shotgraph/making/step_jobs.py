"""The jobs of steps: a step with checked arguments, and the jobs that this machine does itself.

Also what a local step will do to its clips, as far as that is known.
"""

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
    """A part of a clip in another form; as for `shotgraph.media.conform.conform_clip`."""

    video: Video
    width: int
    height: int
    frame_rate: Fraction
    first: int
    frames: int
    retime: Fraction | None = None
    with_sound: bool | None = None


class ConformImageArguments(_FittingArguments):
    """An image in another form; as for `shotgraph.media.conform.conform_image`."""

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
"""Increased when a recipe makes other output than before. ffmpeg's version is not in the key: a
clip with other bytes would be a new input of every paid step after it."""
_NAMED_VERSION = 1
"""Of the names by which paid jobs call what was made to fit. It stays: a job that was bought with
what an older recipe made is bought once."""


@dataclass(frozen=True)
class LocalJob:
    """A job; every medium in its arguments is an asset.

    Attributes:
        is_final: Whether nothing that is paid for is made of its result: as `Node.is_final`.
    """

    step: str
    kind: str
    arguments: BaseModel
    is_final: bool = False

    @property
    def recipe(self) -> str:
        """The recipe's name and version, and which coding it takes if that is not the usual one."""
        usual = f"local/{self.kind}@{RECIPE_VERSION}"
        return f"{usual}/final" if self.is_final and has_final_coding(self.arguments) else usual

    @cached_property
    def key(self) -> Key:
        """Its content key."""
        return content_key(self.recipe, self.arguments)

    @property
    def found_as(self) -> Sequence[Key]:
        """The keys under which its result may be: what was made with the usual coding, before
        something else was done with the film or by an older shotgraph, is not made again."""
        return tuple(dict.fromkeys([self.key, replace(self, is_final=False).key]))

    @property
    def name(self) -> Key:
        """What the keys of paid jobs have in place of the bytes that it makes."""
        return content_key(f"local/{self.kind}@{_NAMED_VERSION}", self.arguments)


async def with_location(
    error: MediaError, job: LocalJob | Job, file_of: Callable[[Asset], Awaitable[Path]]
) -> MediaError:
    """Name the step and the field (``clips[1]``) in an error, in place of a path in the store."""
    said = error.message
    for path, _, ref in media_in(job.arguments):
        if isinstance(ref, Asset) and ref.sha256 in said:
            file = await file_of(ref)
            said = said.replace(str(file), dotted(path)).replace(file.name, dotted(path))
    return MediaError(f"{job.step}: {said}")


@dataclass(frozen=True)
class CheckedStep:
    """A step as it is handed on: its arguments are checked once, where the file is read.

    Attributes:
        kind: The kind of step.
        arguments: Its model; media are files, URLs or assets.
        endpoint: The endpoint that does it; None for a step that this machine does itself.
        take: Which of several generations of the same job this is, from 1.
        on_length: What is done with a video that comes back in another length.
        checking: How what it makes is looked at.
        is_final: Whether nothing that is paid for is made of it: as `Node.is_final`.
    """

    kind: str
    arguments: BaseModel
    endpoint: Endpoint | None = None
    take: int = 1
    on_length: OnLength = "warn"
    checking: Checking = AS_USUAL
    is_final: bool = False

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
            return LocalJob(name, self.kind, arguments, self.is_final)
        if isinstance(arguments, FalArguments):
            return fal_job(name, arguments, self.take, backend)
        return Job(name, self.endpoint, arguments, self.take, backend)
