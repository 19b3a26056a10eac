"""A bundle out of the store → a folder on this machine."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from shotgraph.bundle.record import Bundle, BundledFile, read_bundle, record_name
from shotgraph.errors import InvalidInput, Retryable, Terminal
from shotgraph.store import Store, sha256_of_file


@dataclass(frozen=True)
class Unpacked:
    """A bundle that is laid out on this machine.

    Attributes:
        file: The pipeline file; the paths of the bundle are relative to its folder.
        given: What its parameters are worth where a run does not say.
    """

    file: Path
    given: Mapping[str, JsonValue]


@asynccontextmanager
async def unpacked(reference: str, store: Store) -> AsyncIterator[Unpacked]:
    """Lay a bundle out in a folder of its own, which is gone afterwards.

    Raises:
        InvalidInput: It is no reference, or the store has no such bundle.
        Terminal: The store has lost a part of it, or what it has is damaged.
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
