"""Examine a film's file by its own story: whether it was changed, and how it was made."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeAlias

from shotgraph.errors import InvalidInput, Terminal
from shotgraph.media.file_parts import PICTURES, Behind, in_chunks, is_cut_off
from shotgraph.report.manifest import FilmEntry, Manifest
from shotgraph.report.signature import FilmSignature, is_signature, signature_of
from shotgraph.report.story import FilmWithStory, HashedPart, Story, film_with_story

Place: TypeAlias = Literal["pictures and sound", "frame", "story", "signature"]
"""frame: the bytes around pictures and sound, such as the index that players use."""
_SAYS_SO = b"shotgraph inspect FILE"
_LOOKED_AT_BYTES = 1 << 20


@dataclass(frozen=True)
class Changed:
    """A changed place in the file.

    Attributes:
        what: The change, in words.
        first: The first byte of the place in the original film, from 0; None if only the kind of
            place is known.
        size_bytes: The size of the place.
    """

    place: Place
    what: str
    first: int | None = None
    size_bytes: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The place as ``inspect --json`` prints it."""
        return {
            "place": self.place,
            "what": self.what,
            "first_byte": self.first,
            "size_bytes": self.size_bytes,
        }


class ChangedFilm(Terminal):
    """The film's file or its story was changed after it was made."""

    code = "changed"


@dataclass(frozen=True)
class Examined:
    """The findings about a file, from the file alone.

    Attributes:
        story: The story in the file; None if it is damaged.
        manifest: The manifest of the run that made the film; None if the story or the manifest
            can't be read.
        changed: The changed places.
    """

    story: Story | None
    manifest: Manifest | None
    changed: Sequence[Changed]
    signature: FilmSignature

    @property
    def film(self) -> FilmEntry | None:
        """The entry of this film in the manifest."""
        if self.manifest is None or self.story is None:
            return None
        entries = self.manifest.films_and_deliveries()
        return next((one for one in entries if one.file == self.story.file), None)

    def error(self, path: Path) -> ChangedFilm | None:
        """The error that a command ends with; None if the film is unchanged."""
        if not self.changed:
            return None
        places = ", ".join(dict.fromkeys(one.place for one in self.changed))
        return ChangedFilm(f"{path} has changed since it was made: {places}")


def examine(path: Path, trust: str = "") -> Examined:
    """Examine a film.

    Args:
        path: The film's file.
        trust: The certificates of trusted signers, as PEM.

    Raises:
        InvalidInput: The file can't be read, or carries no story.
    """
    try:
        with path.open("rb") as file:
            carried = film_with_story(file)
            signature = signature_of(
                path, carried.inserted if isinstance(carried, FilmWithStory) else None, trust
            )
            if carried is None:
                raise InvalidInput(_from_elsewhere(path, file, signature))
            if isinstance(carried, Behind):
                cut = "its end is missing" if is_cut_off(file) else "it is damaged"
                what = f"{cut}, and it can't be read, so the film could not be checked"
                return Examined(None, None, [Changed("story", what)], signature)
            changed = [*_changed(file, carried), *_of_signature(file, carried, signature)]
    except OSError as error:
        raise InvalidInput(f"{path} can't be read: {error.strerror}") from None
    return Examined(carried.story, manifest_in(carried.story), changed, signature)


def manifest_in(story: Story) -> Manifest | None:
    """Read the manifest in a story; None if it can't be read."""
    try:
        return Manifest.model_validate_json(story.manifest)
    except ValueError:
        return None  # a newer shotgraph has written it


def _changed(file: BinaryIO, carried: FilmWithStory) -> Iterator[Changed]:
    found, inserted, story = carried.behind, carried.inserted, carried.story
    if found.extra_bytes:
        what = f"{found.extra_bytes} bytes were added after the film"
        yield Changed("frame", what, size_bytes=found.extra_bytes)
    elif not found.is_whole:
        yield Changed("frame", "the box of the story, or the title and the comment next to it")
    if found.start < story.size_bytes:
        what = f"{story.size_bytes - found.start} bytes of the film are missing"
        yield Changed("frame", what)
    if inserted.size_bytes and not is_signature(file, inserted):
        what = f"{inserted.size_bytes} bytes were added inside the film"
        yield Changed("frame", what, inserted.start, inserted.size_bytes)
    yield from _joined(_changed_parts(file, carried))


def _changed_parts(file: BinaryIO, carried: FilmWithStory) -> Iterator[Changed]:
    first = 0
    for part, chunks in carried.part_bytes(file):
        there = hashlib.sha256()
        for chunk in chunks:
            there.update(chunk)
        if there.hexdigest()[: len(part.sha256)] != part.sha256:
            yield Changed(_place(part), "", first, part.size_bytes)
        first += part.size_bytes


def _place(part: HashedPart) -> Place:
    return "pictures and sound" if part.kind in (PICTURES, "webm") else "frame"


def _joined(changed: Iterator[Changed]) -> Iterator[Changed]:
    """Join changes of adjacent places, and describe each."""
    last: Changed | None = None
    for one in changed:
        if last is not None and (last.place, _end(last)) == (one.place, one.first):
            last = replace(last, size_bytes=(last.size_bytes or 0) + (one.size_bytes or 0))
            continue
        if last is not None:
            yield _said(last)
        last = one
    if last is not None:
        yield _said(last)


def _end(changed: Changed) -> int:
    return (changed.first or 0) + (changed.size_bytes or 0)


def _said(changed: Changed) -> Changed:
    return replace(changed, what=f"within bytes {changed.first} to {_end(changed) - 1} of the film")


def _of_signature(
    file: BinaryIO, carried: FilmWithStory, signature: FilmSignature
) -> Iterator[Changed]:
    inserted, seal = carried.inserted, carried.behind.seal
    there = hashlib.sha256()
    for chunk in in_chunks(file, inserted.start, inserted.size_bytes):
        there.update(chunk)
    if seal is not None and there.digest() != seal:
        yield Changed("signature", "it is not the signature that was made for the film")
    elif signature.state == "invalid":
        yield Changed("signature", signature.why)


def _from_elsewhere(path: Path, file: BinaryIO, signature: FilmSignature) -> str:
    if not path.stat().st_size:
        return f"{path} is empty (0 bytes): most likely the copy failed"
    if is_cut_off(file):
        return (
            f"{path} carries no story: its end is missing, most likely because the copy or the "
            "download was not complete. Copy the original file again"
        )
    file.seek(0)
    first = file.read(_LOOKED_AT_BYTES)
    file.seek(max(0, path.stat().st_size - _LOOKED_AT_BYTES))
    if _SAYS_SO in first + file.read():
        said = (
            "carries no story any more, though its comment says that shotgraph made it: another "
            "program has saved the file again, or its end is cut off"
        )
    else:
        said = (
            "carries no story: shotgraph did not make it, or another program has saved the file "
            "again, or its format can't carry a story"
        )
    signed = "" if signature.state == "none" else f". {signature.line()}"
    return f"{path} {said}{signed}"
