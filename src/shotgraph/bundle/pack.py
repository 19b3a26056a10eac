"""A pipeline file with all that it names → the store."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue, ValidationError

from shotgraph.bundle.named_files import named_files
from shotgraph.bundle.record import MOST_BYTES, MOST_FILE_BYTES, Bundle, BundledFile, record_name
from shotgraph.errors import InvalidInput
from shotgraph.store import Store
from shotgraph.store.records import MAX_RECORD_BYTES


async def pack(
    file: Path,
    store: Store,
    *,
    given: Mapping[str, JsonValue] | None = None,
    beside: Mapping[str, Path] | None = None,
) -> str:
    """Put a pipeline file and all that it names into the store; what is there is not sent again.

    The same bytes under the same paths give the same reference, wherever and whenever they are
    packed.

    Args:
        file: The pipeline file.
        store: The store.
        given: What parameters are worth where a run does not say, in place of the file's defaults.
        beside: Files that `given` names, by their paths in the bundle.

    Returns:
        The reference, ``bundle:`` and a sha256.

    Raises:
        InvalidPipeline: Something in the file is wrong; nothing was put.
        InvalidInput: It is too large, or a path can't stand in a bundle; nothing was put.
        Retryable: The store could not be written to.
    """
    files = named_files(file)
    for place, path in (beside or {}).items():
        if files.setdefault(place, path) != path:
            raise InvalidInput(f"{file} names a file {place}, which is kept for values; rename it")
    _check_sizes(files)
    kept = []
    for place, path in sorted(files.items()):
        asset = await store.assets.add(path, "video")
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
