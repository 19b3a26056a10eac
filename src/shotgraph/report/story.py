"""The story in a film's file, and the film's own bytes in such a file."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal

from pydantic import BaseModel, ConfigDict, Field

from shotgraph.errors import MediaError
from shotgraph.media.file_parts import Behind, find_behind, in_chunks, with_moved_pictures
from shotgraph.media.probe import Medium
from shotgraph.model.references import Sha256

_INDEX = "moov"
_MOST_INDEX_BYTES = 64 << 20
_MOST_BYTES = 1 << 50
"""The largest plausible size in a story; another program may have written the story."""


class Approval(BaseModel):
    """The decision at a gate.

    Attributes:
        gate: The step.
        question: The question of the gate.
        chosen: The number of the chosen clip, from 1.
        clip: The name of the chosen clip.
        at: The time of the decision; None if no person decided.
        by: Who decided, and by which way, in words.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    gate: str
    question: str
    chosen: int
    clip: str
    at: datetime | None
    by: str


class HashedPart(BaseModel):
    """A part of the original film, in the file's order.

    Attributes:
        kind: The type of its box.
        sha256: The first half of its SHA-256.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: str
    size_bytes: int = Field(ge=0, le=_MOST_BYTES)
    sha256: str


class Story(BaseModel):
    """The story in a film's file.

    Attributes:
        file: The original name of the film's file.
        manifest: The manifest of its run: the exact text of the file ``manifest.json``.
        size_bytes: The size of the film, without the story behind it.
        sha256: The hash of the film, without the story behind it.
        digital_source_type: IPTC's term for the source of its pictures; empty if there is none.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Literal[1] = 1
    file: str
    manifest: str
    approvals: tuple[Approval, ...]
    size_bytes: int = Field(ge=0, le=_MOST_BYTES)
    sha256: str
    parts: tuple[HashedPart, ...]
    digital_source_type: str = ""

    @property
    def manifest_sha256(self) -> str:
        """The hash of the manifest, which is also in the file's tags."""
        return hashlib.sha256(self.manifest.encode()).hexdigest()


@dataclass(frozen=True)
class Inserted:
    """Bytes that were inserted into a film after its story was made, such as a signature.

    Attributes:
        start: The first of these bytes in the file.
        size_bytes: The number of these bytes.
    """

    start: int
    size_bytes: int


@dataclass(frozen=True)
class FilmWithStory:
    """A film's file, and the story behind it.

    Attributes:
        behind: The place of the story in the file.
        story: The story.
    """

    behind: Behind
    story: Story

    @property
    def inserted(self) -> Inserted:
        """The bytes that belong neither to film nor story; they follow the first box."""
        extra = max(0, self.behind.start - self.story.size_bytes)
        return Inserted(self.story.parts[0].size_bytes if self.story.parts else 0, extra)

    def part_bytes(self, file: BinaryIO) -> Iterator[tuple[HashedPart, Iterator[bytes]]]:
        """Yield each part of the original film, without the bytes that were inserted later."""
        inserted, start = self.inserted, 0
        for part in self.story.parts:
            moved = inserted.size_bytes if start >= inserted.start else 0
            if part.kind == _INDEX and moved and part.size_bytes <= _MOST_INDEX_BYTES:
                yield part, iter([_index(file, start + moved, part.size_bytes, -moved)])
            else:
                yield part, in_chunks(file, start + moved, part.size_bytes)
            start += part.size_bytes


def _index(file: BinaryIO, start: int, size_bytes: int, by_bytes: int) -> bytes:
    file.seek(start)
    index = file.read(size_bytes)
    try:
        return with_moved_pictures(index, by_bytes)
    except MediaError:
        return index  # the index was changed or damaged, so its hash will differ


def film_with_story(file: BinaryIO) -> FilmWithStory | Behind | None:
    """Read the story of a film.

    Returns:
        The film; the found bytes if the story can't be read; None if the file has no story.
    """
    found = find_behind(file)
    if found is None or found.text is None:
        return found
    try:
        return FilmWithStory(found, Story.model_validate_json(found.text))
    except ValueError:
        return found


def is_film_of(path: Path, medium: Medium) -> bool:
    """Whether a file is this medium, with or without a story behind it."""
    size_bytes = path.stat().st_size if path.is_file() else -1
    if size_bytes < medium.size_bytes:
        return False
    return _sha256(path, has_more=size_bytes > medium.size_bytes) == medium.sha256


def sha256_of_film(path: Path) -> Sha256:
    """Hash a film's own bytes, without its story and its signature."""
    return _sha256(path, has_more=True)


def _sha256(path: Path, *, has_more: bool) -> Sha256:
    found = hashlib.sha256()
    with path.open("rb") as file:
        carried = film_with_story(file) if has_more else None
        if isinstance(carried, FilmWithStory):
            for _, chunks in carried.part_bytes(file):
                for chunk in chunks:
                    found.update(chunk)
        else:
            for chunk in in_chunks(file, 0, path.stat().st_size):
                found.update(chunk)
    return Sha256(found.hexdigest())
