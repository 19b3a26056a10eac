"""Where clips and records live."""

from typing import ClassVar, cast

from prefect.blocks.core import Block
from pydantic import Field, HttpUrl

from shotgraph.errors import InvalidInput
from shotgraph.settings import Settings
from shotgraph.store import Store, open_store


class MediaStore(Block):
    """Where clips and records live: everything that outlives a run.

    Attributes:
        location: A folder, or a bucket as s3://, gs:// or az://.

    Example:
        Save and load a store:
        ```python
        from shotgraph.blocks import MediaStore

        MediaStore(location="s3://our-films/shotgraph").save("BLOCK_NAME")
        media_store = MediaStore.load("BLOCK_NAME")
        store = media_store.get_store()
        ```
    """

    _block_type_name: ClassVar[str] = "Media Store"
    _block_type_slug: ClassVar[str] = "media-store"
    _logo_url: ClassVar[HttpUrl] = HttpUrl("https://github.com/FFmpeg.png?size=200")
    _documentation_url: ClassVar[HttpUrl] = HttpUrl(
        "https://developmentseed.org/obstore/latest/getting-started/"
    )

    location: str = Field(
        title="Location", description="A folder, or a bucket as s3://…, gs://… or az://…."
    )

    def get_store(self) -> Store:
        """Open the store."""
        return open_store(self.location)


async def store_location(named: str | None) -> str:
    """Find where clips and records live.

    Args:
        named: A folder, a bucket's URL, or the name of a MediaStore block; None takes the block
            named "default" if there is one, else the environment's store.

    Raises:
        InvalidInput: No block of that name is saved.
    """
    if named is not None and ("/" in named or named.startswith(("~", "."))):
        return named
    try:
        block = cast(MediaStore, await MediaStore.aload(named or "default"))
    except ValueError:
        if named is None:
            return Settings().store
        raise InvalidInput(
            f'no MediaStore block named "{named}" is saved; allowed: the name of one, a folder '
            "(with a slash in it), s3://…, gs://… or az://…"
        ) from None
    return block.location


async def pinned_store(named: str | None) -> tuple[str, Store]:
    """Find the store, and the name by which a run on another machine finds the same one.

    Args:
        named: As for `store_location`.

    Returns:
        The name of a block, a bucket's URL or an absolute path; and the store.

    Raises:
        InvalidInput: No block of that name is saved, or the store can't be opened.
    """
    store = open_store(await store_location(named))
    if named is None and await _is_saved("default"):
        return "default", store
    is_block = named is not None and "/" not in named and not named.startswith(("~", "."))
    if named is not None and is_block:
        return named, store
    return str(store.folder) if store.folder is not None else store.location, store


async def _is_saved(name: str) -> bool:
    try:
        await MediaStore.aload(name)
    except ValueError:
        return False
    return True
