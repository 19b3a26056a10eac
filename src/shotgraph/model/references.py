"""The values of a media field: a reference, or an asset that is named by its hash."""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, NewType, TypeAlias
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

Sha256 = NewType("Sha256", str)
"""64 lower-case hexadecimal digits: the hash that names some bytes, wherever they are."""

MediaKind: TypeAlias = Literal["video", "image", "audio", "font"]
"""The kinds of media; a font counts too, because it is a file that a step takes."""


_ONE: dict[MediaKind, str] = {
    "video": "a video",
    "image": "an image",
    "audio": "a sound",
    "font": "a font",
}


def one(kind: MediaKind) -> str:
    """Give a kind of media with its article, for messages."""
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
    """A file that another step of the pipeline will make.

    Attributes:
        step: The name of the step.
        kind: The kind of file.
        output: The name of one of the step's files; None for the first, or the only one.
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
    """Give the JSON Schema of a medium in a pipeline file."""
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
Font: TypeAlias = Annotated[MediaRef, BeforeValidator(media_ref), Takes("font"), _written("font")]


_VIDEOS = "video clip movie footage"
_KINDS: dict[str, MediaKind] = {
    **dict.fromkeys(_VIDEOS.split(), "video"),
    **dict.fromkeys(
        ("image", "photo", "picture", "mask", "frame", "thumbnail", "portrait", "face", "logo"),
        "image",
    ),
    **dict.fromkeys(("audio", "sound", "music", "song", "voice", "speech"), "audio"),
}
# Other words need "url" after them, because they may also name texts: voice: Rachel, frame: wide.
_ALONE: dict[str, MediaKind] = {
    "video": "video",
    "image": "image",
    "photo": "image",
    "picture": "image",
    "audio": "audio",
}
_SUFFIXES: dict[str, MediaKind] = {
    **dict.fromkeys(("mp4", "mov", "webm", "mkv", "m4v"), "video"),
    **dict.fromkeys(("png", "jpg", "jpeg", "webp"), "image"),
    **dict.fromkeys(("wav", "mp3", "m4a", "aac", "flac", "ogg"), "audio"),
    **dict.fromkeys(("ttf", "otf"), "font"),
}
SUFFIXES = {
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
    "audio/mp4": ".m4a",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
}
"""The suffixes of file names, by content type."""
_URL = ("url", "urls")
_FILE = (*_URL, "uri", "uris", "file", "files")
"""Words in the name of an output that mean a file, without its kind."""
_COUNTING = frozenset({"num", "number", "max", "min", "count"})
_ASKING = _COUNTING | {"total", "has", "is"}
"""First words of an output's name that mean a number or a yes or no: num_images, has_video."""
_WORD = re.compile(r"[a-z]+")


def media_kind_of_argument(path: Sequence[str | int]) -> MediaKind | None:
    """Tell the kind of medium that a text at this path of an endpoint's arguments names.

    ``image_url``, ``reference_video_urls[0]``, ``audio`` and ``image.url`` are media;
    ``image_size`` and ``voice`` are not.

    Args:
        path: The names and indices that lead to the text.

    Returns:
        The kind; None if the name does not mean a medium.
    """
    names = [_words(part) for part in path if isinstance(part, str)]
    if not names or not names[-1]:
        return None
    words = names[-1]
    if words[-1] not in _URL:
        return None if words[0] in _COUNTING else _ALONE.get(_singular(words[-1]))
    if len(words) > 1:
        return _last_kind(words)
    return _last_kind(names[-2]) if len(names) > 1 else None


def media_kind_of_output(path: str) -> MediaKind | None:
    """Tell the kind of medium at a path of an endpoint's reply, by the path's last word.

    ``images[0]``, ``video_url`` and ``clips[2].file`` are media; ``voice_id``, ``video_duration``,
    ``num_images`` and ``video.width`` are texts and numbers about media.

    Returns:
        The kind; None if the word does not mean a medium.
    """
    for name in reversed(path.split(".")):
        words = list(_words(name))
        if len(words) > 1 and words[0] in _ASKING:
            return None
        while words and words[-1] in _FILE:
            words.pop()
        if words:
            return _KINDS.get(_singular(words[-1]))
    return None


def media_kind_of_file(text: str) -> MediaKind | None:
    """Tell the kind of medium that a path or URL names, by its suffix."""
    path = urlsplit(text).path if "://" in text else text
    return _SUFFIXES.get(path.rpartition(".")[2].lower())


@lru_cache(maxsize=1024)
def _words(name: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()))


def _singular(word: str) -> str:
    return word.removesuffix("s")


def _last_kind(words: Sequence[str]) -> MediaKind | None:
    kinds = (_KINDS.get(_singular(word)) for word in reversed(words))
    return next((kind for kind in kinds if kind is not None), None)
