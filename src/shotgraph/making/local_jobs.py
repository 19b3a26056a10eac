"""Local jobs, their arguments, and errors that name the step and the field."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict

from shotgraph.errors import MediaError
from shotgraph.keys import Key, content_key
from shotgraph.model.fields import media_in
from shotgraph.model.references import Asset, Image, Video
from shotgraph.money.job import Job
from shotgraph.spec.document import dotted


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
    """A job; every medium in its arguments is an asset."""

    step: str
    kind: str
    arguments: BaseModel

    @property
    def recipe(self) -> str:
        """The recipe's name and version."""
        return f"local/{self.kind}@{RECIPE_VERSION}"

    @property
    def key(self) -> Key:
        """Its content key."""
        return content_key(self.recipe, self.arguments)

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
