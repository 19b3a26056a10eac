"""Pack a pipeline file and its media into the store, and unpack them on another machine."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import JsonValue, ValidationError

from shotgraph.bundle.record import (
    MOST_BYTES,
    MOST_CHARACTERS,
    MOST_FILE_BYTES,
    MOST_FILES,
    Bundle,
    BundledFile,
    is_safe_path,
    read_bundle,
    record_name,
)
from shotgraph.errors import InvalidInput, MediaError, Retryable, Terminal
from shotgraph.media.source import identify
from shotgraph.model.fields import media_kind_at
from shotgraph.model.walk import each_value
from shotgraph.spec import Pipeline, Step, load_pipeline
from shotgraph.store import Store, sha256_of_file
from shotgraph.store.records import MAX_RECORD_BYTES


def named_files(file: Path) -> dict[str, Path]:
    """Find a pipeline file, the pipeline files that it uses, and all files that they name.

    The files that a run needs depend on its parameters, so all are found: the defaults of media
    parameters, and each path of a file below the folder in a step's media fields. A text that may
    also become a prompt, such as an item of ``for_each``, counts only if the file is a medium:
    the prompt ``.env`` must not put that file into the bundle.

    Args:
        file: The pipeline file.

    Returns:
        Every file, by its path relative to the pipeline file's folder.

    Raises:
        InvalidPipeline: One of the pipeline files is wrong.
        InvalidInput: A path is not allowed in a bundle: it is absolute, for example.
    """
    search = _Search()
    search.look_into(file, "", file.name)
    return dict(sorted(search.found.items()))


@dataclass
class _Search:
    found: dict[str, Path] = field(default_factory=dict)

    def look_into(self, file: Path, folder: str, name: str) -> None:
        """Add a pipeline file, and every file that it names.

        Args:
            folder: The file's folder in the bundle: '' or with a slash at the end.
            name: The file's name in that folder.
        """
        if folder + name in self.found:
            return
        pipeline = load_pipeline(file, called=folder + name)
        self._take(folder + name, file.resolve())
        for text in _texts_of_media(pipeline):
            self._look_up(text, pipeline, folder)
        for step in pipeline.steps.values():
            if step.kind.name == "use":
                self._look_up(step.body.get("file"), pipeline, folder, is_pipeline=True)
            for text in _texts_of_fields(step):
                self._look_up(text, pipeline, folder)
            for text in _texts_of_any_use(step):
                self._look_up(text, pipeline, folder, is_any=True)

    def _look_up(
        self,
        text: Any,
        pipeline: Pipeline,
        folder: str,
        *,
        is_pipeline: bool = False,
        is_any: bool = False,
    ) -> None:
        path = _file_below(text, pipeline.folder)
        if path is None or (is_any and not _is_medium(path)):
            return
        place = os.path.normpath(text)
        if os.path.isabs(text) or place.startswith(".."):
            raise InvalidInput(
                f'{pipeline.document.file} names "{text}", which leads nowhere on another machine; '
                "write it relative to the file"
            )
        if is_pipeline:
            below = f"{os.path.dirname(place)}/".removeprefix("/")
            self.look_into(path, folder + below, os.path.basename(place))
        else:
            self._take(folder + place, path)

    def _take(self, place: str, path: Path) -> None:
        if not is_safe_path(place):
            raise InvalidInput(f"a file can't be called {place[:200]!r} in a bundle; rename it")
        self.found.setdefault(place, path)
        if len(self.found) > MOST_FILES:
            raise InvalidInput(f"over {MOST_FILES} files are named; that is too many for a bundle")


def _texts_of_media(pipeline: Pipeline) -> Iterator[str]:
    for param in pipeline.params.values():
        if param.media is not None:
            yield from _texts(param.default)


def _texts_of_fields(step: Step) -> Iterator[str]:
    """The texts of a step's media fields, and the schema file of a fal step."""
    for path, text in each_value(dict(step.body)):
        is_document = step.kind.name == "fal" and path == ("schema",)
        if isinstance(text, str) and (is_document or media_kind_at(step.kind.arguments, path)):
            yield text


def _texts_of_any_use(step: Step) -> Iterator[str]:
    """The texts that may be media, depending on another part of the file."""
    yield from _texts([step.for_each, getattr(step.repeat, "start", None)])
    if step.kind.name == "use":
        yield from _texts(dict(step.body))


def _is_medium(path: Path) -> bool:
    try:
        identify(path)
    except MediaError:
        return False
    return True


def _texts(value: Any) -> Iterator[str]:
    return (text for _, text in each_value(value) if isinstance(text, str))


def _file_below(text: Any, folder: Path) -> Path | None:
    """The file below a folder that a text names; None if there is none."""
    if not isinstance(text, str) or not 0 < len(text) <= MOST_CHARACTERS or "\0" in text:
        return None
    try:
        path = (folder / text).resolve()
        is_below = path.is_file() and path.is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):
        return None
    return path if is_below else None


async def pack(
    file: Path,
    store: Store,
    *,
    given: Mapping[str, JsonValue] | None = None,
    extra_files: Mapping[str, Path] | None = None,
) -> str:
    """Put a pipeline file and its files into the store; files that exist there are not sent again.

    The same bytes under the same paths always give the same reference, on every machine.

    Args:
        file: The pipeline file.
        given: Default values of parameters, in place of the file's.
        extra_files: Files that `given` names, by their paths in the bundle.

    Returns:
        The reference, ``bundle:`` and a sha256.

    Raises:
        InvalidPipeline: The file is wrong; nothing was stored.
        InvalidInput: The bundle is too large, or a path is not allowed; the bundle was not stored.
        Retryable: The store could not be written to.
    """
    files = named_files(file)
    for place, path in (extra_files or {}).items():
        if files.setdefault(place, path) != path:
            raise InvalidInput(f"{file} names a file {place}, which is kept for values; rename it")
    _check_sizes(files)
    kept = []
    for place, path in sorted(files.items()):
        asset = await store.assets.add(path, "video", is_checked=True)
        kept.append(BundledFile(path=place, sha256=asset.sha256, size_bytes=asset.size_bytes))
    try:
        bundle = Bundle(pipeline=file.name, given=dict(given or {}), files=kept)
    except ValidationError as error:
        raise InvalidInput(f"{file} can't be packed: {error.errors()[0]['msg']}") from None
    data = bundle.as_bytes()
    if len(data) > MAX_RECORD_BYTES:
        raise InvalidInput(f"{file} can't be packed: its record has over {MAX_RECORD_BYTES} bytes")
    reference = bundle.reference()
    await store.records.put_if_absent(record_name(reference), data)
    return reference


def _check_sizes(files: Mapping[str, Path]) -> None:
    sizes = {place: path.stat().st_size for place, path in files.items()}
    for place, size_bytes in sizes.items():
        if size_bytes > MOST_FILE_BYTES:
            raise InvalidInput(f"{place} has {size_bytes} bytes; allowed: {MOST_FILE_BYTES}")
    if sum(sizes.values()) > MOST_BYTES:
        raise InvalidInput(
            f"the files have {sum(sizes.values())} bytes together; allowed: {MOST_BYTES}"
        )


@dataclass(frozen=True)
class Unpacked:
    """A bundle with its files on this machine.

    Attributes:
        file: The pipeline file; the paths of the bundle are relative to its folder.
        given: Default values of the pipeline's parameters.
    """

    file: Path
    given: Mapping[str, JsonValue]


@asynccontextmanager
async def unpacked(reference: str, store: Store) -> AsyncIterator[Unpacked]:
    """Unpack a bundle into a temporary folder.

    Raises:
        InvalidInput: The text is no reference, or the store has no such bundle.
        Terminal: A part of the bundle is missing or damaged in the store.
        Retryable: The store could not be read.
    """
    data = await store.records.get(record_name(reference))
    if data is None:
        raise InvalidInput(
            f"the store {store.location} has no {reference[:19]}…; it was packed into another "
            "store, or is gone: deploy the file again, with the store that the workers use"
        )
    bundle = read_bundle(reference, data)
    with store.scratch() as room:
        folder = room / "film"
        folder.mkdir()
        for file in bundle.files:
            await _lay_out(file, folder, bundle, store)
        yield Unpacked(folder / bundle.pipeline, bundle.given)


async def _lay_out(file: BundledFile, folder: Path, bundle: Bundle, store: Store) -> None:
    source = await store.assets.path_of(file.sha256, file.size_bytes, what=f"file {file.path}")
    target = folder / file.path
    if not target.resolve().is_relative_to(folder.resolve()):
        raise Terminal(f"{bundle.pipeline}: {file.path!r} leads out of the bundle's folder")
    try:
        await asyncio.to_thread(_copy, source, target)
    except OSError as error:
        raise Retryable(f"{file.path} could not be laid out: {error.strerror}") from None
    if await asyncio.to_thread(sha256_of_file, target) != file.sha256:
        raise Terminal(f"the store's bytes of {file.path} are damaged; deploy the file again")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as whole, target.open("xb") as part:
        shutil.copyfileobj(whole, part)
