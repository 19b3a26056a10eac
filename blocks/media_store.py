"""Where clips and records live."""

from typing import ClassVar

from prefect.blocks.core import Block
from pydantic import Field, HttpUrl

from shotgraph.store import Store, open_store


class MediaStore(Block):
    """Where clips and records live: everything that outlives a run.

    Attributes:
        location: A folder, or a bucket as s3://, gs:// or az://.

    Example:
        Save and load a store:
        ```python
        from shotgraph.blocks import MediaStore

        MediaStore(location="s3://our-films/shotgraph").save("default")
        store = MediaStore.load("default").get_store()
        ```
    """

    _block_type_name: ClassVar[str] = "Media Store"
    _block_type_slug: ClassVar[str] = "media-store"
    _logo_url: ClassVar[HttpUrl] = HttpUrl("https://fal.ai/favicon.png")
    _documentation_url: ClassVar[HttpUrl] = HttpUrl("https://fal.ai/dashboard/keys")

    location: str = Field(
        title="Location", description="A folder, or a bucket as s3://…, gs://… or az://…."
    )

    def get_store(self) -> Store:
        """Open the store."""
        return open_store(self.location)
