"""What a media field may hold, from the pipeline file to the moment of submission."""

from pathlib import Path
from typing import Annotated, Any, Literal, NewType, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

Sha256 = NewType("Sha256", str)
"""64 lower-case hexadecimal digits: the name of some bytes, wherever they are."""

MediaKind: TypeAlias = Literal["video", "image", "audio"]


_ONE: dict[MediaKind, str] = {"video": "a video", "image": "an image", "audio": "a sound"}


def one(kind: MediaKind) -> str:
    """Say a kind of media with its article, for messages."""
    return _ONE[kind]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Asset(_Value):
    """Media whose bytes are in the store under their sha256."""

    sha256: Sha256 = Field(pattern=r"^[0-9a-f]{64}$")
    kind: MediaKind
    size_bytes: int
    content_type: str


class StepOutput(_Value):
    """What another step of the pipeline will make.

    Attributes:
        output: Which of several things that it makes; None for the first, or the only one.
    """

    step: str
    kind: MediaKind
    output: str | None = None


class LocalFile(_Value):
    """A file on this machine."""

    file: Path


class RemoteUrl(_Value):
    """A file behind an http(s) URL."""

    url: str


MediaRef: TypeAlias = Asset | StepOutput | LocalFile | RemoteUrl


def media_ref(value: Any) -> MediaRef:
    """Read a string as a URL or a path, and an asset's JSON as the asset."""
    if isinstance(value, _Value):
        return value  # type: ignore[return-value]
    if isinstance(value, Path):
        return LocalFile(file=value)
    if isinstance(value, dict) and "sha256" in value:
        return Asset.model_validate({name: value.get(name) for name in Asset.model_fields})
    if not isinstance(value, str) or not value:
        raise PydanticCustomError("media", "is no media; write a reference, a path or an https URL")
    if value.startswith(("https://", "http://", "data:")):
        return RemoteUrl(url=value)
    return LocalFile(file=Path(value))


class Takes:
    """Marks a media field with the kind of media it takes."""

    def __init__(self, kind: MediaKind) -> None:
        self.kind = kind


def _written(kind: MediaKind) -> WithJsonSchema:
    """How a medium is written in a file, for the JSON Schema of pipeline files."""
    return WithJsonSchema({"type": "string", "format": kind})


Video: TypeAlias = Annotated[
    MediaRef, BeforeValidator(media_ref), Takes("video"), _written("video")
]
Image: TypeAlias = Annotated[
    MediaRef, BeforeValidator(media_ref), Takes("image"), _written("image")
]
Audio: TypeAlias = Annotated[
    MediaRef, BeforeValidator(media_ref), Takes("audio"), _written("audio")
]
